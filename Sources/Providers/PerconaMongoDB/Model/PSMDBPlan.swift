import CRDs
import KubernetesAPI

/// What applier, hook, status and operations all have to know about a cluster, worked out once per snapshot.
///
/// Shared by reference: it holds the whole cluster and snapshot, which would be dear to copy from part to part.
final class PSMDBPlan: Sendable {
    let cluster: DatabaseCluster
    let observed: Observed
    let options: PSMDBOptions
    let names: PSMDBNames
    /// Nil while there is no PerconaServerMongoDB.
    let child: PSMDBCluster?
    let source: PSMDBDataSource
    let backups: PerconaBackupPlan
    /// What shall run; nil when the spec asks for one that is not known.
    let version: PerconaVersion?

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        options = PSMDBOptions(cluster)
        names = PSMDBNames(cluster)
        child = PSMDBCluster(observed, of: cluster)
        source = PSMDBDataSource(cluster, child: child, observed)
        backups = PerconaBackupPlan(cluster, child: child, observed)
        let origin: PerconaVersion? = if case .ready(let restore) = source { restore.version } else { nil }
        version = PerconaVersion.wanted(
            by: cluster,
            of: PSMDBRelease.versions,
            running: child?.version,
            origin: origin,
            standard: PSMDBRelease.versions.first
        )
    }

    /// The image of the members; empty while the version is not known.
    var image: String { version.map { "\(options.repository):\($0.text)" } ?? "" }

    /// The proxy, where one is wanted.
    var proxy: ProxySpec? { cluster.spec.proxy.flatMap { $0.enabled ? $0 : nil } }

    /// Routers mean shards, if only one.
    var isSharded: Bool { proxy != nil || shards > 1 }
    var shards: Int { max(1, cluster.spec.shards ?? 1) }
    /// The routers that shall run.
    var routers: Int { isSharded ? proxy?.replicas ?? min(2, cluster.spec.clusterSize) : 0 }
    var configServers: Int { isSharded ? options.configServers ?? min(3, cluster.spec.clusterSize) : 0 }
    /// The replica sets with data, in their order.
    var replsets: [String] { (0..<shards).map(PSMDBNames.replset) }
    /// The members with data that shall be there.
    var wantedMembers: Int { cluster.spec.clusterSize * shards }

    /// Volumes are made and grown in whole GiB: Percona's operator rounds up when it makes them larger, and takes what
    /// is less than that for an attempt to shrink them.
    var wantedStorage: Quantity { Self.wholeGiB(cluster.spec.storage) }

    static func wholeGiB(_ size: Quantity) -> Quantity {
        let unit: Int64 = 1 << 30
        return Quantity(bytes: (size.bytes + unit - 1) / unit * unit)
    }

    /// Whether Percona's operator has taken the size of the volumes back that it was told.
    var hasRevertedStorage: Bool {
        guard let child, let stored = child.replsets.compactMap(\.storage).min() else { return false }
        return stored < wantedStorage
            && child.metadata.annotations[PSMDBAnnotation.requestedStorage] == wantedStorage.description
    }
}

extension PSMDBPlan {
    /// The pods with data, in the order of replica sets and ordinals.
    var pods: [Pod] { pods(of: "mongod") }

    /// The pods of a component, in the order of their ordinals.
    func pods(of component: String) -> [Pod] {
        let prefix = "\(cluster.metadata.name)-"
        return observed.ordered(.pod, as: Pod.self) {
            $0.metadata.labels[PSMDBLabel.component] == component && $0.metadata.name.hasPrefix(prefix)
        }
    }

    /// The data volumes of the members that shall exist; those of removed members stay behind as they were.
    var claims: [PersistentVolumeClaim] {
        let size = cluster.spec.clusterSize
        let wanted = Set(
            replsets.flatMap { replset in
                (0..<size).map { PSMDBNames.claim(ofMember: "\(names.statefulSet(replset))-\($0)") }
            }
        )
        return allClaims.filter { wanted.contains($0.metadata.name) }
    }

    /// All data volumes of the cluster, in the order of their names.
    var allClaims: [PersistentVolumeClaim] {
        let prefix = PSMDBNames.claim(ofMember: "\(cluster.metadata.name)-")
        return observed.ordered(.persistentVolumeClaim, as: PersistentVolumeClaim.self) {
            $0.metadata.name.hasPrefix(prefix)
        }
    }

    var statefulSets: [StatefulSet] {
        observed.bodies(.statefulSet, as: StatefulSet.self).sorted { $0.metadata.name < $1.metadata.name }
    }

    /// The StatefulSet whose volumes are being made larger.
    var resizing: StatefulSet? { statefulSets.first { $0.metadata.annotations[PSMDBAnnotation.resizing] != nil } }

    var backupObjects: [PSMDBBackup] { observed.bodies(.psmdbBackup, as: PSMDBBackup.self) }
    /// The backup that is at work, or waits; there is no stopping and no rollout meanwhile.
    var runningBackup: PSMDBBackup? { backupObjects.first(where: \.isUnfinished) }
    var restores: [PSMDBRestoreObject] { observed.bodies(.psmdbRestore, as: PSMDBRestoreObject.self) }
    var runningRestore: PSMDBRestoreObject? { restores.first(where: \.isUnfinished) }
}

extension Pod {
    /// The container that MongoDB runs in; of a router `mongos`.
    var mongo: Container? { containers.first { $0.name == "mongod" || $0.name == "mongos" } }

    /// The replica set that it is of, by its label or its name.
    func replset(of cluster: String) -> String {
        if let label = metadata.labels[PSMDBLabel.replset] { return label }
        let rest = metadata.name.dropFirst(cluster.count + 1)
        return rest.lastIndex(of: "-").map { String(rest[..<$0]) } ?? String(rest)
    }
}
