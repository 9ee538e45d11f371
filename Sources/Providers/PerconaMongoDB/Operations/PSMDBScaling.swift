import CRDs

/// Other members and other resources in one change of the spec, which Percona's operator carries out together.
struct PSMDBScaling {
    private let horizontal: PSMDBHorizontalScaling
    private let vertical: PSMDBVerticalScaling
    private let state: PSMDBOperationState

    init(_ operation: OperationContext, sizes: SizeLadder) {
        horizontal = PSMDBHorizontalScaling(operation)
        vertical = PSMDBVerticalScaling(operation, sizes: sizes)
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = horizontal.refusal ?? vertical.refusal { return .refused(refusal) }
        return JointScaling.answer(
            (horizontal.fields, horizontal.log),
            vertical.resources,
            busy: state.underWay,
            report: report()
        )
    }

    func report() -> OperationReport {
        JointScaling.report((horizontal.report(), horizontal.count), (vertical.report(), vertical.resources.count))
    }
}
