import CRDs
import KubernetesAPI

/// What can be done to a running database, most of it by KubeDB's own requests.
struct KubeDBOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .kubedb }

    private func state(_ operation: OperationContext) -> KubeDBOperationState {
        KubeDBOperationState(operation, sizes: sizes)
    }

    func start(_ operation: OperationContext) -> OperationAnswer {
        KubeDBStop(state(operation), halts: false).answer()
    }
    func stop(_ operation: OperationContext) -> OperationAnswer { KubeDBStop(state(operation), halts: true).answer() }
    func restart(_ operation: OperationContext) -> OperationAnswer { KubeDBRestart(state(operation)).answer() }
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        KubeDBHorizontalScaling(state(operation)).answer()
    }
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        KubeDBVerticalScaling(state(operation)).answer()
    }
    func scaling(_ operation: OperationContext) -> OperationAnswer { KubeDBScaling(state(operation)).answer() }
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer {
        KubeDBVolumeExpansion(state(operation)).answer()
    }
    func reconfiguring(_ operation: OperationContext) -> OperationAnswer {
        KubeDBReconfiguring(state(operation)).answer()
    }
    func upgrade(_ operation: OperationContext) -> OperationAnswer { KubeDBUpgrade(state(operation)).answer() }
    func switchover(_ operation: OperationContext) -> OperationAnswer { KubeDBSwitchover(state(operation)).answer() }
    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { KubeDBRebuild(state(operation)).answer() }
    func custom(_ operation: OperationContext) -> OperationAnswer { KubeDBCustom(state(operation)).answer() }

    func backup(_ operation: OperationContext) -> OperationAnswer { .refused(Self.noBackups(.backup)) }
    func restore(_ operation: OperationContext) -> OperationAnswer { .refused(Self.noBackups(.restore)) }

    private static func noBackups(_ type: OpsRequestType) -> Refusal {
        Refusal(
            "Unsupported",
            "\(type.rawValue) is not available with provider kubedb: KubeDB's backups are those of KubeStash, a product of "
                + "its own with objects of its own; nothing was changed."
        )
    }

    func progress(of operation: OperationContext) -> OperationReport {
        let state = state(operation)
        switch operation.request.spec.type {
        case .start: return KubeDBStop(state, halts: false).report()
        case .stop: return KubeDBStop(state, halts: true).report()
        case .restart: return KubeDBRestart(state).report()
        case .horizontalScaling: return KubeDBHorizontalScaling(state).report()
        case .verticalScaling: return KubeDBVerticalScaling(state).report()
        case .scaling: return KubeDBScaling(state).report()
        case .volumeExpansion: return KubeDBVolumeExpansion(state).report()
        case .reconfiguring: return KubeDBReconfiguring(state).report()
        case .upgrade: return KubeDBUpgrade(state).report()
        case .switchover: return KubeDBSwitchover(state).report()
        case .rebuildInstance: return KubeDBRebuild(state).report()
        case .custom: return KubeDBCustom(state).report()
        case .backup, .restore: return .failed(Self.noBackups(operation.request.spec.type))
        }
    }

    func substitute(for write: Intent, of operation: OperationContext) -> Intent? {
        guard operation.request.spec.type == .scaling else { return nil }
        return KubeDBScaling(state(operation)).substitute(for: write)
    }

    /// More than usual: a cluster that differs from its database is in the phase of the change that is to be made.
    ///
    /// What KubeDB has under way is waited for in another way.
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> {
        let differing: Set<DatabaseClusterPhase> = [.updating, .scaling, .upgrading]
        switch type {
        case .horizontalScaling, .verticalScaling, .scaling, .volumeExpansion, .reconfiguring, .upgrade, .restart:
            return type.allowedPhases.union(differing)
        case .rebuildInstance, .switchover, .custom: return [.ready, .degraded, .failed]
        case .start, .stop, .backup, .restore: return type.allowedPhases
        }
    }

    func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent] {
        KubeDBRecovery(state(operation)).intents
    }

    func irreversible(_ operation: OperationContext) -> Refusal? {
        let state = state(operation)
        switch operation.request.spec.type {
        case .volumeExpansion:
            return Refusal("StorageCannotShrink", "volumes do not shrink, so the larger storage stays in the spec")
        case .upgrade:
            let upgrade = KubeDBUpgrade(state)
            guard upgrade.isBegun else { return nil }
            return Refusal(
                "DowngradeRefused",
                "KubeDB has begun to upgrade the database and has no way back; restore a backup into a new cluster instead"
            )
        default: return nil
        }
    }
}
