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

    init(_ cluster: DatabaseCluster, _ options: KubeDBOptions) {
        let spec = cluster.spec
        replicas = spec.clusterSize
        shards = spec.shards ?? 1
        let isAlone = replicas == 1
        switch spec.engine {
        case .mongodb:
            let hasProxy = spec.shards != nil && spec.proxy?.enabled == true
            mode = shards > 1 || hasProxy ? .sharded : .replicated
        case .postgresql: mode = .replicated
        case .mysql: mode = options.mode ?? (isAlone ? .standalone : .groupReplication)
        case .mariadb: mode = options.mode ?? (isAlone ? .standalone : .galera)
        case .redis: mode = shards > 1 ? .sharded : isAlone && options.sentinel == nil ? .standalone : .sentinel
        case .elasticsearch:
            mode = options.part("master") != nil || options.part("ingest") != nil ? .dedicated : .replicated
        case .kafka: mode = options.part("controller") != nil ? .dedicated : .replicated
        }
    }

    /// How many members hold data.
    var members: Int { replicas * (mode == .sharded ? shards : 1) }
}
