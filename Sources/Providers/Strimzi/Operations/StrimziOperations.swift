import CRDs

/// What can be done to a Kafka cluster of Strimzi.
struct StrimziOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .strimzi }

    func start(_ operation: OperationContext) -> OperationAnswer {
        .refused(Refusal("Unsupported", StrimziRefusals.stop + ", so there is nothing to start; nothing was changed."))
    }

    func stop(_ operation: OperationContext) -> OperationAnswer {
        .refused(
            Refusal("Unsupported", StrimziRefusals.stop + "; nothing was changed. Delete the cluster, or scale it in.")
        )
    }

    func restart(_ operation: OperationContext) -> OperationAnswer { StrimziRestart(operation).answer() }

    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        StrimziHorizontalScaling(operation).answer()
    }

    func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
        StrimziVerticalScaling(operation, sizes: sizes).answer()
    }

    func scaling(_ operation: OperationContext) -> OperationAnswer { StrimziScaling(operation, sizes: sizes).answer() }

    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer {
        StrimziVolumeExpansion(operation).answer()
    }

    func reconfiguring(_ operation: OperationContext) -> OperationAnswer { StrimziReconfiguring(operation).answer() }
    func upgrade(_ operation: OperationContext) -> OperationAnswer { StrimziUpgrade(operation).answer() }

    func backup(_ operation: OperationContext) -> OperationAnswer {
        .refused(Refusal("Unsupported", StrimziRefusals.backup + "; nothing was changed."))
    }

    func restore(_ operation: OperationContext) -> OperationAnswer {
        .refused(
            Refusal("Unsupported", StrimziRefusals.backup + ", so there is nothing to restore; nothing was changed.")
        )
    }

    func switchover(_ operation: OperationContext) -> OperationAnswer {
        .refused(
            Refusal(
                "Unsupported",
                "Kafka has no primary: each partition has a leader of its own, and leaders return by themselves; nothing "
                    + "was changed. Custom restart-instance moves what one node leads to the others."
            )
        )
    }

    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { StrimziRebuild(operation).answer() }

    func custom(_ operation: OperationContext) -> OperationAnswer { Self.customOperations.answer(operation) }

    private static let customOperations = CustomOperations(
        of: .strimzi,
        [
            "pause": StrimziPause.self, "rebalance": StrimziRebalancing.self,
            "restart-instance": StrimziInstanceRestart.self, "resume": StrimziResume.self,
        ]
    )

    func progress(of operation: OperationContext) -> OperationReport {
        switch operation.request.spec.type {
        case .restart: StrimziRestart(operation).report()
        case .horizontalScaling: StrimziHorizontalScaling(operation).report()
        case .verticalScaling: StrimziVerticalScaling(operation, sizes: sizes).report()
        case .scaling: StrimziScaling(operation, sizes: sizes).report()
        case .volumeExpansion: StrimziVolumeExpansion(operation).report()
        case .reconfiguring: StrimziReconfiguring(operation).report()
        case .upgrade: StrimziUpgrade(operation).report()
        case .rebuildInstance: StrimziRebuild(operation).report()
        case .custom: Self.customOperations.report(operation)
        case .start, .stop, .backup, .restore, .switchover:
            .failed(unavailability(of: operation.request.spec.type))
        }
    }
}

extension StrimziOperations {
    /// Moving partitions and restarts need every node; what cures a cluster may start when it is Degraded or Failed.
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> {
        switch type {
        // Without these being possible a request must not wait to be told so.
        case .start, .stop, .backup, .restore, .switchover: Set(DatabaseClusterPhase.allCases)
        case .rebuildInstance: [.ready, .degraded]
        case .custom: [.ready, .updating, .scaling, .degraded, .failed]
        default: type.allowedPhases
        }
    }

    func irreversible(_ operation: OperationContext) -> Refusal? {
        switch operation.request.spec.type {
        case .volumeExpansion:
            Refusal(
                "StorageCannotShrink",
                "volumes do not shrink, and Strimzi has noted the larger size; so it stays in the spec"
            )
        case .upgrade: StrimziUpgrade(operation).irreversible
        default: nil
        }
    }
}
