import CRDs
import JSON
import KubernetesAPI

/// Other processor and memory for every member, rolled out one member after the other.
struct PXCVerticalScaling {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: PXCOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.VerticalScaling { operation.request.spec.verticalScaling ?? .init() }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the resources are asked for already; waiting for the members")
        }
        return .specChange(SpecChange(fields, log: log))
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] { block.fields(from: spec) }

    var log: String { block.log(from: spec) }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        guard block.component.isEmpty || block.component == "pxc" else {
            return Refusal(
                "UnknownComponent",
                "provider percona-pxc scales the component pxc only, not \(block.component); edit spec.proxy.resources for "
                    + "the proxy"
            )
        }
        guard let asked = block.asked(sizes) else { return Refusal("UnknownSize", sizes.unknown(block.size ?? "")) }
        return asked.refusalOfLimits
            ?? PXCParameters(spec.config, memoryLimit: asked.limits.memory).refusals().first
    }

    func report() -> OperationReport {
        guard let asked = block.asked(sizes) else {
            return .failed(Refusal("UnknownSize", sizes.unknown(block.size ?? "")))
        }
        let done = done(asked)
        let percent = OperationReport.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { $0.server?.resources.satisfies(asked) != true }) {
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to get its resources")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) has \(asked.text) and is ready" },
            message: "\(done.count) of \(state.wanted) members have \(asked.text)"
        )
    }

    /// The ready members that have the resources.
    private func done(_ asked: ResourceRequirements) -> [Pod] {
        state.pods.filter { $0.isReady && $0.server?.resources.satisfies(asked) == true }
    }

    /// How many members have them, of how many.
    var count: (done: Int, all: Int) { (block.asked(sizes).map { done($0).count } ?? 0, state.wanted) }
}

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
