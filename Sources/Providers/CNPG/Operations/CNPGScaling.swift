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
        let fields = horizontal.fields + vertical.fields
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "members and resources are asked for already; waiting for them")
        }
        let parts = [horizontal.fields.isEmpty ? nil : horizontal.log, vertical.fields.isEmpty ? nil : vertical.log]
        return .specChange(SpecChange(fields, log: parts.compactMap(\.self).joined(separator: ", ")))
    }

    func report() -> OperationReport {
        let counts = [horizontal.count(asked), vertical.count]
        let percent = CNPGOperationState.percent(
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
