import JSON
import KubernetesAPI

extension ChildOperator {
    /// The sandbox's stand-in for Percona's operator for XtraDB Cluster 1.19, with its webhook off as it is installed.
    ///
    /// Pods, stateful sets, jobs and volumes are run by ``SandboxControllers``, which must run beside it.
    static let perconaXtraDB = ChildOperator(
        engine: .perconaPXC,
        fieldManager: "percona-xtradb-cluster-operator",
        definitions: { EmbeddedDefinitions.perconaXtraDB },
        webhooks: [],
        reconciler: { api, delays, counters in
            PerconaReconciler<XtraEngine>(api: api, delays: delays, counters: counters)
        }
    )
}

/// What Percona's operator for XtraDB Cluster reads and decides.
enum XtraEngine: PerconaEngine {
    typealias ClusterPass = XtraPass
    typealias BackupPass = XtraBackupPass
    typealias RestorePass = XtraRestorePass

    static let cluster = ResourceType.perconaXtraDB
    static let backup = ResourceType.perconaXtraDBBackup
    static let restore = ResourceType.perconaXtraDBRestore
    static let managedBy = "percona-xtradb-cluster-operator"
    static let operatorVersion = Xtra.operatorVersion
    static let succeeded = Xtra.Job.succeeded
    static let clusterField = "pxcCluster"

    static func places(_ snapshot: PerconaSnapshot, seed: UInt64) -> [ObjectReference] {
        let objects = XtraObjects(snapshot: snapshot, seed: seed)
        let apps = XtraApp.all(snapshot.spec)
        let names = apps.map { "\(snapshot.name)-\($0.component)" }
        let secrets = [objects.usersSecret, objects.internalSecret] + objects.certificates + names
        return secrets.map { snapshot.reference(.secret, $0) }
            + (names + ["auto-\(snapshot.name)-pxc"]).map { snapshot.reference(.configMap, $0) }
            + names.map { snapshot.reference(.podDisruptionBudget, $0) }
    }
}
