import CRDs
import JSON
import KubernetesAPI

/// Other parameters, by the spec's `config`.
///
/// CloudNativePG tells nobody when a parameter was loaded. What can be seen is that the Cluster has it, that replicas
/// were made anew where PostgreSQL reads it only at its start, and that the cluster stays healthy.
struct CNPGReconfiguring {
    private let operation: OperationContext
    private let sizes: SizeLadder
    private let state: CNPGOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.Reconfiguring { operation.request.spec.reconfiguring ?? .init() }
    private var wantedConfig: [ConfigParameter] { block.config(from: spec.config) }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = CNPGOperationState(operation)
    }

    /// Members watch their Cluster and reload within this time.
    static let timeToReload = Duration.seconds(30)
    /// By then CloudNativePG has begun to restart members, if it has to.
    static let timeToRestart = Duration.seconds(60)

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        let config = wantedConfig
        guard config != spec.config else {
            if missingInChild == nil, state.unsettled == nil {
                return .alreadySo(message: evidenceOfChild.joined(separator: ", "))
            }
            return .intents([], log: "the parameters are in the spec already; waiting for the members")
        }
        return .specChange(block.change(of: spec.config))
    }

    // MARK: - Refusals

    private var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        if let refusal = block.contradiction { return refusal }
        var changed = operation.cluster
        changed.spec.config = wantedConfig
        let parameters = CNPGParameters(
            changed,
            memoryRequest: sizes.resources(of: changed.spec)?.requests.memory,
            walStorage: state.plan.options.walStorageSize,
            live: state.child?.parameters
        )
        return parameters.refusals().first
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard wantedConfig == spec.config else { return .running(percent: 0, waitingFor: "spec.config to be changed") }
        if let missing = missingInChild { return .running(percent: 0, waitingFor: missing) }
        let fresh = state.pods.filter { isFresh($0) && $0.isReady }
        let all = 1 + (needsRestart ? state.wanted : 0)
        let percent = CNPGOperationState.percent(1 + (needsRestart ? fresh.count : 0), of: all)
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        if needsRestart, let restarted { return .succeeded(evidence: evidenceOfChild + restarted) }
        let time = needsRestart ? Self.timeToRestart : Self.timeToReload
        guard state.hasHad(time) else {
            let seconds = time.components.seconds
            return .running(
                percent: percent,
                waitingFor:
                    "the members to \(needsRestart ? "restart" : "reload"); CloudNativePG does not tell, so the "
                    + "cluster must stay healthy for \(seconds) s"
            )
        }
        if let name = unrestarted {
            return .running(
                percent: percent,
                waitingFor: "CloudNativePG to restart the members, since PostgreSQL reads \(name) only when it starts"
            )
        }
        let words =
            needsRestart && !state.pods.contains(where: isMadeSinceBegin)
            ? "CloudNativePG restarted no member in" : "all members stayed healthy for"
        return .succeeded(evidence: evidenceOfChild + ["\(words) \(time.components.seconds) s"])
    }

    /// A parameter that cannot be in force yet, since members that would have been made anew with it were not.
    ///
    /// One member is restarted or demoted in its place, so one alone shows nothing.
    private var unrestarted: String? {
        guard state.pods.count(where: { !isMadeSinceBegin($0) }) > 1 else { return nil }
        return (block.config.map(\.name) + block.remove).first { name in
            // Whether a parameter of an extension needs a restart is for the extension to say.
            guard !name.contains("."), needsRestart(name), wasChanged(name) else { return false }
            let fallback = CNPGParameters.defaults[name] ?? CNPGParameters.defaultsReadAtStart[name]
            let before = previousValues[name] ?? fallback
            let after = block.config.first { $0.name == name }?.value ?? fallback
            // What a default is that nobody has on record, cannot be compared: PostgreSQL then restarts.
            guard let before, let after else { return true }
            return !CNPGParameters.isSame(before, after)
        }
    }

    private func isMadeSinceBegin(_ pod: Pod) -> Bool {
        guard let created = pod.metadata.creationTimestamp, let beganAt else { return false }
        return created >= beganAt
    }

    /// When the first attempt began.
    ///
    /// That the spec was written may be on record long after it was, if the operator was stopped in between; by then
    /// members may have been made anew already.
    private var beganAt: Timestamp? {
        let status = operation.request.status
        return status.actionLog.first { $0.action == "Start" }?.timestamp ?? status.startTime
    }

    /// Whether this request gave the parameter another value than the spec had.
    private func wasChanged(_ name: String) -> Bool {
        let unset = operation.request.status.previous?["unset"]?.array ?? []
        return previousValues[name] != nil || unset.contains { $0.string == "config.\(name)" }
    }

    /// A parameter that the Cluster does not have yet as asked; nil when it has all.
    private var missingInChild: String? {
        guard let child = state.child else { return "the Cluster to be created" }
        if let parameter = block.config.first(where: { child.parameters[$0.name] != $0.value }) {
            return "CloudNativePG to be told of \(parameter.name) = \(parameter.value)"
        }
        let before = previousValues
        let kept = block.remove.first { name in
            guard let value = child.parameters[name] else { return false }
            // The child operator's webhook puts its own defaults in their places.
            return value == before[name] && value != CNPGParameters.defaults[name]
        }
        return kept.map { "CloudNativePG to be told that \($0) is removed" }
    }

    /// The values that the changed parameters had, by name; those that were not set are missing.
    private var previousValues: [String: String] {
        var values: [String: String] = [:]
        for item in operation.request.status.previous?["config"]?.array ?? [] {
            if let name = item["name"]?.string { values[name] = item["value"]?.string }
        }
        return values
    }

    private var evidenceOfChild: [String] {
        block.config.map { "the Cluster has \($0.name) = \($0.value)" }
            + block.remove.map { "the Cluster has no \($0) of ours" }
    }

    /// Whether PostgreSQL reads one of the parameters only when it starts.
    private var needsRestart: Bool { (block.config.map(\.name) + block.remove).contains(where: needsRestart) }

    private func needsRestart(_ name: String) -> Bool {
        guard let child = state.child else { return false }
        let judge = CNPGDisruption(operation.cluster, operation.observed)
        let field = FieldChange(["spec", "postgresql", "parameters", name], from: nil, to: nil)
        return judge.disruption(of: ChildChange(.cnpgCluster, child.metadata.key, .field(field))) > .none
    }

    private func isFresh(_ pod: Pod) -> Bool {
        guard let created = pod.metadata.creationTimestamp, let executed = operation.executedAt else { return false }
        return created >= executed
    }

    /// Proof that a rollout took place and is over; nil where there is none.
    ///
    /// Replicas are made anew first, the primary is restarted in place last, and only then is the cluster healthy
    /// again. With one member alone there is nothing to be seen.
    private var restarted: [String]? {
        let replicas = state.pods.filter { $0.metadata.name != state.child?.currentPrimary }
        // Times are whole seconds: in the first ones a pod may be new by an operation just before.
        guard !replicas.isEmpty, replicas.allSatisfy(isFresh), state.hasHad(.seconds(2)) else { return nil }
        return replicas.map { "\($0.metadata.name) was made anew with it and is ready" }
            + ["the cluster is healthy after the restart of its primary"]
    }
}
