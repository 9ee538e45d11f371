import CRDs

extension DatabaseClusterPhase {
    /// What a rollout is for; child operators have one word for every one.
    static func rollout(of operation: OpsRequestType?) -> DatabaseClusterPhase {
        switch operation {
        case .restart: .restarting
        case .upgrade: .upgrading
        case .horizontalScaling, .scaling: .scaling
        default: .updating
        }
    }
}
