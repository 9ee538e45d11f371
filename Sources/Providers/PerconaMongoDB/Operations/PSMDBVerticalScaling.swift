import CRDs
import JSON
import KubernetesAPI

/// Other processor and memory for every member with data, rolled out one pod after the other.
struct PSMDBVerticalScaling {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: PSMDBOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.VerticalScaling { operation.request.spec.verticalScaling ?? .init() }
    private var asked: ResourceRequirements? { block.asked(sizes) }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the resources are asked for already; waiting for the members")
        }
        if let refusal = state.underWay { return .notYet(refusal) }
        return .specChange(SpecChange(fields, log: log))
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] { block.fields(from: spec) }

    var log: String { block.log(from: spec) }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        guard block.component.isEmpty || block.component == "mongod" else {
            return Refusal(
                "UnknownComponent",
                "provider percona-psmdb scales the component mongod only, not \(block.component); edit "
                    + "spec.proxy.resources for the routers, and providerOptions.configServers.size for the config servers"
            )
        }
        guard let asked else { return Refusal("UnknownSize", sizes.unknown(block.size ?? "")) }
        return asked.refusalOfLimits
    }

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("UnknownSize", sizes.unknown(block.size ?? ""))) }
        let done = done(asked)
        let percent = OperationReport.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { $0.mongo?.resources.satisfies(asked) != true }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(
                percent: percent,
                waitingFor: "member \(pod.metadata.name) to get its resources\(hindrance)"
            )
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(
            evidence: done.map { "\($0.metadata.name) has \(asked.text) and is ready" },
            message: "\(done.count) of \(state.wanted) members have \(asked.text)"
        )
    }

    /// The ready members that have the resources.
    private func done(_ asked: ResourceRequirements) -> [Pod] {
        state.pods.filter { $0.isReady && $0.mongo?.resources.satisfies(asked) == true }
    }

    /// How many members have them, of how many.
    var count: (done: Int, all: Int) { (asked.map { done($0).count } ?? 0, state.wanted) }
}
