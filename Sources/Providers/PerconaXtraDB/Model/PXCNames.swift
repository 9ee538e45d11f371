import CRDs
import KubernetesAPI

extension ResourceType {
    static let pxcCluster = pxc("perconaxtradbclusters", "PerconaXtraDBCluster")
    static let pxcBackup = pxc("perconaxtradbclusterbackups", "PerconaXtraDBClusterBackup")
    static let pxcRestore = pxc("perconaxtradbclusterrestores", "PerconaXtraDBClusterRestore")

    private static func pxc(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "pxc.percona.com", version: "v1", plural: plural, kind: kind)
    }
}

/// Labels that Percona's operator puts on what it makes; the value of the first is the cluster's name.
enum PXCLabel {
    static let instance = ChildLabels.instance
    static let component = "app.kubernetes.io/component"
    /// On backups that a schedule made: five letters of a hash, a dash, the schedule's name (pkg/controller/pxc/backup.go).
    static let ancestor = "percona.com/backup-ancestor"
}

enum PXCAnnotation {
    /// Percona's, on the cluster while volumes grow.
    static let resizing = "percona.com/pvc-resize-in-progress"
    /// Percona's, on a restore: a gap in the binary logs is accepted.
    static let unsafePointInTime = "percona.com/unsafe-pitr"
    /// Ours on the members' pods: the request that restarted them, by its creation time.
    static let restartedAt = "dbaas.io/restartedAt"
    /// Ours on the members' pods: a hash of the configuration that they were started with.
    static let configuration = "dbaas.io/configuration"
    /// Ours on the cluster: the size of the volumes that was asked for last, by which a size that Percona's operator
    /// has taken back is told from one that it has not been told of.
    static let requestedStorage = "dbaas.io/requested-storage"
    /// Ours on the cluster: the restore by which it got its first data, which must not be done again.
    static let restored = "dbaas.io/restored"
}

/// What Percona's operator does before a deleted object goes; it drops all that it does not know.
enum PXCFinalizer {
    static let podsInOrder = "percona.com/delete-pxc-pods-in-order"
    /// Also deletes the Secrets with the users.
    static let volumes = "percona.com/delete-pxc-pvc"
    static let proxyVolumes = "percona.com/delete-proxysql-pvc"
    static let certificates = "percona.com/delete-ssl"
    /// On a backup: its data goes with it.
    static let backupData = "percona.com/delete-backup"

    /// Those after which nothing is left.
    static let removing: Set = [volumes, proxyVolumes, certificates]
}

/// The names of what belongs to one cluster.
struct PXCNames {
    let namespace: String
    let cluster: String

    init(_ cluster: DatabaseCluster) {
        self.init(namespace: cluster.metadata.namespace, cluster: cluster.metadata.name)
    }

    init(namespace: String, cluster: String) {
        self.namespace = namespace
        self.cluster = cluster
    }

    /// What Percona's operator takes as a cluster's name (pkg/apis/pxc/v1/pxc_types.go).
    static let longestName = 22
    /// Kubernetes' limit for the label that each Job gives its pods.
    private static let longestJob = 63

    var secret: String { "\(cluster)-secrets" }
    var userSecret: String { "\(cluster)-custom-user-secret" }
    var firstMember: String { member(0) }
    func member(_ ordinal: Int) -> String { "\(cluster)-pxc-\(ordinal)" }
    func claim(ofMember pod: String) -> String { "datadir-\(pod)" }
    /// The pod of the Job of a backup starts so; the Job is cut to what fits.
    static func backupJob(_ backup: String) -> String { String("xb-\(backup)".prefix(longestJob)) }
    /// `restore-job-RESTORE-CLUSTER` is cut by nobody (pkg/naming/restore.go).
    var longestRestoreName: Int { Self.longestJob - 13 - cluster.utf8.count }

    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// The host and port of a service of this namespace.
    func endpoint(_ service: String) -> String { "\(service).\(namespace).svc:3306" }

    /// The folder of a cluster's backups below a storage's prefix; one of the same name may have been there before.
    static func folder(of cluster: DatabaseCluster) -> String {
        "\(cluster.metadata.name)-\(cluster.metadata.uid.prefix(8))"
    }

    /// Binary logs must not lie where backups do.
    static func binlogStorage(_ storage: String) -> String { "\(storage)-pitr" }
}
