import JSON
import KubernetesAPI

extension ResourceType {
    static let perconaXtraDB = pxc("perconaxtradbclusters", "PerconaXtraDBCluster")
    static let perconaXtraDBBackup = pxc("perconaxtradbclusterbackups", "PerconaXtraDBClusterBackup")
    static let perconaXtraDBRestore = pxc("perconaxtradbclusterrestores", "PerconaXtraDBClusterRestore")

    private static func pxc(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "pxc.percona.com", version: "v1", plural: plural, kind: kind, isNamespaced: true)
    }
}

/// The names Percona's operator for XtraDB Cluster gives things.
enum Xtra {
    static let operatorVersion = "1.19.0"
    static let initImage = "percona/percona-xtradb-cluster-operator"
    static let claimTemplate = "datadir"
    static let unsafeRecovery = "percona.com/unsafe-pitr"

    enum Finalizer {
        static let podsInOrder = "percona.com/delete-pxc-pods-in-order"
        static let volumes = "percona.com/delete-pxc-pvc"
        static let proxyVolumes = "percona.com/delete-proxysql-pvc"
        static let certificates = "percona.com/delete-ssl"
    }

    /// The states of backups and restores; some have a space in them.
    enum Job {
        static let starting = "Starting"
        static let running = "Running"
        static let suspended = "Suspended"
        static let succeeded = "Succeeded"
        static let failed = "Failed"
        static let stopping = "Stopping Cluster"
        static let restoring = "Restoring"
        static let recovering = "Point-in-time recovering"
        static let preparing = "Preparing Cluster"
        static let startingCluster = "Starting Cluster"
    }

    static func labels(_ cluster: String, component: String? = nil) -> [String: String] {
        var labels = [
            "app.kubernetes.io/name": "percona-xtradb-cluster", Percona.Label.managedBy: XtraEngine.managedBy,
            "app.kubernetes.io/part-of": "percona-xtradb-cluster", Percona.Label.instance: cluster,
        ]
        labels[Percona.Label.component] = component
        return labels
    }

    static func usersSecret(_ cluster: String, _ spec: JSONValue) -> String {
        let named = spec["secretsName"]?.string ?? ""
        return named.isEmpty ? cluster + "-secrets" : named
    }

    static func certificate(_ cluster: String, isInternal: Bool, _ spec: JSONValue) -> String {
        let named = spec[isInternal ? "sslInternalSecretName" : "sslSecretName"]?.string ?? ""
        return named.isEmpty ? cluster + (isInternal ? "-ssl-internal" : "-ssl") : named
    }

    static func hasTLS(_ spec: JSONValue) -> Bool { spec.at("tls", "enabled")?.bool ?? true }
}

/// The servers or a proxy of a cluster as the operator works with them in memory.
struct XtraApp: Sendable {
    let component: String
    let json: JSONValue
    /// How many there are to be; none while the cluster is stopped.
    var size: Int
    var storage: String

    var configuration: String { json["configuration"]?.string ?? "" }

    /// What a spec asks for: the servers first, then the proxy.
    static func all(_ spec: JSONValue) -> [XtraApp] {
        let isPaused = spec["pause"]?.bool == true
        return ["pxc", "haproxy", "proxysql"].compactMap { component in
            guard let json = spec[component], component == "pxc" || json["enabled"]?.bool == true else { return nil }
            let storage =
                json.at("volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage")?.string ?? ""
            return XtraApp(
                component: component,
                json: json,
                size: isPaused ? 0 : Int(json["size"]?.integer ?? 0),
                storage: storage
            )
        }
    }
}
