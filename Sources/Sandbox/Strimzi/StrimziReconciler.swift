import JSON
import KubernetesAPI

/// Strimzi's controllers over the sandbox's API.
struct StrimziReconciler: Reconciler {
    let watched: [ResourceType] = [
        .kafka, .kafkaNodePool, .strimziPodSet, .kafkaRebalance, .kafkaUser, .kafkaTopic, .pod, .persistentVolumeClaim,
        .secret, .service, .configMap, .deployment, .podDisruptionBudget, .serviceAccount,
    ]

    let api: any SandboxAPI
    let delays: Delays
    let counters: StandInCounters
    var children = Children<ObjectKey>()
    var memories: [ObjectKey: KafkaMemory] = [:]
    var timers = Timers()

    init(api: any SandboxAPI, delays: Delays, counters: StandInCounters) {
        self.api = api
        self.delays = delays
        self.counters = counters
    }

    var reaction: Int64 { delays.microseconds(Delays.Base.reaction, for: "reaction") }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        if change.resource == .kafka {
            memories[change.key, default: KafkaMemory()].isTriggered = true
            return [change] + podSets(of: change.key)
        }
        let former = children.owner(of: change)
        let object = await api.get(change.resource, change.key)
        let current = object?.label(Strimzi.Label.cluster).map {
            ObjectKey(namespace: change.key.namespace, name: $0)
        }
        children.set(change, owner: current)
        let clusters = Set([former, current].compactMap(\.self))
        var affected: [ObjectReference] = []
        for cluster in clusters { affected += mark(change, object, cluster) }
        switch change.resource {
        case .strimziPodSet, .kafkaRebalance, .kafkaUser, .kafkaTopic: affected.append(change)
        default: break
        }
        return affected
    }

    /// What is to be looked at because something of a cluster changed, and how the cluster's next look comes about.
    private mutating func mark(
        _ change: ObjectReference,
        _ object: JSONValue?,
        _ cluster: ObjectKey
    ) -> [ObjectReference] {
        let kafka = ObjectReference(.kafka, cluster)
        let isRunning = memories[cluster]?.run != nil
        switch change.resource {
        case .kafkaNodePool:
            memories[cluster, default: KafkaMemory()].isTriggered = true
            return [kafka]
        case .kafkaRebalance, .kafkaTopic, .kafkaUser: return []
        case .pod:
            let asks =
                object?.isAnnotated(Strimzi.Annotation.manualRoll) == true
                || object?.isAnnotated(Strimzi.Annotation.deletePodAndClaim) == true
            if asks || !isRunning { memories[cluster]?.isDirty = true }
            return [kafka] + podSets(of: cluster).filter { $0.key.name == change.key.name.podSet }
        case .configMap:
            if !isRunning { memories[cluster]?.isDirty = true }
            return [kafka] + podSets(of: cluster).filter { $0.key.name == change.key.name.podSet }
        case .persistentVolumeClaim:
            memories[cluster]?.isDirty = true
            return [kafka]
        case .deployment:
            if !isRunning { memories[cluster]?.isDirty = true }
            let served = [ResourceType.kafkaUser, .kafkaTopic].flatMap { resource in
                children.names(resource, of: cluster).map { ObjectReference(resource, cluster.namespace, $0) }
            }
            return [kafka] + served
        case .secret where object?.label(Strimzi.Label.kind) == "KafkaUser" || isOfUser(change, cluster):
            return users(of: change, cluster)
        default:
            if !isRunning { memories[cluster]?.isDirty = true }
            return [kafka]
        }
    }

    private func podSets(of cluster: ObjectKey) -> [ObjectReference] {
        children.names(.strimziPodSet, of: cluster).map { ObjectReference(.strimziPodSet, cluster.namespace, $0) }
    }

    private func isOfUser(_ secret: ObjectReference, _ cluster: ObjectKey) -> Bool {
        children.names(.kafkaUser, of: cluster).contains { secret.key.name.hasSuffix($0) }
    }

    private func users(of secret: ObjectReference, _ cluster: ObjectKey) -> [ObjectReference] {
        children.names(.kafkaUser, of: cluster).filter { secret.key.name.hasSuffix($0) }.map {
            ObjectReference(.kafkaUser, cluster.namespace, $0)
        }
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        switch object.resource {
        case .kafka: await kafka(object.key, now)
        case .strimziPodSet: await podSet(object, now)
        case .kafkaRebalance: await rebalance(object, now)
        case .kafkaUser: await user(object, now)
        case .kafkaTopic: await topic(object, now)
        default: nil
        }
    }

    /// The next time at which the operator's timer goes off; one timer for all.
    func tick(after now: Timestamp) -> Timestamp {
        let interval = max(1, Int64(Double(Delays.Base.fullReconciliation) / delays.speed))
        return Timestamp(microseconds: (now.microseconds / interval + 1) * interval)
    }

    /// Writes what was decided, and whether all of it was written.
    ///
    /// A write that fails ends the look, and it is repeated.
    mutating func carryOut(_ decision: ClusterDecision, for cluster: ObjectKey) async -> Bool {
        await write(decision, for: cluster) == nil
    }

    /// Writes what was decided, up to a write that fails; why it did.
    mutating func write(_ decision: ClusterDecision, for cluster: ObjectKey) async -> APIFailure? {
        for action in decision.actions {
            switch await api.perform(action) {
            case .done, .alreadySo: children.note(action, owner: cluster)
            case .failed(let failure): return failure
            }
        }
        for count in decision.counted { counters.add(count, for: cluster) }
        return nil
    }

    func retry(_ now: Timestamp, _ key: ObjectKey) -> Timestamp {
        now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: "\(key)"))
    }
}

extension String {
    /// Of the name of a node's pod: the name of its pod set.
    var podSet: String { split(separator: "-").dropLast().joined(separator: "-") }
}
