/// How a sandbox is started.
package struct SandboxConfiguration: Sendable {
    /// A child operator that the sandbox stands in for.
    package enum ChildEngine: String, Sendable, CaseIterable {
        /// CloudNativePG with its Barman Cloud plugin.
        case cnpg
        /// Percona Operator for MongoDB.
        case perconaPSMDB = "percona-psmdb"
        /// Percona Operator for MySQL based on XtraDB Cluster.
        case perconaPXC = "percona-pxc"
        /// Strimzi.
        case strimzi
        /// KubeDB's provisioner and its ops-manager.
        case kubedb
    }

    /// The address to listen on; anything but loopback is served to whoever can reach it, without any check.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 for a free one.
    package var port = 0
    /// How many times faster than in a real cluster the stand-ins work; greater than 0.
    package var speed = 1.0
    /// Makes uids, generated names and the stand-ins' delays the same in every run; nil for different ones.
    package var seed: UInt64?
    /// The child operators that are installed: their definitions, webhooks and stand-ins.
    package var engines: Set<ChildEngine> = Set(ChildEngine.allCases)
    /// Whether the child operators, and the node with its pods, jobs and volumes, have their stand-ins.
    ///
    /// Without them nothing becomes ready by itself, as on an API server that has no controllers beside it.
    package var hasStandIns = true
    /// Whether DatabaseCluster, OpsRequest and BackupStorage are installed from the start.
    package var installOwnDefinitions = true

    /// The configuration of a sandbox with everything in it on a free loopback port.
    package init() {}
}
