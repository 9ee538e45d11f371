import CRDs
import JSON
import KubernetesAPI

/// What can be done to a PostgreSQL cluster of CloudNativePG.
struct CNPGOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .cnpg }

    func start(_ operation: OperationContext) -> OperationAnswer { CNPGStop(operation, stops: false).answer() }
    func stop(_ operation: OperationContext) -> OperationAnswer { CNPGStop(operation, stops: true).answer() }
    func restart(_ operation: OperationContext) -> OperationAnswer { CNPGRestart(operation).answer() }
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        CNPGHorizontalScaling(operation).answer()
    }
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        CNPGVerticalScaling(operation, sizes: sizes).answer()
    }
    func scaling(_ operation: OperationContext) -> OperationAnswer { CNPGScaling(operation, sizes: sizes).answer() }
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer {
        CNPGVolumeExpansion(operation).answer()
    }
    func reconfiguring(_ operation: OperationContext) -> OperationAnswer {
        CNPGReconfiguring(operation, sizes: sizes).answer()
    }
    func upgrade(_ operation: OperationContext) -> OperationAnswer { CNPGUpgrade(operation).answer() }
    func backup(_ operation: OperationContext) -> OperationAnswer { CNPGBackupNow(operation).answer() }
    func restore(_ operation: OperationContext) -> OperationAnswer { CNPGRestore(operation, sizes: sizes).answer() }
    func switchover(_ operation: OperationContext) -> OperationAnswer { CNPGSwitchover(operation).answer() }
    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { CNPGRebuild(operation).answer() }
    func custom(_ operation: OperationContext) -> OperationAnswer { Self.customOperations.answer(operation) }

    private static let customOperations = CustomOperations(
        of: .cnpg,
        [
            "analyze-backup-chain": CNPGBackupChain.self, "fence": CNPGFence.self, "reload": CNPGReload.self,
            "restart-instance": CNPGInstanceRestart.self, "unfence": CNPGUnfence.self,
        ]
    )

    func progress(of operation: OperationContext) -> OperationReport {
        if let failure = failure(of: operation) { return failure }
        switch operation.request.spec.type {
        case .start: return CNPGStop(operation, stops: false).report()
        case .stop: return CNPGStop(operation, stops: true).report()
        case .restart: return CNPGRestart(operation).report()
        case .horizontalScaling: return CNPGHorizontalScaling(operation).report()
        case .verticalScaling: return CNPGVerticalScaling(operation, sizes: sizes).report()
        case .scaling: return CNPGScaling(operation, sizes: sizes).report()
        case .volumeExpansion: return CNPGVolumeExpansion(operation).report()
        case .reconfiguring: return CNPGReconfiguring(operation, sizes: sizes).report()
        case .upgrade: return CNPGUpgrade(operation).report()
        case .backup: return CNPGBackupNow(operation).report()
        case .restore: return CNPGRestore(operation, sizes: sizes).report()
        case .switchover: return CNPGSwitchover(operation).report()
        case .rebuildInstance: return CNPGRebuild(operation).report()
        case .custom: return Self.customOperations.report(operation)
        }
    }

    /// What ends the operation whatever its evidence; nil while nothing does.
    private func failure(of operation: OperationContext) -> OperationReport? {
        let state = CNPGOperationState(operation)
        switch operation.request.spec.type {
        case .restore, .rebuildInstance, .custom:
            // They look after members or clusters of their own, and may be what cures a broken cluster.
            return nil
        case .stop, .backup, .switchover, .volumeExpansion:
            return state.brokenCluster.map(OperationReport.failed)
        case .start, .restart, .horizontalScaling, .verticalScaling, .scaling, .reconfiguring, .upgrade:
            if let refusal = state.brokenCluster { return .failed(refusal) }
            return MemberFailures(operation, state.pods).report
        }
    }
}

extension CNPGOperations {
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> { Self.phases(of: type) }

    /// CloudNativePG rolls nothing out while a member is not ready, so most start from Ready only.
    ///
    /// Those that cure a cluster may start when it is Failed.
    static func phases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> {
        switch type {
        case .verticalScaling, .switchover: [.ready]
        case .rebuildInstance: [.ready, .degraded, .failed]
        default: type.allowedPhases
        }
    }

    func irreversible(_ operation: OperationContext) -> Refusal? {
        switch operation.request.spec.type {
        case .volumeExpansion: .storageCannotShrink
        case .upgrade: CNPGUpgrade(operation).irreversible
        default: nil
        }
    }

    /// A pod that cannot start halts CloudNativePG's loop before it would make it as the spec says again.
    ///
    /// As long as the Cluster itself does not say what it said before, a new pod would be no better.
    func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent] {
        let state = CNPGOperationState(operation)
        guard isRestored(state) else { return [] }
        return Recreation.intents(of: state.pods, madeUntil: restoredAt)
    }

    private func isRestored(_ state: CNPGOperationState) -> Bool {
        guard let child = state.child, child.imageName == state.plan.version.image(state.plan.options) else {
            return false
        }
        let spec = state.plan.cluster.spec
        guard let resources = sizes.resources(of: spec), child.resources.satisfies(resources) else { return false }
        let wanted = Dictionary(spec.config.map { ($0.name, $0.value) }) { _, last in last }
        let written = state.operation.request.status.applied?["config"]?.array ?? []
        return written.allSatisfy { item in
            guard let name = item["name"]?.string else { return true }
            return wanted[name].map { child.parameters[name] == $0 }
                ?? (child.parameters[name] != item["value"]?.string)
        }
    }
}
