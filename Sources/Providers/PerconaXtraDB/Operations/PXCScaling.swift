import CRDs

/// Other members and other resources in one change of the spec, which Percona's operator carries out one after the other:
/// it restarts no member before all that shall exist are ready.
struct PXCScaling {
    private let state: PXCOperationState
    private let horizontal: PXCHorizontalScaling
    private let vertical: PXCVerticalScaling
    private let asked: Int

    init(_ operation: OperationContext, sizes: SizeLadder) {
        state = PXCOperationState(operation)
        horizontal = PXCHorizontalScaling(operation)
        vertical = PXCVerticalScaling(operation, sizes: sizes)
        asked = operation.request.spec.horizontalScaling?.replicas ?? operation.cluster.spec.clusterSize
    }

    func answer() -> OperationAnswer {
        if let refusal = horizontal.refusal ?? vertical.refusal { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        return JointScaling.answer((horizontal.fields, horizontal.log), vertical.resources, report: report())
    }

    func report() -> OperationReport {
        JointScaling.report(
            (horizontal.report(), horizontal.count(asked)),
            (vertical.report(), vertical.resources.count)
        )
    }
}
