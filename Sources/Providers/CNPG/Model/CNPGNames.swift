import CRDs
import KubernetesAPI

extension ResourceType {
    static let cnpgCluster = cnpg("clusters", "Cluster")
    static let cnpgBackup = cnpg("backups", "Backup")
    static let cnpgScheduledBackup = cnpg("scheduledbackups", "ScheduledBackup")
    static let cnpgPooler = cnpg("poolers", "Pooler")
    /// Where the Barman Cloud plugin keeps backups and archived WAL.
    static let barmanObjectStore = ResourceType(
        group: "barmancloud.cnpg.io",
        version: "v1",
        plural: "objectstores",
        kind: "ObjectStore"
    )

    private static func cnpg(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "postgresql.cnpg.io", version: "v1", plural: plural, kind: kind)
    }
}

/// Labels that CloudNativePG reads or writes (pkg/utils/labels_annotations.go).
enum CNPGLabel {
    static let cluster = "cnpg.io/cluster"
    static let podRole = "cnpg.io/podRole"
    static let instanceRole = "cnpg.io/instanceRole"
    static let claimRole = "cnpg.io/pvcRole"
    static let poolerName = "cnpg.io/poolerName"
    /// On Jobs and volumes, the member they are for.
    static let instanceName = "cnpg.io/instanceName"
    /// Ours, on the service that reaches the primary from outside.
    static let exposed = "dbaas.io/exposed"
}

/// Annotations that CloudNativePG reads or writes, and ours on its objects.
enum CNPGAnnotation {
    /// `on` stops all instances and keeps their volumes; anything but on and off is rejected.
    static let hibernation = "cnpg.io/hibernation"
    /// On each pod, its spec as CloudNativePG has asked for it.
    static let podSpec = "cnpg.io/podSpec"
    static let fencedInstances = "cnpg.io/fencedInstances"
    /// Every pod whose own annotation differs is recreated.
    static let restartedAt = "kubectl.kubernetes.io/restartedAt"
    /// Has every member load its configuration again.
    static let reloadedAt = "cnpg.io/reloadedAt"
    /// On a Pod: the operator makes the member new, its volumes included.
    static let unrecoverable = "alpha.cnpg.io/unrecoverable"
    /// `disabled` keeps pods as they are when the Cluster asks for others.
    static let reconcilePodSpec = "cnpg.io/reconcilePodSpec"
    /// Ours, see ``CNPGArchive``: on an ObjectStore what the names of its folders start with, on a Backup its folder.
    static let archive = "dbaas.io/archive"
}

/// The names of the objects that belong to one cluster.
///
/// CloudNativePG itself uses the bare cluster name for many kinds, so ours all have a suffix.
struct CNPGNames {
    let namespace: String
    let cluster: String

    init(_ cluster: DatabaseCluster) {
        self.init(namespace: cluster.metadata.namespace, cluster: cluster.metadata.name)
    }

    init(namespace: String, cluster: String) {
        self.namespace = namespace
        self.cluster = cluster
    }

    static let poolerSuffix = "-pooler"

    var pooler: String { cluster + Self.poolerSuffix }
    var objectStore: String { "\(cluster)-backup" }
    /// The store that an external data source is read from.
    var sourceStore: String { "\(cluster)-source" }
    var podMonitor: String { "\(cluster)-metrics" }
    var exposedService: String { "\(cluster)-external" }
    func scheduledBackup(_ schedule: String) -> String { "\(cluster)-\(schedule)" }

    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// The host and port of a service of this namespace.
    func endpoint(_ service: String) -> String { "\(service).\(namespace).svc:5432" }
}
