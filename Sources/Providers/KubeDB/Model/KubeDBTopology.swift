import CRDs

/// Which mode a cluster asks for.
///
/// Only its creation decides: a database keeps the mode that it was made in, and what does not fit it is refused.
struct KubeDBTopology: Sendable {
    let mode: KubeDBMode
    /// Members of each shard, or of all where there are no shards.
    let replicas: Int
    /// 1 where there are none.
    let shards: Int

    /// - Parameter live: the mode of the database that is there, which another number of members or shards keeps.
    init(_ cluster: DatabaseCluster, _ options: KubeDBOptions, live: KubeDBMode?) {
        let spec = cluster.spec
        replicas = spec.clusterSize
        shards = spec.shards ?? 1
        let isAlone = replicas == 1
        let kept = live == .standalone ? nil : live
        switch spec.engine {
        case .mongodb:
            let isSharded = spec.shards != nil && (spec.proxy?.enabled == true || live == .sharded)
            mode = shards > 1 || isSharded ? .sharded : .replicated
        case .postgresql: mode = .replicated
        case .mysql: mode = options.mode ?? kept ?? (isAlone ? .standalone : .groupReplication)
        case .mariadb: mode = options.mode ?? kept ?? (isAlone ? .standalone : .galera)
        case .redis:
            let isWatched = !isAlone || options.sentinel != nil || live == .sentinel
            mode = shards > 1 ? .sharded : isWatched ? .sentinel : .standalone
        case .elasticsearch:
            mode = options.part("master") != nil || options.part("ingest") != nil ? .dedicated : .replicated
        case .kafka: mode = options.part("controller") != nil ? .dedicated : .replicated
        }
    }

    /// How many members hold data.
    var members: Int { replicas * (mode == .sharded ? shards : 1) }
}
