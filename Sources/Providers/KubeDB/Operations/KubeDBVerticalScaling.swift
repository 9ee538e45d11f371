import CRDs
import JSON
import KubernetesAPI

/// Other processor and memory for the members, or for another component of the topology.
struct KubeDBVerticalScaling: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let block: OpsRequestSpec.VerticalScaling
    private var spec: DatabaseClusterSpec { state.cluster.spec }

    init(_ state: KubeDBOperationState) {
        self.state = state
        block = state.operation.request.spec.verticalScaling ?? .init()
    }

    /// All four amounts; nil when the class is not known.
    private var asked: ResourceRequirements? {
        block.asked(state.sizes).map { KubeDBPlan.complete($0, by: state.sizes.defaultClass.resources) }
    }

    /// Of what the request names, or of the members that hold data.
    private var part: KubeDBDatabase.Part? {
        guard let database = state.database else { return nil }
        return block.component.isEmpty ? database.data : database.part(block.component)
    }

    /// The spec speaks of the members that hold data alone.
    private var isOfData: Bool { part?.component.isData ?? true }

    // MARK: - Refusals

    var refusal: Refusal? {
        guard let database = state.database else { return state.absent }
        guard part != nil else {
            let known = database.layout.components.map(\.key).joined(separator: ", ")
            return Refusal(
                "UnknownComponent",
                "\(state.engine.kind) \(state.name) has no component \(block.component) that can be scaled; it has "
                    + "\(known). Sidecars and arbiters keep the resources that KubeDB gives them"
            )
        }
        guard let asked else { return Refusal("UnknownSize", state.sizes.unknown(block.size ?? "")) }
        return asked.refusalOfLimits
    }

    // MARK: - What is written

    /// None where the spec means these amounts already, in whatever words.
    var fields: [SpecChange.Field] {
        guard isOfData, asked != state.plan.resources || spec.size != block.size && block.size != nil else { return [] }
        return block.fields(from: spec)
    }

    var log: String {
        fields.isEmpty ? "resources of \(part?.component.key ?? block.component)" : block.log(from: spec)
    }

    /// What stands in KubeDB's request.
    var native: JSONValue? {
        guard let part, let asked else { return nil }
        return KubeDBBlocks.verticalScaling(part.component, asked)
    }

    var step: KubeDBStep? {
        native.map { KubeDBStep(state, "vscale", "VerticalScaling", ["verticalScaling": $0], isCure: true) }
    }

    // MARK: - Evidence

    var lacking: String? {
        guard let part, let asked else { return "the \(state.engine.kind) to be there" }
        guard part.resources?.satisfies(asked) != true else { return nil }
        let now = part.resources.map(\.text) ?? "none"
        return "\(state.engine.kind) \(state.name) to give \(part.component.key) \(asked.text); it gives \(now)"
    }

    var effect: KubeDBEffect {
        guard let part, let asked else { return KubeDBEffect(done: 0, all: 1, missing: "its members", evidence: []) }
        let name = part.component.key == "maxscale" ? "maxscale" : state.engine.container
        let pods = state.pods(of: part.component)
        func has(_ pod: Pod) -> Bool {
            pod.containers.first { $0.name == name }?.resources.satisfies(asked) == true
        }
        let done = pods.filter { $0.isReady && has($0) }
        let other = pods.first { !has($0) }
        return KubeDBEffect(
            done: done.count,
            all: part.members ?? pods.count,
            missing: other.map { "member \($0.metadata.name) to get its resources" },
            evidence: done.map { "\($0.metadata.name) has \(asked.text) and is ready" }
        )
    }
}
