import CRDs
import JSON
import KubernetesAPI

/// Other processor and memory for every broker, rolled out one pod after the other.
struct StrimziVerticalScaling {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: StrimziOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.VerticalScaling { operation.request.spec.verticalScaling ?? .init() }
    private var asked: ResourceRequirements? { block.asked(sizes) }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = StrimziOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard !fields.isEmpty else {
            if operation.executedAt == nil, case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the resources are asked for already; waiting for the brokers")
        }
        if let busy = state.busy { return .notYet(busy) }
        return .specChange(SpecChange(fields, log: log))
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] { block.fields(from: spec) }

    var log: String { block.log(from: spec) }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notManaged { return refusal }
        guard block.component.isEmpty || block.component == "broker" else {
            return Refusal(
                "UnknownComponent",
                "provider strimzi scales the component broker only, not \(block.component); edit "
                    + "providerOptions.controllers.resources for the controllers"
            )
        }
        guard let asked else { return Refusal("UnknownSize", sizes.unknown(block.size ?? "")) }
        return StrimziValidation.refusal(ofAmounts: asked, "verticalScaling.resources")
    }

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("UnknownSize", sizes.unknown(block.size ?? ""))) }
        let done = done(asked)
        let percent = OperationReport.percent(done.count, of: state.wanted)
        guard let pool = state.plan.brokerPool, pool.resources.satisfies(asked) else {
            return .running(percent: 0, waitingFor: "Strimzi to be told of \(asked.text)")
        }
        if let failure = state.failure { return failure }
        if let pod = state.brokers.first(where: { $0.kafka?.resources.satisfies(asked) != true }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "\(pod.metadata.name) to get its resources\(hindrance)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) has \(asked.text) and is ready" },
            message: "\(done.count) of \(state.wanted) brokers have \(asked.text)"
        )
    }

    /// The ready brokers that have the resources.
    private func done(_ asked: ResourceRequirements) -> [Pod] {
        state.brokers.filter { $0.isReady && $0.kafka?.resources.satisfies(asked) == true }
    }

    /// How many brokers have them, of how many.
    var count: (done: Int, all: Int) { (asked.map { done($0).count } ?? 0, state.wanted) }
}
