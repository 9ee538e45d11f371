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
        let fields = horizontal.fields + vertical.fields
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "members and resources are asked for already; waiting for them")
        }
        if let refusal = state.underWay { return .notYet(refusal) }
        let parts = [horizontal.fields.isEmpty ? nil : horizontal.log, vertical.fields.isEmpty ? nil : vertical.log]
        return .specChange(SpecChange(fields, log: parts.compactMap(\.self).joined(separator: ", ")))
    }

    func report() -> OperationReport {
        let counts = [horizontal.count, vertical.count]
        let percent = OperationReport.percent(
            counts.reduce(0) { $0 + $1.done },
            of: counts.reduce(0) { $0 + max(0, $1.all) }
        )
        switch (horizontal.report(), vertical.report()) {
        case (.succeeded(let members, _), .succeeded(let resources, let summary)):
            return .succeeded(evidence: members + resources, message: summary)
        case (.running(_, let missing), _), (.succeeded, .running(_, let missing)):
            return .running(percent: percent, waitingFor: missing)
        case (let other, .succeeded), (.succeeded, let other), (let other, _): return other
        }
    }
}
