import JSON
import KubernetesAPI

extension ChildOperator {
    /// The sandbox's stand-in for Percona's operator for MongoDB 1.22, which has no webhooks.
    ///
    /// Pods, stateful sets and volumes are run by ``SandboxControllers``, which must run beside it.
    static let perconaMongoDB = ChildOperator(
        engine: .perconaPSMDB,
        fieldManager: "percona-server-mongodb-operator",
        definitions: { EmbeddedDefinitions.perconaMongoDB },
        webhooks: [],
        reconciler: { api, delays, counters in
            PerconaReconciler<MongoEngine>(api: api, delays: delays, counters: counters)
        }
    )
}

/// What Percona's operator for MongoDB reads and decides.
enum MongoEngine: PerconaEngine {
    typealias ClusterPass = MongoPass
    typealias BackupPass = MongoBackupPass
    typealias RestorePass = MongoRestorePass

    static let cluster = ResourceType.perconaMongoDB
    static let backup = ResourceType.perconaMongoDBBackup
    static let restore = ResourceType.perconaMongoDBRestore
    static let managedBy = "percona-server-mongodb-operator"
    static let operatorVersion = Mongo.operatorVersion
    static let succeeded = "ready"
    static let clusterField = "clusterName"

    static func places(_ snapshot: PerconaSnapshot, seed: UInt64) -> [ObjectReference] {
        let objects = MongoObjects(snapshot: snapshot, seed: seed)
        let replsets = MongoReplset.all(snapshot.spec)
        let configurations = objects.configurations(replsets).map(\.name)
        let budgets = replsets.map { "\(snapshot.name)-\($0.component)-\($0.name)" }
        let secrets =
            [objects.usersSecret, objects.internalUsersSecret] + objects.keys().map(\.name) + configurations
            + credentials(snapshot.spec)
        return secrets.map { snapshot.reference(.secret, $0) }
            + configurations.map { snapshot.reference(.configMap, $0) }
            + budgets.map { snapshot.reference(.podDisruptionBudget, $0) }
    }

    /// The Secrets with the credentials of the storages.
    static func credentials(_ spec: JSONValue) -> [String] {
        (spec.at("backup", "storages")?.object ?? [:]).compactMap { storage in
            let details = storage.value[storage.value["type"]?.string ?? "s3"]
            return details?["credentialsSecret"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}
