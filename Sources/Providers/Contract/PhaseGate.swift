package import CRDs

extension OpsRequestType {
    /// The phases of a cluster in which an operation of this type may start; in others it waits.
    ///
    /// A full disk or a parameter that lets no member start shows as Failed, and the operations that cure it must be
    /// able to start then.
    package var allowedPhases: Set<DatabaseClusterPhase> {
        switch self {
        case .start: [.stopped]
        case .stop, .restart, .verticalScaling, .switchover, .rebuildInstance: [.ready, .degraded]
        case .horizontalScaling, .scaling, .upgrade, .backup: [.ready]
        case .volumeExpansion, .reconfiguring: [.ready, .degraded, .failed]
        case .restore: [.ready, .degraded, .failed, .stopped]
        case .custom: [.ready, .updating, .degraded, .failed]
        }
    }
}
