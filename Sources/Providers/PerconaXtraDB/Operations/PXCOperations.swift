import CRDs
import JSON
import KubernetesAPI

/// What can be done to a cluster of Percona's operator for XtraDB Cluster.
struct PXCOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .perconaPXC }

    func start(_ operation: OperationContext) -> OperationAnswer { PXCStop(operation, stops: false).answer() }
    func stop(_ operation: OperationContext) -> OperationAnswer { PXCStop(operation, stops: true).answer() }
    func restart(_ operation: OperationContext) -> OperationAnswer { PXCRestart(operation).answer() }
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        PXCHorizontalScaling(operation).answer()
    }
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        PXCVerticalScaling(operation, sizes: sizes).answer()
    }
    func scaling(_ operation: OperationContext) -> OperationAnswer { PXCScaling(operation, sizes: sizes).answer() }
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer { PXCVolumeExpansion(operation).answer() }
    func reconfiguring(_ operation: OperationContext) -> OperationAnswer {
        PXCReconfiguring(operation, sizes: sizes).answer()
    }
    func upgrade(_ operation: OperationContext) -> OperationAnswer { PXCUpgrade(operation).answer() }
    func backup(_ operation: OperationContext) -> OperationAnswer { PXCBackupNow(operation).answer() }
    func restore(_ operation: OperationContext) -> OperationAnswer { PXCRestore(operation, sizes: sizes).answer() }
    func switchover(_ operation: OperationContext) -> OperationAnswer { .refused(Self.noSwitchover) }
    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { PXCRebuild(operation).answer() }
    func custom(_ operation: OperationContext) -> OperationAnswer { Self.customOperations.answer(operation) }

    private static let noSwitchover = Refusal(
        "Unsupported",
        "Switchover is not available with provider percona-pxc: every member takes writes, and HAProxy sends them to the "
            + "first one whenever that is ready. To have them elsewhere for a while, request Custom restart-instance of it."
    )

    private static let customOperations = CustomOperations(
        of: .perconaPXC,
        [
            "analyze-backup-chain": PXCBackupChain.self, "restart-instance": PXCInstanceRestart.self,
            "restart-proxy": PXCProxyRestart.self,
        ]
    )

    func progress(of operation: OperationContext) -> OperationReport {
        if let failure = failure(of: operation) { return failure }
        switch operation.request.spec.type {
        case .start: return PXCStop(operation, stops: false).report()
        case .stop: return PXCStop(operation, stops: true).report()
        case .restart: return PXCRestart(operation).report()
        case .horizontalScaling: return PXCHorizontalScaling(operation).report()
        case .verticalScaling: return PXCVerticalScaling(operation, sizes: sizes).report()
        case .scaling: return PXCScaling(operation, sizes: sizes).report()
        case .volumeExpansion: return PXCVolumeExpansion(operation).report()
        case .reconfiguring: return PXCReconfiguring(operation, sizes: sizes).report()
        case .upgrade: return PXCUpgrade(operation).report()
        case .backup: return PXCBackupNow(operation).report()
        case .restore: return PXCRestore(operation, sizes: sizes).report()
        case .switchover: return .failed(Self.noSwitchover)
        case .rebuildInstance: return PXCRebuild(operation).report()
        case .custom: return Self.customOperations.report(operation)
        }
    }

    /// What ends the operation whatever its evidence; nil while nothing does.
    private func failure(of operation: OperationContext) -> OperationReport? {
        let state = PXCOperationState(operation)
        switch operation.request.spec.type {
        case .restore, .rebuildInstance, .custom, .backup, .switchover:
            // They look after members or objects of their own, and may be what cures a broken cluster.
            return nil
        case .stop, .volumeExpansion:
            return state.refusedSpec.map(OperationReport.failed)
        case .start, .restart, .horizontalScaling, .verticalScaling, .scaling, .reconfiguring, .upgrade:
            if let refusal = state.refusedSpec { return .failed(refusal) }
            return MemberFailures(operation, state.pods).report ?? state.memberWithoutNode.map(OperationReport.failed)
        }
    }
}

extension PXCOperations {
    /// Percona's operator restarts no member while another one is not ready, so what rolls starts from Ready.
    ///
    /// Those that cure a cluster may start when it is Failed.
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> {
        switch type {
        case .verticalScaling: [.ready]
        case .rebuildInstance: [.ready, .degraded, .failed]
        default: type.allowedPhases
        }
    }

    func irreversible(_ operation: OperationContext) -> Refusal? {
        switch operation.request.spec.type {
        case .volumeExpansion: .storageCannotShrink
        case .upgrade: PXCUpgrade(operation).irreversible
        default: nil
        }
    }

    /// A member that cannot start is in the way of the one that would replace it.
    ///
    /// As long as the cluster itself does not say what it said before, a new pod would be no better.
    func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent] {
        let state = PXCOperationState(operation)
        guard isRestored(state) else { return [] }
        return Recreation.intents(of: state.pods, madeUntil: restoredAt)
    }

    private func isRestored(_ state: PXCOperationState) -> Bool {
        let spec = state.plan.cluster.spec
        guard let child = state.child, child.image == state.plan.image,
            let resources = sizes.resources(of: spec), child.resources.satisfies(resources)
        else { return false }
        return child.memberAnnotations[PXCAnnotation.configuration] == PXCConfiguration(spec.config).mark
    }
}
