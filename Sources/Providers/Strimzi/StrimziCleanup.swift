import CRDs
import JSON
import KubernetesAPI

/// Takes a deleted cluster apart in an order in which Strimzi still does its part and nothing is lost that shall stay.
///
/// Nothing ties pools to their Kafka: without the one, the pods of the other would run on without certificates.
struct StrimziCleanup {
    private let plan: StrimziPlan
    private var names: StrimziNames { plan.names }
    private var keepsVolumes: Bool { plan.cluster.spec.deletionPolicy != .delete }

    /// The Topic Operator takes its finalizers away in that time, or does not run any more.
    private static let timeToFinalize = Duration.seconds(60)

    init(_ plan: StrimziPlan) { self.plan = plan }

    func answer() -> CleanupAnswer {
        let needs = needs
        if !needs.isEmpty { return .need(needs) }
        if isUnseen { return .wait(message: "waiting until Kafka \(plan.cluster.metadata.key) is seen") }
        for step in [rebalances, topics, users, volumesToKeep, child, pools, admin, volumes, companions] {
            let answer = step()
            guard case .done = answer else { return answer }
        }
        return .done
    }

    // MARK: - What is not watched

    /// All at once, since it is asked only once more with the answers.
    private var needs: [Need] {
        var needs: [Need] = []
        if plan.kafka == nil, plan.observed.answer(.kafka, plan.cluster.metadata.key) == nil {
            needs.append(.object(.kafka, plan.cluster.metadata.key))
        }
        guard !keepsVolumes else { return needs }
        return needs + [ofTopics, ofUsers].filter { plan.observed.answers[$0] == nil }
    }

    private var ofTopics: Need { list(.kafkaTopic) }
    private var ofUsers: Need { list(.kafkaUser) }

    private func list(_ resource: ResourceType) -> Need {
        .list(resource, namespace: names.namespace, labelSelector: "\(StrimziLabel.cluster)=\(names.cluster)")
    }

    private func objects(_ need: Need) -> [DynamicObject] {
        guard case .objects(let values) = plan.observed.answers[need], case .list(let resource, _, _) = need else {
            return []
        }
        return values.compactMap { try? DynamicObject(resource: resource, $0) }
    }

    private var foreign: JSONValue? { plan.observed.answer(.kafka, plan.cluster.metadata.key) ?? nil }

    /// A Kafka of ours is there and has not come by the watch yet: nothing may be taken for gone.
    private var isUnseen: Bool {
        plan.kafka == nil && foreign?.at("metadata", "labels", APIGroup.clusterLabel)?.string == names.cluster
    }

    /// A Kafka of this name that somebody took out of our hands has its topics, users and volumes.
    private var hasSuccessor: Bool { plan.kafka == nil && foreign != nil }

    // MARK: - Steps

    /// The finalizer of those that Strimzi makes itself is taken off by nobody once the Kafka is gone.
    private func rebalances() -> CleanupAnswer {
        guard !hasSuccessor else { return .done }
        let found = plan.rebalances
        return removal(
            of: found.map { (ResourceType.kafkaRebalance, $0.metadata) },
            strippingAfter: .zero,
            "rebalances"
        )
    }

    /// The Topic Operator takes its finalizer off only while it runs; with policy Retain it would delete the data.
    private func topics() -> CleanupAnswer {
        guard !keepsVolumes, !hasSuccessor else { return .done }
        let found = objects(ofTopics).map { (ResourceType.kafkaTopic, $0.metadata) }
        return removal(of: found, strippingAfter: Self.timeToFinalize, "topics")
    }

    private func users() -> CleanupAnswer {
        guard !keepsVolumes, !hasSuccessor else { return .done }
        let found = objects(ofUsers).map { (ResourceType.kafkaUser, $0.metadata) }
        return removal(of: found, strippingAfter: Self.timeToFinalize, "users")
    }

    /// What a later cluster must know to take the volumes over; owned by their pool they would go with it.
    private func volumesToKeep() -> CleanupAnswer {
        guard keepsVolumes, let id = plan.kafka?.clusterID else { return .done }
        let patches = plan.claims.compactMap { claim -> Intent? in
            let isRecorded = claim.metadata.annotations[StrimziAnnotation.clusterID] == id
            guard !isRecorded || !claim.metadata.ownerReferences.isEmpty else { return nil }
            var metadata: JSONObject = ["annotations": [StrimziAnnotation.clusterID: .string(id)]]
            if !claim.metadata.ownerReferences.isEmpty { metadata["ownerReferences"] = .array([]) }
            return .patch(
                .persistentVolumeClaim,
                claim.metadata.key,
                format: .merge,
                body: ["metadata": .object(metadata)]
            )
        }
        return patches.isEmpty ? .done : .intents(patches)
    }

    private func child() -> CleanupAnswer {
        guard let kafka = plan.kafka else { return .done }
        return removal(of: [(.kafka, kafka.metadata)], "Kafka \(kafka.metadata.name)")
    }

    private func pools() -> CleanupAnswer {
        guard !hasSuccessor else { return .done }
        let answer = removal(of: plan.pools.map { (.kafkaNodePool, $0.metadata) }, "node pools")
        guard case .done = answer, !plan.pods.isEmpty else { return answer }
        return .wait(message: "waiting for \(plan.pods.count) pods of the nodes to go")
    }

    /// With policy Retain the operator's own user goes last, and leaves its Secret to the volumes.
    private func admin() -> CleanupAnswer {
        guard let user = plan.observed.child(.kafkaUser, named: names.admin),
            ChildLabels.isOurs(user.metadata, cluster: names.cluster)
        else { return .done }
        return removal(of: [(.kafkaUser, user.metadata)], "user \(names.admin)", propagation: .orphan)
    }

    /// With policy Delete: no volume has an owner that would take it along.
    private func volumes() -> CleanupAnswer {
        guard !keepsVolumes, !hasSuccessor else { return .done }
        return removal(of: plan.claims.map { (.persistentVolumeClaim, $0.metadata) }, "volumes")
    }

    private func companions() -> CleanupAnswer {
        let found = plan.observed.children(.podMonitor).filter {
            ChildLabels.isOurs($0.metadata, cluster: names.cluster)
        }
        return removal(of: found.map { (.podMonitor, $0.metadata) }, "monitors")
    }

    // MARK: - Removing

    /// Deletes what is there; where told so, takes Strimzi's finalizers off what is being deleted that long already.
    private func removal(
        of objects: [(resource: ResourceType, metadata: ObjectMeta)],
        strippingAfter patience: Duration? = nil,
        _ words: String,
        propagation: DeletionPropagation = .background
    ) -> CleanupAnswer {
        guard !objects.isEmpty else { return .done }
        var intents: [Intent] = []
        for (resource, metadata) in objects {
            guard let since = metadata.deletionTimestamp else {
                intents.append(.delete(resource, metadata.key, propagation: propagation, uid: metadata.uid))
                continue
            }
            guard let patience, plan.observed.now - since >= patience else { continue }
            let kept = metadata.finalizers.filter { !$0.hasPrefix(StrimziLabel.prefix) }
            guard kept.count < metadata.finalizers.count else { continue }
            // On condition that it is as it was seen: a list is replaced as a whole.
            let body: JSONValue = [
                "metadata": [
                    "resourceVersion": .string(metadata.resourceVersion), "finalizers": JSONValue(kept),
                ]
            ]
            intents.append(.patch(resource, metadata.key, format: .merge, body: body))
        }
        return intents.isEmpty ? .wait(message: "waiting for \(words) to go") : .intents(intents)
    }
}
