import CRDs
import JSON
import KubernetesAPI

/// Other parameters, in the file that all of them stand in.
struct KubeDBReconfiguring: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let block: OpsRequestSpec.Reconfiguring
    private var spec: DatabaseClusterSpec { state.cluster.spec }

    init(_ state: KubeDBOperationState) {
        self.state = state
        block = state.operation.request.spec.reconfiguring ?? .init()
    }

    private var wanted: [ConfigParameter] { block.config(from: spec.config) }
    private var file: String { state.database?.layout.configFile ?? state.engine.configFile }

    var refusal: Refusal? {
        if let contradiction = block.contradiction { return contradiction }
        guard state.database?.hasForeignParameters == true else { return nil }
        return Refusal(
            "ForeignConfiguration",
            "the parameters of \(state.engine.kind) \(state.name) stand in a Secret of somebody's, where the operator does "
                + "not look; change that, or take it out of spec.configuration of the \(state.engine.kind)"
        )
    }

    // MARK: - What is written

    private var change: SpecChange { block.change(of: spec.config) }

    var fields: [SpecChange.Field] {
        guard wanted != spec.config else { return [] }
        func list(_ config: [ConfigParameter]) -> JSONValue? { config.isEmpty ? nil : .array(config.map(\.json)) }
        return [("config", list(spec.config), list(wanted))]
    }

    var log: String { change.log }

    var step: KubeDBStep? {
        state.database.map { database in
            let block = KubeDBBlocks.configuration(database, wanted)
            return KubeDBStep(state, "rcfg", "Reconfigure", ["configuration": block], isCure: true)
        }
    }

    // MARK: - Evidence

    var lacking: String? {
        guard let database = state.database else { return "the \(state.engine.kind) to be there" }
        if let parameter = database.parametersLacking(wanted).first {
            return "\(state.engine.kind) \(state.name) to have \(parameter.name) = \(parameter.value); it has "
                + (database.parameters[parameter.name] ?? "none")
        }
        return database.parametersBeyond(wanted).first.map {
            "\(state.engine.kind) \(state.name) to have no \($0) any more"
        }
    }

    /// KubeDB tells of no member whether it has read the file: that it was asked and says so, and the members are well,
    /// is what can be seen.
    var effect: KubeDBEffect {
        let ready = state.pods.count(where: \.isReady)
        let removed = block.remove.filter { name in !wanted.contains { $0.name == name } }
        return KubeDBEffect(
            done: ready,
            all: state.pods.count,
            missing: nil,
            evidence: block.config.map { "\(file) has \($0.name) = \($0.value)" }
                + removed.map { "\(file) has no \($0)" }
                + ["\(ready) of \(state.pods.count) members are ready"]
        )
    }
}
