import CRDs
import KubernetesAPI

extension ResourceType {
    static let psmdbCluster = psmdb("perconaservermongodbs", "PerconaServerMongoDB")
    static let psmdbBackup = psmdb("perconaservermongodbbackups", "PerconaServerMongoDBBackup")
    static let psmdbRestore = psmdb("perconaservermongodbrestores", "PerconaServerMongoDBRestore")

    private static func psmdb(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "psmdb.percona.com", version: "v1", plural: plural, kind: kind)
    }
}

/// Labels that Percona's operator puts on what it makes (pkg/naming/labels.go).
enum PSMDBLabel {
    /// The cluster's name.
    static let instance = ChildLabels.instance
    static let component = "app.kubernetes.io/component"
    static let replset = "app.kubernetes.io/replset"
    /// The cluster's name on backups; on those that do not have it, our watch puts it as it reads them.
    static let cluster = "percona.com/cluster"
    /// On backups that a task made: the task's name.
    static let ancestor = "percona.com/backup-ancestor"

    /// What the component label says of pods, volumes and StatefulSets.
    static let components = ["mongod", "cfg", "mongos", "arbiter", "nonVoting", "hidden"]
}

enum PSMDBAnnotation {
    /// Percona's, on a StatefulSet while its volumes grow.
    static let resizing = "percona.com/pvc-resize-in-progress"
    /// Percona's, on a StatefulSet while a physical restore works on it.
    static let restoring = "percona.com/restore-in-progress"
    /// Ours, on the cluster: the stamp of the last restart, which is rendered into the pods' annotations.
    static let restart = "dbaas.io/restart"
    /// Ours, on the pods.
    static let restartedAt = "dbaas.io/restartedAt"
    /// Ours, on the cluster: the pod that shall lead; rendered as a higher priority of it while it is there.
    static let successor = "dbaas.io/successor"
    /// Ours, on the cluster: the size of the volumes that was asked for last, by which a size that Percona's operator
    /// has taken back is told from one that it has not been told of.
    static let requestedStorage = "dbaas.io/requested-storage"
    /// Ours, on the cluster: the restore by which it got its first data, which must not be done again.
    static let restored = "dbaas.io/restored"
}

/// What Percona's operator does before a deleted object goes (pkg/controller/perconaservermongodb/finalizers.go).
enum PSMDBFinalizer {
    static let podsInOrder = "percona.com/delete-psmdb-pods-in-order"
    /// Deletes volumes, and the Secrets with the users and the encryption key.
    static let volumes = "percona.com/delete-psmdb-pvc"
    /// On a backup: its data goes with it.
    static let backupData = "percona.com/delete-backup"
}

/// The names of what belongs to one cluster.
struct PSMDBNames {
    let namespace: String
    let cluster: String

    init(_ cluster: DatabaseCluster) {
        self.init(namespace: cluster.metadata.namespace, cluster: cluster.metadata.name)
    }

    init(namespace: String, cluster: String) {
        self.namespace = namespace
        self.cluster = cluster
    }

    /// What Percona's operator takes as the lengths of a cluster's and a replica set's name together
    /// (pkg/apis/psmdb/v1/psmdb_defaults.go).
    static let longestNames = 50

    static func replset(_ index: Int) -> String { "rs\(index)" }

    var users: String { "\(cluster)-secrets" }
    /// The Secrets that Percona's operator makes for a cluster and may leave behind.
    var secrets: [String] {
        [
            users, "internal-\(cluster)", "internal-\(cluster)-users", "\(cluster)-mongodb-encryption-key",
            "\(cluster)-mongodb-keyfile", "\(cluster)-ssl", "\(cluster)-ssl-internal", "\(cluster)-ca-cert",
        ]
    }
    var mongos: String { "\(cluster)-mongos" }
    func statefulSet(_ replset: String) -> String { "\(cluster)-\(replset)" }
    static func claim(ofMember pod: String) -> String { "mongod-data-\(pod)" }

    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// The host and port of a service of this namespace.
    func endpoint(_ service: String) -> String { "\(service).\(namespace).svc:27017" }

    /// Where a cluster's backups lie below a storage's prefix; one of the same name may have been there before.
    static func folder(of cluster: DatabaseCluster) -> String {
        "\(cluster.metadata.name)-\(cluster.metadata.uid.prefix(8))"
    }
}
