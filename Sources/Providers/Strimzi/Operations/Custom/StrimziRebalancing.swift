import CRDs
import JSON
import KubernetesAPI

/// Has Cruise Control move partitions: to level all brokers, to fill new ones, or to empty some.
struct StrimziRebalancing: CustomOperation {
    static let parameters = [
        "brokers", "concurrentLeaderMovements", "concurrentPartitionMovementsPerBroker", "excludedTopics", "goals",
        "mode",
        "replicationThrottle", "skipHardGoalCheck",
    ]

    private let operation: OperationContext
    private let state: StrimziOperationState
    private let given: [String: String]

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        self.operation = operation
        given = parameters
        state = StrimziOperationState(operation)
    }

    /// A failed one cannot be told from its successor by its state, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var rebalance: StrimziRebalance? {
        state.plan.rebalances.first { $0.metadata.name == name && state.isOurs($0) }
    }

    private var mode: String { given["mode"] ?? "full" }

    // MARK: - Asking

    func answer() -> OperationAnswer {
        if let refusal = state.notManaged ?? refusal { return .refused(refusal) }
        let others = state.plan.rebalances.filter { !state.isOurs($0) && $0.isActive }
        if let other = others.first {
            return .notYet(
                Refusal(
                    "RebalanceRunning",
                    "Cruise Control moves partitions for KafkaRebalance \(other.metadata.name) and does one thing at a time; "
                        + "waiting for its end"
                )
            )
        }
        let object = state.rebalance(named: name, spec)
        return .intents([.create(object)], log: "created KafkaRebalance \(name) of mode \(mode)")
    }

    private var spec: JSONObject {
        var spec: JSONObject = ["mode": .string(mode)]
        if let brokers { spec["brokers"] = .array(brokers.map { JSONValue($0) }) }
        if let goals = given["goals"] { spec["goals"] = JSONValue(Self.list(goals)) }
        spec["excludedTopics"] = given["excludedTopics"].map(JSONValue.string)
        if given["skipHardGoalCheck"] == "true" { spec["skipHardGoalCheck"] = true }
        for name in Self.numbers { spec[name] = given[name].flatMap { Int64($0) }.map(JSONValue.integer) }
        return spec
    }

    private static let numbers = [
        "concurrentLeaderMovements", "concurrentPartitionMovementsPerBroker", "replicationThrottle",
    ]

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
            .filter { !$0.isEmpty }
    }

    /// Nil where the mode has none.
    private var brokers: [Int]? {
        mode == "full" ? nil : Self.list(given["brokers"] ?? "").compactMap { Int($0) }
    }

    private var refusal: Refusal? {
        guard state.kafka?.hasCruiseControl == true else {
            return Refusal(
                "CruiseControlMissing",
                "the cluster runs no Cruise Control, which moves partitions; set providerOptions.cruiseControl to true"
            )
        }
        guard ["add-brokers", "full", "remove-brokers"].contains(mode) else {
            return invalid("mode must be full, add-brokers or remove-brokers, not \(mode)")
        }
        if mode == "full", given["brokers"] != nil { return invalid("brokers do not go with mode full") }
        if let name = Self.numbers.first(where: { given[$0].map { (Int64($0) ?? -1) < 0 } ?? false }) {
            return invalid("\(name) must be a number from 0")
        }
        return refusalOfBrokers
    }

    private var refusalOfBrokers: Refusal? {
        guard let brokers else { return nil }
        let known = Set(state.plan.brokerPool?.nodeIDs ?? [])
        let words = known.sorted().map { "\($0)" }.joined(separator: ", ")
        guard !brokers.isEmpty, brokers.count == Self.list(given["brokers"] ?? "").count else {
            return invalid("mode \(mode) needs brokers, a list of ids such as 3,4; there are \(words)")
        }
        if let unknown = brokers.first(where: { !known.contains($0) }) {
            return invalid("there is no broker \(unknown); there are \(words)")
        }
        guard mode == "remove-brokers" else { return nil }
        let left = known.count - Set(brokers).count
        return StrimziParameters(operation.cluster, state.plan.foundation).refusal(ofBrokers: left)
    }

    private func invalid(_ problem: String) -> Refusal {
        Refusal("InvalidParameter", "custom.parameters: \(problem)")
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let rebalance else {
            guard operation.hasHad(StrimziOperationState.timeToBeSeen) else {
                return .running(percent: 0, waitingFor: "KafkaRebalance \(name) to be seen")
            }
            return .failed(Refusal("RebalanceGone", "somebody has deleted KafkaRebalance \(name)"))
        }
        let found = rebalance.state
        switch found?.type {
        case "Ready": return .succeeded(evidence: evidence(rebalance))
        case "Stopped": return .failed(Refusal("RebalanceStopped", "somebody has stopped KafkaRebalance \(name)"))
        case "NotReady": return notReady(found)
        case "Rebalancing": return rebalancing
        case "ProposalReady": return .running(percent: 20, waitingFor: "Strimzi to have the proposal carried out")
        case "PendingProposal":
            return .running(
                percent: 10,
                waitingFor: "Cruise Control to propose moves, for which it needs some minutes of metrics"
            )
        default: return .running(percent: 0, waitingFor: "Strimzi to look at KafkaRebalance \(name)")
        }
    }

    /// How far it is stands in a ConfigMap of its name alone.
    private var rebalancing: OperationReport {
        let key = state.plan.names.key(name)
        guard let answer = operation.observed.answer(.configMap, key) else { return .need([.object(.configMap, key)]) }
        let data = answer?["data"]
        let moved = data?["completedByteMovementPercentage"]?.string.flatMap { Int($0) }
        let left = data?["estimatedTimeToCompletionInMinutes"]?.string.map { ", which takes about \($0) minutes more" }
        return .running(
            percent: 25 + (moved ?? 0) * 7 / 10,
            waitingFor: "Cruise Control to move the partitions\(left ?? "")"
        )
    }

    /// Whenever the Kafka is not Ready every active rebalance is called failed; Strimzi begins it again by itself.
    private func notReady(_ condition: Condition?) -> OperationReport {
        let words = condition?.words ?? "no reason"
        guard state.kafka?.isReady == true else {
            return .running(percent: 0, waitingFor: "the Kafka to be Ready again; Strimzi says \(words)")
        }
        return .retryable(Refusal("RebalanceFailed", "KafkaRebalance \(name) is not possible: \(words)"))
    }

    private func evidence(_ rebalance: StrimziRebalance) -> [String] {
        let facts = [
            "dataToMoveMB", "numReplicaMovements", "numLeaderMovements", "onDemandBalancednessScoreBefore",
            "onDemandBalancednessScoreAfter",
        ]
        return ["KafkaRebalance \(name) is Ready"]
            + facts.compactMap { name in rebalance.result?[name].map { "\(name) = \($0.string ?? $0.description)" } }
    }
}
