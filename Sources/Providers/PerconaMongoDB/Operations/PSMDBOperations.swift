import CRDs
import JSON
import KubernetesAPI

/// What can be done to a MongoDB cluster of Percona's operator.
struct PSMDBOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .perconaPSMDB }

    private static let custom = CustomOperations(
        of: .perconaPSMDB,
        ["analyze-backup-chain": PSMDBBackupChain.self, "restart-instance": PSMDBInstanceRestart.self]
    )

    func start(_ operation: OperationContext) -> OperationAnswer { PSMDBStop(operation, stops: false).answer() }
    func stop(_ operation: OperationContext) -> OperationAnswer { PSMDBStop(operation, stops: true).answer() }
    func restart(_ operation: OperationContext) -> OperationAnswer { PSMDBRestart(operation).answer() }
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        PSMDBHorizontalScaling(operation).answer()
    }
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        PSMDBVerticalScaling(operation, sizes: sizes).answer()
    }
    func scaling(_ operation: OperationContext) -> OperationAnswer { PSMDBScaling(operation, sizes: sizes).answer() }
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer {
        PSMDBVolumeExpansion(operation).answer()
    }
    func reconfiguring(_ operation: OperationContext) -> OperationAnswer {
        PSMDBReconfiguring(operation, sizes: sizes).answer()
    }
    func upgrade(_ operation: OperationContext) -> OperationAnswer { PSMDBUpgrade(operation).answer() }
    func backup(_ operation: OperationContext) -> OperationAnswer { PSMDBBackupNow(operation).answer() }
    func restore(_ operation: OperationContext) -> OperationAnswer { PSMDBRestore(operation, sizes: sizes).answer() }
    func switchover(_ operation: OperationContext) -> OperationAnswer { PSMDBSwitchover(operation).answer() }
    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { PSMDBRebuild(operation).answer() }
    func custom(_ operation: OperationContext) -> OperationAnswer { Self.custom.answer(operation) }

    func progress(of operation: OperationContext) -> OperationReport {
        if let failure = failure(of: operation) { return failure }
        switch operation.request.spec.type {
        case .start: return PSMDBStop(operation, stops: false).report()
        case .stop: return PSMDBStop(operation, stops: true).report()
        case .restart: return PSMDBRestart(operation).report()
        case .horizontalScaling: return PSMDBHorizontalScaling(operation).report()
        case .verticalScaling: return PSMDBVerticalScaling(operation, sizes: sizes).report()
        case .scaling: return PSMDBScaling(operation, sizes: sizes).report()
        case .volumeExpansion: return PSMDBVolumeExpansion(operation).report()
        case .reconfiguring: return PSMDBReconfiguring(operation, sizes: sizes).report()
        case .upgrade: return PSMDBUpgrade(operation).report()
        case .backup: return PSMDBBackupNow(operation).report()
        case .restore: return PSMDBRestore(operation, sizes: sizes).report()
        case .switchover: return PSMDBSwitchover(operation).report()
        case .rebuildInstance: return PSMDBRebuild(operation).report()
        case .custom: return Self.custom.report(operation)
        }
    }

    /// What ends the operation whatever its evidence; nil while nothing does.
    private func failure(of operation: OperationContext) -> OperationReport? {
        switch operation.request.spec.type {
        // They look after objects of their own, and some are what cures a broken cluster.
        case .stop, .backup, .restore, .switchover, .rebuildInstance, .custom: nil
        case .volumeExpansion: PSMDBOperationState(operation).refusedSpec.map(OperationReport.failed)
        case .start, .restart, .horizontalScaling, .verticalScaling, .scaling, .reconfiguring, .upgrade:
            PSMDBOperationState(operation).failure
        }
    }
}

extension PSMDBOperations {
    /// Percona's operator rolls nothing out while a member is not ready, so most start from Ready only.
    ///
    /// Those that cure a cluster may start when it is Failed.
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> {
        switch type {
        case .verticalScaling, .switchover: [.ready]
        case .rebuildInstance: [.ready, .degraded]
        default: type.allowedPhases
        }
    }

    func irreversible(_ operation: OperationContext) -> Refusal? {
        switch operation.request.spec.type {
        case .volumeExpansion: .storageCannotShrink
        case .upgrade: PSMDBUpgrade(operation).irreversible
        case .horizontalScaling, .scaling: irreversibleShards(operation)
        default: nil
        }
    }

    private func irreversibleShards(_ operation: OperationContext) -> Refusal? {
        let state = PSMDBOperationState(operation)
        guard operation.request.spec.horizontalScaling?.shards != nil, let child = state.child,
            child.replsets.count > (operation.request.status.previous?["shards"]?.integer.map { Int($0) } ?? 1)
        else { return nil }
        return Refusal("ShardsCannotShrink", "shards that exist may hold data already, so they stay in the spec")
    }

    /// Percona's operator waits for all members before it rolls anything out, and so for ever for one that cannot start.
    ///
    /// As long as the child does not say what it said before, a new pod would be no better.
    func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent] {
        let state = PSMDBOperationState(operation)
        // A pod that fails afterwards was made from the old template once more: with the new one it would start.
        guard isRestored(state), operation.observed.now - restoredAt >= .seconds(10) else { return [] }
        return Recreation.intents(of: state.allPods, madeUntil: nil)
    }

    private func isRestored(_ state: PSMDBOperationState) -> Bool {
        guard let child = state.child, child.image == state.plan.image,
            let resources = sizes.resources(of: state.plan.cluster.spec)
        else { return false }
        let text = PSMDBConfiguration(state.plan.cluster.spec.config).text
        return child.replsets.allSatisfy { $0.configuration == text && $0.resources.satisfies(resources) }
    }
}
