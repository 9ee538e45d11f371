import CRDs
import JSON
import KubernetesAPI

/// Other parameters, by the spec's `config`: a new configuration file, and with it a restart of every member.
struct PSMDBReconfiguring {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: PSMDBOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.Reconfiguring { operation.request.spec.reconfiguring ?? .init() }
    private var wantedConfig: [ConfigParameter] { block.config(from: spec.config) }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard wantedConfig != spec.config else {
            if missingInChild == nil, state.unsettled == nil {
                return .alreadySo(
                    message: "the configuration file has the parameters, and all members are ready with it"
                )
            }
            return .intents([], log: "the parameters are in the spec already; waiting for the members")
        }
        if let refusal = state.underWay { return .notYet(refusal) }
        return .specChange(block.change(of: spec.config))
    }

    private var refusal: Refusal? {
        if let refusal = state.notRunning ?? block.contradiction { return refusal }
        return PSMDBParameters(wantedConfig, at: "config").refusals().first
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard wantedConfig == spec.config else { return .running(percent: 0, waitingFor: "spec.config to be changed") }
        if let missing = missingInChild { return .running(percent: 0, waitingFor: missing) }
        let fresh = state.pods.filter { state.isFresh($0) && $0.isReady }
        let percent = OperationReport.percent(1 + fresh.count, of: 1 + state.wanted)
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        if isSameFile { return .succeeded(evidence: ["the configuration file is the same as before"]) }
        guard fresh.count == state.wanted else {
            return .running(percent: percent, waitingFor: "\(state.wanted - fresh.count) members to restart with it")
        }
        return .succeeded(
            evidence: ["the configuration file has the parameters"]
                + fresh.map { "\($0.metadata.name) was made anew with it and is ready" }
        )
    }

    /// A replica set that does not have the file yet; nil when all have it.
    private var missingInChild: String? {
        guard let child = state.child else { return "the PerconaServerMongoDB to be created" }
        let text = PSMDBConfiguration(spec.config).text
        let other = child.replsets.first { $0.configuration != text }
        return other.map { "Percona's operator to be told of the configuration of \($0.name)" }
    }

    /// Values that are written in another way only, such as in another order, restart nobody.
    private var isSameFile: Bool {
        let previous = operation.request.status.previous?["config"]?.array ?? []
        let before = previous.compactMap { item -> ConfigParameter? in
            guard let name = item["name"]?.string, let value = item["value"]?.string else { return nil }
            return ConfigParameter(name: name, value: value)
        }
        return PSMDBConfiguration(before).text == PSMDBConfiguration(spec.config).text
    }
}
