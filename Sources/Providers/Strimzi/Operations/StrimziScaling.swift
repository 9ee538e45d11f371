import CRDs

/// Other brokers and other resources in one change of the spec, which Strimzi carries out in one round.
struct StrimziScaling {
    private let horizontal: StrimziHorizontalScaling
    private let vertical: StrimziVerticalScaling
    private let busy: Refusal?
    private let asked: Int

    init(_ operation: OperationContext, sizes: SizeLadder) {
        horizontal = StrimziHorizontalScaling(operation)
        vertical = StrimziVerticalScaling(operation, sizes: sizes)
        busy = StrimziOperationState(operation).busy
        asked = operation.request.spec.horizontalScaling?.replicas ?? operation.cluster.spec.clusterSize
    }

    func answer() -> OperationAnswer {
        if let refusal = horizontal.refusal ?? vertical.refusal { return .refused(refusal) }
        let fields = horizontal.fields + vertical.fields
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "brokers and resources are asked for already; waiting for them")
        }
        if let busy { return .notYet(busy) }
        let parts = [horizontal.fields.isEmpty ? nil : horizontal.log, vertical.fields.isEmpty ? nil : vertical.log]
        return .specChange(SpecChange(fields, log: parts.compactMap(\.self).joined(separator: ", ")))
    }

    func report() -> OperationReport {
        let counts = [horizontal.count(asked), vertical.count]
        let percent = OperationReport.percent(
            counts.reduce(0) { $0 + $1.done },
            of: counts.reduce(0) { $0 + max(0, $1.all) }
        )
        switch (horizontal.report(), vertical.report()) {
        case (.succeeded(let brokers, let summary), .succeeded(let resources, _)):
            return .succeeded(evidence: brokers + resources, message: summary)
        case (.running(_, let missing), .running), (.running(_, let missing), .succeeded),
            (.succeeded, .running(_, let missing)):
            return .running(percent: percent, waitingFor: missing)
        case (.running, let other), (.succeeded, let other), (let other, _): return other
        }
    }
}
