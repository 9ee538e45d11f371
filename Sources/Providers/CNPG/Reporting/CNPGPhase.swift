import CRDs

/// What a phase text of CloudNativePG means (api/v1/cluster_types.go, and two literals of the controller).
///
/// The texts are no contract of theirs: an unknown one is reported as work in progress, with the text itself.
enum CNPGPhase: Equatable {
    /// Not reconciled yet, or held up before the reconciler says anything.
    case unset
    case healthy
    case settingUpPrimary
    case creatingReplica
    case waitingForInstances
    /// A rollout for whatever reason.
    case rollout
    case configuring
    case restarting
    case majorUpgrade
    case failingOver
    case needsPerson
    /// It will not go on by itself.
    case broken
    /// It goes on when the cause is removed.
    case blocked
    case other

    init(_ text: String) {
        self =
            switch text {
            case "": .unset
            case CNPGCluster.healthyPhase: .healthy
            case "Setting up primary": .settingUpPrimary
            case "Creating a new replica": .creatingReplica
            case "Waiting for the instances to become active": .waitingForInstances
            case "Upgrading cluster", "Cluster upgrade delayed", "Online upgrade in progress",
                "Promoting to primary cluster", "Switchover in progress":
                .rollout
            case "Applying configuration": .configuring
            case "Primary instance is being restarted in-place",
                "Primary instance is being restarted without a switchover":
                .restarting
            case "Upgrading Postgres major version": .majorUpgrade
            case "Failing over": .failingOver
            case "Waiting for user action": .needsPerson
            case "Cluster is unrecoverable and needs manual intervention", "Invalid cluster definition",
                "Cluster cannot execute instance online upgrade due to missing architecture binary":
                .broken
            case "Cluster has incomplete or invalid image catalog", "Unable to create required cluster objects",
                "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
                "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
                CNPGCluster.diskFullPhase, "Instance Status Extraction Error: HTTP communication issue":
                .blocked
            default: .other
            }
    }

    /// The unified phase, but for the healthy one, which needs more than this text.
    ///
    /// `wasReady` says whether the cluster has been in service before; `operation` what people asked for right now.
    func unified(wasReady: Bool, operation: OpsRequestType?) -> DatabaseClusterPhase {
        switch self {
        case .unset: wasReady ? .updating : .pending
        case .healthy: .ready
        case .settingUpPrimary: .initializing
        case .creatingReplica: wasReady ? (operation == .rebuildInstance ? .updating : .scaling) : .initializing
        case .waitingForInstances: wasReady ? DatabaseClusterPhase.rollout(of: operation) : .initializing
        case .rollout, .configuring, .other: wasReady ? DatabaseClusterPhase.rollout(of: operation) : .initializing
        case .restarting: .restarting
        case .majorUpgrade: .upgrading
        case .failingOver: .degraded
        case .needsPerson: .updating
        case .broken, .blocked: .failed
        }
    }
}
