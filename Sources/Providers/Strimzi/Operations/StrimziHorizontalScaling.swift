import CRDs
import JSON
import KubernetesAPI

/// More or fewer brokers, by their pool's `replicas`; Cruise Control fills new ones and empties those that go.
struct StrimziHorizontalScaling {
    private let operation: OperationContext
    private let state: StrimziOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: Int? { operation.request.spec.horizontalScaling?.replicas }

    /// After new brokers have come Strimzi begins to fill them in its next round, which is due by then.
    private static let timeToRebalance = Duration.seconds(300)

    init(_ operation: OperationContext) {
        self.operation = operation
        state = StrimziOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard !fields.isEmpty else {
            if operation.executedAt == nil, let evidence = proof {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "clusterSize is \(cluster.spec.clusterSize) already; waiting for the brokers")
        }
        if let busy = state.busy { return .notYet(busy) }
        return .specChange(SpecChange(fields, log: log))
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] {
        guard let asked, asked != cluster.spec.clusterSize else { return [] }
        return [("clusterSize", JSONValue(cluster.spec.clusterSize), JSONValue(asked))]
    }

    var log: String { "clusterSize \(cluster.spec.clusterSize) → \(asked ?? cluster.spec.clusterSize)" }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notManaged { return refusal }
        guard operation.request.spec.horizontalScaling?.shards == nil, let asked else {
            return Refusal(
                "ShardsUnsupported",
                "Kafka with provider strimzi has no shards; give horizontalScaling.replicas"
            )
        }
        guard asked >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        let foundation = state.plan.foundation
        if foundation.isCombined, asked != 1 {
            return Refusal(
                "SingleNodeCluster",
                "the only node is broker and controller, and Kafka's controllers are fixed for ever; create another cluster "
                    + "with providerOptions.controllers.replicas"
            )
        }
        if let refusal = StrimziParameters(cluster, foundation).refusal(ofBrokers: asked) { return refusal }
        if foundation.hasCruiseControl, asked < 2 {
            return Refusal(
                "CruiseControlNeedsBrokers",
                "Cruise Control, which moves partitions, needs at least 2 brokers; keep 2, or set "
                    + "providerOptions.cruiseControl to false first"
            )
        }
        if !foundation.hasCruiseControl, asked < cluster.spec.clusterSize {
            return Refusal(
                "CruiseControlMissing",
                "brokers that hold partitions cannot be taken away, and nothing moves the partitions to the others; set "
                    + "providerOptions.cruiseControl to true first"
            )
        }
        return nil
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("InvalidSize", "horizontalScaling.replicas is missing")) }
        guard cluster.spec.clusterSize == asked else {
            return .running(
                percent: 0,
                waitingFor: "spec.clusterSize to be \(asked); it is \(cluster.spec.clusterSize)"
            )
        }
        if let failure = state.failure ?? prevented { return failure }
        if let missing = missing(asked) { return .running(percent: percent(asked), waitingFor: missing) }
        if isForgotten, let filling { return filling }
        guard let evidence = proof else {
            return .running(percent: percent(asked), waitingFor: "Cruise Control to move partitions to the new brokers")
        }
        return .succeeded(evidence: evidence, message: advice(asked))
    }

    /// What is missing until the brokers are there and nothing moves any more; nil when nothing is.
    private func missing(_ asked: Int) -> String? {
        guard let pool = state.plan.brokerPool, pool.replicas == asked else {
            return "Strimzi to be told of \(asked) brokers"
        }
        if let held = state.kafka?.warning("ScaleDownPreventionCheck") {
            return "the brokers that go to be emptied (\(held.message))"
        }
        if let missing = state.unsettled { return missing }
        guard state.brokers.count == asked else { return "\(asked) brokers; there are \(state.brokers.count)" }
        if let own, !own.isFinished {
            return "KafkaRebalance \(own.metadata.name), which is \(own.state?.type ?? "New")"
        }
        guard state.kafka?.isRebalancing == false else {
            return "Cruise Control to end \(state.kafka?.rebalanceState ?? "the queued rebalance")"
        }
        return nil
    }

    /// What proves the effect; nil while a rebalance that must follow has not been seen.
    private var proof: [String]? {
        guard let asked, missing(asked) == nil, let pool = state.plan.brokerPool, !mustBeFilled || isFilled else {
            return nil
        }
        let ids = pool.nodeIDs.sorted().map { "\($0)" }.joined(separator: ", ")
        return [
            "\(asked) of \(asked) brokers are ready", "KafkaNodePool \(pool.metadata.name) has the nodes \(ids)",
            own.map { "KafkaRebalance \($0.metadata.name) is \($0.state?.type ?? "New")" }
                ?? (state.kafka?.rebalancesItself == true ? "status.autoRebalance is Idle" : nil),
        ].compactMap(\.self)
    }

    private func advice(_ asked: Int) -> String {
        let words = "\(asked) of \(asked) brokers are ready"
        guard let before = previous, asked > before else { return words }
        if let own, own.state?.type == "NotReady" {
            return words + "; the new ones were not filled (\(own.state?.words ?? "")): request Custom rebalance"
        }
        guard state.kafka?.rebalancesItself != true else { return words }
        return words + "; the new ones hold no partition until some are moved there"
    }

    // MARK: - New brokers

    /// Brokers that come are empty, and where Strimzi fills them, `Idle` may be the state of before.
    private var mustBeFilled: Bool {
        guard let asked, let before = previous else { return false }
        return asked > before && state.kafka?.rebalancesItself == true && operation.executedAt != nil
    }

    private var isFilled: Bool {
        if let own { return own.isFinished }
        guard let rebalanced = state.kafka?.rebalancedAt, let executed = operation.executedAt else { return false }
        return rebalanced >= executed
    }

    /// The rebalance that this operation has made.
    private var own: StrimziRebalance? { state.plan.rebalances.first(where: state.isOurs) }

    private var newBrokers: [Pod] {
        guard let executed = operation.executedAt else { return [] }
        return state.brokers.filter { $0.metadata.creationTimestamp.map { $0 >= executed } ?? false }
    }

    /// Strimzi has ended a round in which the new brokers were ready, and has not begun to fill them.
    ///
    /// It does that in the very round in which they come; when that one fails, as on a pod that takes its time, the next
    /// ones know nothing of it.
    private var isForgotten: Bool {
        guard mustBeFilled, own == nil, !isFilled, !newBrokers.isEmpty else { return false }
        if operation.hasHad(Self.timeToRebalance) { return true }
        let ready = newBrokers.compactMap { $0.conditions["Ready"]?.lastTransitionTime }.max()
        guard let ready, let ended = state.kafka?.conditions["Ready"]?.lastTransitionTime else { return false }
        return ended >= ready
    }

    /// Has Cruise Control fill them all the same.
    private var filling: OperationReport? {
        let names = Set(newBrokers.map(\.metadata.name))
        guard let pool = state.plan.brokerPool else { return nil }
        let ids = pool.nodeIDs.sorted().filter { names.contains(state.plan.podName($0, pool)) }
        guard !ids.isEmpty else { return nil }
        let spec: JSONObject = ["mode": "add-brokers", "brokers": .array(ids.map { JSONValue($0) })]
        let name = operation.request.metadata.name
        return .further(
            [.create(state.rebalance(named: name, spec))],
            log: "created KafkaRebalance \(name), as Strimzi does not fill the new brokers"
        )
    }

    /// Without Cruise Control nothing empties a broker, and the shrink would come by itself at some later time.
    private var prevented: OperationReport? {
        guard let kafka = state.kafka, !kafka.rebalancesItself, let held = kafka.warning("ScaleDownPreventionCheck"),
            operation.hasHad(StrimziOperationState.timeToBeSeen)
        else { return nil }
        let before = previous.map { " to \($0)" } ?? ""
        return .failed(
            Refusal(
                "ScaleDownPrevented",
                "Strimzi keeps the brokers: \(held.message). Set clusterSize back\(before), or they go as soon as they "
                    + "happen to be empty"
            )
        )
    }

    private var previous: Int? {
        operation.request.status.previous?["clusterSize"]?.integer.map { Int($0) }
    }

    private func percent(_ asked: Int) -> Int {
        let (done, all) = count(asked)
        return OperationReport.percent(done, of: all)
    }

    /// Brokers that came or went, counted from where they started.
    func count(_ asked: Int) -> (done: Int, all: Int) {
        let before = previous ?? 0
        let ready = state.brokers.count(where: \.isReady)
        return before > asked
            ? (before - max(asked, state.brokers.count), before - asked) : (max(0, ready - before), asked - before)
    }
}
