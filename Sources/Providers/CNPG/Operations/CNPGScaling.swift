import CRDs

/// Other members and other resources in one change of the spec, which CloudNativePG carries out one after the other.
struct CNPGScaling {
    private let horizontal: CNPGHorizontalScaling
    private let vertical: CNPGVerticalScaling
    private let asked: Int

    init(_ operation: OperationContext, sizes: SizeLadder) {
        horizontal = CNPGHorizontalScaling(operation)
        vertical = CNPGVerticalScaling(operation, sizes: sizes)
        asked = operation.request.spec.horizontalScaling?.replicas ?? operation.cluster.spec.clusterSize
    }

    func answer() -> OperationAnswer {
        if let refusal = horizontal.refusal ?? vertical.refusal { return .refused(refusal) }
        return JointScaling.answer((horizontal.fields, horizontal.log), vertical.resources, report: report())
    }

    func report() -> OperationReport {
        JointScaling.report(
            (horizontal.report(), horizontal.count(asked)),
            (vertical.report(), vertical.resources.count)
        )
    }
}
