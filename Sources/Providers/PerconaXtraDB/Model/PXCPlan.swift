import CRDs
import JSON
import KubernetesAPI

/// What applier, hook, status and operations all have to know about a cluster, worked out once per snapshot.
///
/// Shared by reference: it holds the whole cluster and snapshot, which would be dear to copy from part to part.
final class PXCPlan: Sendable {
    let cluster: DatabaseCluster
    let observed: Observed
    let options: PXCOptions
    let names: PXCNames
    /// Nil while there is no PerconaXtraDBCluster.
    let child: PXCCluster?
    let source: PXCDataSource
    let backups: PerconaBackupPlan
    /// What shall run; nil when the spec asks for one that is not known.
    let version: PerconaVersion?

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        options = PXCOptions(cluster)
        names = PXCNames(cluster)
        child = PXCCluster(observed, of: cluster)
        source = PXCDataSource(cluster, child: child, observed)
        backups = PerconaBackupPlan(cluster, child: child, observed)
        let origin: PerconaVersion? = if case .ready(let restore) = source { restore.version } else { nil }
        version = PerconaVersion.wanted(
            by: cluster,
            of: PXCRelease.versions,
            running: child?.imageVersion,
            origin: origin,
            standard: PXCRelease.of(series: PXCRelease.standardSeries)?.version
        )
    }

    /// The image of the members; empty while the version is not known.
    var image: String { version.map { "\(options.repository):\($0.text)" } ?? "" }

    /// XtraBackup of the version's series; what was chosen for that series before stays.
    var backupImage: String {
        if let image = options.image("backup") { return image }
        let live = child?.imageVersion?.series == version?.series ? child?.backupImage : nil
        return live ?? version.flatMap { PXCRelease.of(series: $0.series) }?.backupImage ?? ""
    }

    /// The proxy in front of the members; nil when there shall be none.
    ///
    /// Without a word there is HAProxy, of two replicas, or of one where there is a single member.
    var proxy: PXCProxy? {
        guard let wanted = cluster.spec.proxy else {
            return PXCProxy(type: .haproxy, replicas: cluster.spec.clusterSize == 1 ? 1 : 2, resources: nil)
        }
        guard wanted.enabled else { return nil }
        return PXCProxy(
            type: wanted.type == .proxysql ? .proxysql : .haproxy,
            replicas: wanted.replicas,
            resources: wanted.resources
        )
    }

    /// The members' pods, in the order of their ordinals.
    var pods: [Pod] { pods(of: "pxc") }

    /// The pods of a component, in the order of their ordinals.
    func pods(of component: String) -> [Pod] {
        let prefix = "\(cluster.metadata.name)-\(component)-"
        return observed.ordered(.pod, as: Pod.self) {
            $0.metadata.name.hasPrefix(prefix) && $0.metadata.labels[PXCLabel.component] == component
        }
    }

    /// The data volumes of members, also of those that were removed.
    var claims: [PersistentVolumeClaim] {
        let prefix = names.claim(ofMember: "\(cluster.metadata.name)-pxc-")
        return observed.ordered(.persistentVolumeClaim, as: PersistentVolumeClaim.self) {
            $0.metadata.name.hasPrefix(prefix)
        }
    }

    /// The data volumes of the members that shall exist; those of removed members stay behind as they were.
    var claimsInUse: [PersistentVolumeClaim] {
        let wanted = Set((0..<cluster.spec.clusterSize).map { names.claim(ofMember: names.member($0)) })
        return claims.filter { wanted.contains($0.metadata.name) }
    }

    var backupObjects: [PXCBackup] { observed.bodies(.pxcBackup, as: PXCBackup.self) }

    var restores: [PXCRestoreObject] { observed.bodies(.pxcRestore, as: PXCRestoreObject.self) }

    /// The restore that is at work; while it is, the cluster's spec is Percona's operator's own.
    var runningRestore: PXCRestoreObject? { restores.first { $0.isUnfinished && !$0.metadata.isBeingDeleted } }

    /// What an earlier cluster of this name left in the place of the restore that this one needs; nil when nothing is.
    var supersededRestore: PXCRestoreObject? {
        guard let child, case .ready(let initial) = source, !initial.isDone else { return nil }
        return restores.first { $0.metadata.name == initial.name && $0.isOlder(than: child.metadata) }
    }

    /// The backup that is at work, or waits.
    var runningBackup: PXCBackup? { backupObjects.first { $0.isUnfinished && !$0.metadata.isBeingDeleted } }

    /// The backup that copies from a member, and not one that only waits.
    var copyingBackup: PXCBackup? { backupObjects.first { $0.isAtWork && !$0.metadata.isBeingDeleted } }

    /// Percona's operator stops the members whatever runs on them.
    var backupInTheWayOfStopping: PXCBackup? {
        guard cluster.spec.stopped, let child, !child.isPaused else { return nil }
        return copyingBackup
    }

    /// Where the token of a monitoring server must be; nil when none is asked for.
    var tokenNeed: Need? {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled, monitoring.pmm != nil else { return nil }
        return .secretKeys(names.key(names.secret))
    }

    /// Whether Percona's operator has taken the size of the volumes back that it was told.
    ///
    /// Size and note are written at once. The mark of a resize that goes on may be taken off a moment after the size.
    var hasRevertedStorage: Bool {
        guard let child, let storage = child.storage else { return false }
        return storage < cluster.spec.storage
            && child.metadata.annotations[PXCAnnotation.requestedStorage] == cluster.spec.storage.description
    }
}

/// A proxy as it is wanted.
struct PXCProxy {
    let type: ProxyType
    let replicas: Int
    let resources: ResourceRequirements?

    /// As pods and services are named.
    var component: String { type.rawValue }
}

extension Pod {
    /// The container that the server runs in.
    var server: Container? { containers.first { $0.name == "pxc" } }
}
