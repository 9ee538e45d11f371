import CRDs
import JSON
import KubernetesAPI

/// Other parameters, by the spec's `config`.
///
/// Strimzi sets those that brokers take over while they run, restarts nodes for the others, and says Ready of the new
/// generation only when it is through.
struct StrimziReconfiguring {
    private let operation: OperationContext
    private let state: StrimziOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var block: OpsRequestSpec.Reconfiguring { operation.request.spec.reconfiguring ?? .init() }
    private var wanted: [ConfigParameter] { block.config(from: spec.config) }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = StrimziOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard wanted != spec.config else {
            if operation.executedAt == nil, case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "the parameters are in the spec already; waiting for the brokers")
        }
        if let busy = state.busy { return .notYet(busy) }
        return .specChange(block.change(of: spec.config))
    }

    private var refusal: Refusal? {
        if let refusal = state.notManaged ?? block.contradiction { return refusal }
        var changed = operation.cluster
        changed.spec.config = wanted
        return StrimziParameters(changed, state.plan.foundation).refusals().first
    }

    func report() -> OperationReport {
        guard wanted == spec.config else { return .running(percent: 0, waitingFor: "spec.config to be changed") }
        guard let kafka = state.kafka else { return .running(percent: 0, waitingFor: "the Kafka to be created") }
        if let parameter = block.config.first(where: { kafka.config[$0.name] != $0.value }) {
            return .running(percent: 0, waitingFor: "Strimzi to be told of \(parameter.name) = \(parameter.value)")
        }
        let defaults = Dictionary(state.plan.foundation.parameters.map { ($0.name, "\($0.value)") }) { _, last in last }
        if let name = block.remove.first(where: { kafka.config[$0] != defaults[$0] }) {
            return .running(percent: 0, waitingFor: "Strimzi to be told that \(name) is removed")
        }
        if let failure = state.failure { return failure }
        if let missing = state.unsettled {
            let fresh = state.pods.count { pod in
                guard let created = pod.metadata.creationTimestamp, let executed = operation.executedAt else {
                    return false
                }
                return created >= executed && pod.isReady
            }
            return .running(percent: OperationReport.percent(1 + fresh, of: 2 + state.pods.count), waitingFor: missing)
        }
        return .succeeded(
            evidence: block.config.map { "the Kafka has \($0.name) = \($0.value)" }
                + block.remove.map { "the Kafka has no \($0) of ours" }
                + ["Strimzi has finished generation \(kafka.observedGeneration) of the Kafka and says Ready"]
        )
    }
}
