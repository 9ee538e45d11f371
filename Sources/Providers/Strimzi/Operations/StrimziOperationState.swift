import CRDs
import JSON
import KubernetesAPI

/// What every operation looks at.
struct StrimziOperationState {
    let operation: OperationContext
    let plan: StrimziPlan
    let pods: [Pod]

    init(_ operation: OperationContext) {
        self.operation = operation
        plan = StrimziPlan(operation.cluster, operation.observed)
        pods = plan.pods
    }

    var kafka: StrimziKafka? { plan.kafka }
    var name: String { plan.cluster.metadata.name }
    var brokers: [Pod] { pods.filter(\.isBroker) }
    /// Brokers that shall exist.
    var wanted: Int { plan.cluster.spec.clusterSize }

    // MARK: - Refusals

    var absent: Refusal { Refusal("ClusterNotReady", "there is no Kafka \(name) yet; wait until it is Ready") }

    /// Refuses what Strimzi has to carry out: there is no Kafka, or it keeps its hands off.
    var notManaged: Refusal? {
        guard let kafka else { return absent }
        guard !kafka.isToldToPause else {
            return Refusal(
                "ReconciliationPaused",
                "annotation \(StrimziAnnotation.pause) on Kafka \(name) keeps Strimzi from every change; take it back first "
                    + "(Custom resume)"
            )
        }
        return nil
    }

    /// What must pass first: two things that move partitions or restart nodes wait for each other for ever.
    var busy: Refusal? {
        guard let rebalance = plan.rebalances.first(where: \.isActive) else { return nil }
        return Refusal(
            "RebalanceRunning",
            "KafkaRebalance \(rebalance.metadata.name) is \(rebalance.state?.type ?? "New"): Cruise Control moves partitions, "
                + "and nodes must not restart meanwhile; waiting for its end"
        )
    }

    /// Refuses a name that no node has, and says which there are.
    func unknownMember(_ member: String) -> Refusal? {
        guard !pods.contains(where: { $0.metadata.name == member }) else { return nil }
        let names = pods.map { "\($0.metadata.name) (\($0.isBroker ? "broker" : "controller"))" }
        return Refusal(
            "UnknownMember",
            "\(member.isEmpty ? "the empty name" : member) is no node of cluster \(name); its nodes are "
                + names.joined(separator: ", ")
        )
    }

    func pod(named name: String) -> Pod? { pods.first { $0.metadata.name == name } }

    // MARK: - Waiting

    /// What is missing until Strimzi has done all that its objects ask for; nil when nothing is.
    var unsettled: String? {
        guard let kafka else { return "the Kafka to be created" }
        guard kafka.isSeen else { return "Strimzi to finish its work on the Kafka" }
        guard kafka.isReady else {
            return "Strimzi, which says \(kafka.trouble?.words ?? "neither Ready nor NotReady")"
        }
        for pool in plan.pools {
            if let missing = unsettled(pool) { return missing }
        }
        return nil
    }

    /// What is missing until the nodes of a pool are as it asks for; nil when nothing is.
    func unsettled(_ pool: StrimziNodePool) -> String? {
        let name = pool.metadata.name
        guard pool.isSeen else { return "Strimzi to look at KafkaNodePool \(name)" }
        let wanted = pool.replicas ?? 0
        guard pool.existingReplicas == wanted, pool.nodeIDs.count == wanted else {
            return "\(wanted) nodes in KafkaNodePool \(name); there are \(pool.existingReplicas ?? 0)"
        }
        for id in pool.nodeIDs {
            let podName = plan.podName(id, pool)
            guard let pod = pod(named: podName) else { return "pod \(podName) to be made" }
            guard pod.isReady else { return "\(podName) to be ready" + (pod.hindrance.map { " (\($0))" } ?? "") }
        }
        guard let set = plan.podSet(of: pool) else { return "the StrimziPodSet of KafkaNodePool \(name)" }
        guard set.isCurrent, set.readyPods >= set.pods, set.pods == wanted else {
            return "StrimziPodSet \(set.metadata.name): of \(wanted) pods \(set.currentPods) are current and "
                + "\(set.readyPods) ready"
        }
        return nil
    }

    // MARK: - Failing

    /// By then Strimzi has looked at what was written, or never will.
    static let timeToBeSeen = Duration.seconds(30)

    /// Why Strimzi will not carry the operation out, in its own words; nil while it may.
    ///
    /// Other failures pass: it tries again by itself every two minutes. What it said before the operation may stand until
    /// the end of a long round, but not of a Kafka whose new generation it has seen.
    var refusedByStrimzi: Refusal? {
        guard let kafka, let trouble = kafka.trouble, kafka.isRefused || trouble.reason == "FatalProblem",
            kafka.isSeen, let executed = operation.executedAt
        else { return nil }
        let changesKafka = [.reconfiguring, .upgrade].contains(operation.request.spec.type)
        let isOfNow = changesKafka && kafka.isRefused && operation.hasHad(Self.timeToBeSeen)
        guard isOfNow || trouble.lastTransitionTime >= executed else { return nil }
        return Refusal("ChildFailed", "Strimzi says \(trouble.words)")
    }

    /// What ends an operation that restarts nodes, whatever its evidence; nil while nothing does.
    var failure: OperationReport? {
        // The kubelet knows more than Strimzi, which waits for the pod.
        MemberFailures(operation, pods).report ?? refusedByStrimzi.map(OperationReport.failed)
    }
}

// MARK: - Asking Strimzi to look

extension StrimziOperationState {
    /// Makes Strimzi look at once: of what is written on pods it learns at its next round only.
    func touch() -> Intent {
        let mark = "\(operation.request.metadata.uid)-\(operation.attempt)"
        return annotation(StrimziAnnotation.touched, .string(mark))
    }

    /// Writes or with null removes an annotation of the Kafka.
    func annotation(_ name: String, _ value: JSONValue) -> Intent {
        .patch(
            .kafka,
            plan.names.key(self.name),
            format: .merge,
            body: ["metadata": ["annotations": [name: value]]]
        )
    }

    /// Marks a pod, unless it is another one by now.
    func mark(_ pod: Pod, _ annotation: String) -> Intent {
        let marks: JSONValue = [
            annotation: "true", StrimziAnnotation.markedBy: .string(operation.request.metadata.uid),
        ]
        return .patch(
            .pod,
            pod.metadata.key,
            format: .merge,
            body: ["metadata": ["uid": .string(pod.metadata.uid), "annotations": marks]]
        )
    }
}

// MARK: - Rebalances of operations

extension StrimziOperationState {
    /// Whether this request has made it.
    func isOurs(_ rebalance: StrimziRebalance) -> Bool {
        rebalance.metadata.labels[ChildLabels.operation] == operation.request.metadata.uid
    }

    /// A rebalance that needs nobody's approval.
    func rebalance(named rebalance: String, _ spec: JSONObject) -> DesiredObject {
        var labels = ChildLabels.of(cluster: name)
        labels[StrimziLabel.cluster] = name
        labels[ChildLabels.operation] = operation.request.metadata.uid
        return DesiredObject(
            .kafkaRebalance,
            plan.names.key(rebalance),
            labels: labels,
            annotations: [StrimziAnnotation.autoApproval: "true"],
            owner: operation.cluster,
            spec: .object(spec)
        )
    }
}
