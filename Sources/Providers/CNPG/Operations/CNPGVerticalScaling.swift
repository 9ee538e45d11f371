import CRDs
import JSON
import KubernetesAPI

/// Other processor and memory for every member, rolled out one pod after the other.
struct CNPGVerticalScaling {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: CNPGOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = CNPGOperationState(operation)
    }

    private var block: OpsRequestSpec.VerticalScaling { operation.request.spec.verticalScaling ?? .init() }

    /// Nil when the class is not known.
    private var asked: ResourceRequirements? {
        block.size == nil && block.resources == nil
            ? nil : sizes.resources(size: block.size, resources: block.resources)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard block.component.isEmpty || block.component == "postgres" else {
            return .refused(
                Refusal(
                    "UnknownComponent",
                    "provider cnpg scales the component postgres only, not \(block.component); edit spec.proxy.resources "
                        + "for the pooler"
                )
            )
        }
        guard let asked else { return .refused(Refusal("UnknownSize", sizes.unknown(block.size ?? ""))) }
        var changed = operation.cluster
        changed.spec.size = block.size
        changed.spec.resources = block.resources
        let parameters = CNPGParameters(changed, memoryRequest: asked.requests.memory, walStorage: nil)
        if let refusal = parameters.refusals().first { return .refused(refusal) }
        if spec.size == block.size, spec.resources == block.resources {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the resources are asked for already; waiting for the members")
        }
        return .specChange(
            SpecChange(
                [
                    ("size", spec.size.map(JSONValue.string), block.size.map(JSONValue.string)),
                    ("resources", spec.resources?.json, block.resources?.json),
                ],
                log: "resources \(Self.text(spec.size, spec.resources)) → \(Self.text(block.size, block.resources))"
            )
        )
    }

    private static func text(_ size: String?, _ resources: ResourceRequirements?) -> String {
        size ?? resources.map { $0.json.description } ?? "default"
    }

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("UnknownSize", sizes.unknown(block.size ?? ""))) }
        let done = state.pods.filter { $0.isReady && $0.database?.resources.satisfies(asked) == true }
        let percent = CNPGOperationState.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { $0.database?.resources.satisfies(asked) != true }) {
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to get its resources")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "\($0.metadata.name) runs with \(asked.json) and is ready" })
    }
}
