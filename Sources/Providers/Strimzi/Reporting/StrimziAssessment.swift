import CRDs
import KubernetesAPI

/// Judges the phase of a cluster.
///
/// A reconciliation of Strimzi runs to its end, restarts of all nodes included, before it writes the Kafka's status; and
/// a change of a pool is in no generation of the Kafka. So Ready counts only when the nodes themselves are as asked for.
struct StrimziAssessment {
    typealias Result = (phase: DatabaseClusterPhase, message: String)

    private let plan: StrimziPlan
    private let pods: [Pod]
    private let operation: OpsRequestType?

    /// Strimzi reports nothing in that time only where nobody looks after the namespace.
    private static let timeToBeNoticed = Duration.seconds(300)
    /// One step of a reconciliation may take that long and then be tried again.
    private static let timeToRecover = Duration.seconds(300)
    /// A restarted node is back by then.
    private static let timeToStart = Duration.seconds(120)

    init(_ plan: StrimziPlan, pods: [Pod]) {
        self.plan = plan
        self.pods = pods
        operation = plan.cluster.status.operation?.type
    }

    /// Whether the cluster has been in service before.
    private var wasReady: Bool {
        switch plan.cluster.status.phase {
        case nil, .pending, .initializing: false
        default: true
        }
    }

    private var working: DatabaseClusterPhase { wasReady ? .rollout(of: operation) : .initializing }

    func result() -> Result {
        if plan.cluster.metadata.isBeingDeleted { return (.deleting, "the children are being removed") }
        guard let kafka = plan.kafka else { return absent }
        if kafka.metadata.isBeingDeleted { return (.deleting, "Kafka \(kafka.metadata.name) is being deleted") }
        guard !kafka.conditions.isEmpty else { return unnoticed(kafka) }
        if kafka.isToldToPause || kafka.isPaused {
            return (
                wasReady ? .degraded : .initializing,
                "Strimzi's work on Kafka \(kafka.metadata.name) is paused by annotation \(StrimziAnnotation.pause): no change "
                    + "is carried out (Custom resume takes it back)"
            )
        }
        if let trouble = kafka.trouble { return troubled(kafka, trouble) }
        guard kafka.isReady else { return (working, "Strimzi says neither Ready nor NotReady of the Kafka") }
        return ready(kafka)
    }

    private var absent: Result {
        if let kept = StrimziKeptVolumes(plan) { return (.failed, kept.message) }
        return (.pending, "Strimzi has not been asked for the nodes yet")
    }

    private func unnoticed(_ kafka: StrimziKafka) -> Result {
        let age = kafka.metadata.creationTimestamp.map { plan.observed.now - $0 } ?? .zero
        guard age > Self.timeToBeNoticed else { return (.initializing, "Strimzi has not looked at the Kafka yet") }
        return (
            .initializing,
            "Strimzi has not looked at Kafka \(kafka.metadata.name) for \(age.components.seconds / 60) minutes: see that its "
                + "Cluster Operator runs and watches namespace \(kafka.metadata.namespace)"
        )
    }

    private func troubled(_ kafka: StrimziKafka, _ trouble: Condition) -> Result {
        if kafka.isBeingCreated { return (.initializing, "Strimzi creates the cluster\(podTrouble)") }
        let words = trouble.words + podTrouble
        // What is wrong with a specification of before may be right by now.
        guard kafka.isSeen else { return (working, "Strimzi looks at the change; before, it said \(words)") }
        if kafka.isRefused { return (kafka.clusterID == nil ? .failed : .degraded, words) }
        guard kafka.clusterID != nil else { return (.initializing, words) }
        if operation != nil { return (working, words) }
        // It tries again by itself, so a failure counts only when it lasts.
        let age = plan.observed.now - trouble.lastTransitionTime
        return (age > Self.timeToRecover ? .degraded : working, words)
    }

    private func ready(_ kafka: StrimziKafka) -> Result {
        if let change = unseen(kafka) { return (working, change) }
        if let missing = missingNodes { return (wasReady && operation != .restart ? .scaling : working, missing) }
        if let down = nodesDown { return down }
        if kafka.isRebalancing {
            return (working, "Cruise Control moves partitions (\(kafka.rebalanceState ?? "queued"))")
        }
        if let change = unfinishedChange(kafka) { return (working, change + warnings(kafka)) }
        if !wasReady, let missing = missingCredentials { return (.initializing, missing) }
        return (.ready, "")
    }

    private func unseen(_ kafka: StrimziKafka) -> String? {
        guard kafka.isSeen else { return "Strimzi is at work on Kafka \(kafka.metadata.name)" }
        let pool = plan.pools.first { !$0.isSeen }
        return pool.map { "Strimzi has not looked at KafkaNodePool \($0.metadata.name) yet" }
    }

    /// A refused or delayed change of the number of nodes leaves everything ready.
    private var missingNodes: String? {
        guard let kafka = plan.kafka else { return nil }
        for pool in plan.pools {
            guard let wanted = pool.replicas, pool.existingReplicas != wanted else { continue }
            let found = pool.existingReplicas.map { "\($0)" } ?? "an unknown number"
            return "\(wanted) nodes are wanted in KafkaNodePool \(pool.metadata.name) and \(found) exist"
                + warnings(kafka)
        }
        let wanted = plan.cluster.spec.clusterSize
        let found = pods.count(where: \.isBroker)
        return found == wanted ? nil : "\(wanted) brokers are wanted and \(found) exist" + warnings(kafka)
    }

    private func warnings(_ kafka: StrimziKafka) -> String {
        kafka.warnings.isEmpty ? "" : "; Strimzi warns: " + kafka.warnings.map(\.words).joined(separator: "; ")
    }

    private var nodesDown: Result? {
        let sets = plan.pools.compactMap { plan.podSet(of: $0) }
        if let error = sets.compactMap(\.error).first { return (.degraded, "a StrimziPodSet has failed: \(error)") }
        if sets.contains(where: { !$0.isCurrent }) { return (working, "nodes are being restarted\(podTrouble)") }
        let down = pods.filter { !$0.isReady }
        let ready = pods.count - down.count
        guard let pod = down.first else {
            let isBehind = sets.contains { $0.readyPods < $0.pods }
            return isBehind ? (working, "Strimzi waits for nodes to be ready") : nil
        }
        let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
        let message = "\(ready) of \(pods.count) nodes are ready; \(pod.metadata.name) is not\(hindrance)"
        guard wasReady else { return (.initializing, message) }
        // Strimzi restarts nodes for certificates too, which is no harm; one that stays away is.
        let isLost = pod.container(in: Pod.fatalReasons) != nil || hasBeenDown(pod)
        return (operation == nil && isLost ? .degraded : working, message)
    }

    private func hasBeenDown(_ pod: Pod) -> Bool {
        let since = pod.conditions["Ready"]?.lastTransitionTime ?? pod.metadata.creationTimestamp
        return since.map { plan.observed.now - $0 > Self.timeToStart } ?? false
    }

    /// What the nodes do not have yet of what their pool asks for; nil when they have it all.
    private func unfinishedChange(_ kafka: StrimziKafka) -> String? {
        for pool in plan.pools {
            for id in pool.nodeIDs {
                let name = plan.podName(id, pool)
                guard let pod = pods.first(where: { $0.metadata.name == name }) else { return "pod \(name) is missing" }
                if pod.kafka?.resources.satisfies(pool.resources) == false {
                    return "\(name) does not have its new resources yet"
                }
                if let version = pod.metadata.annotations[StrimziAnnotation.kafkaVersion], let wanted = kafka.version,
                    version != wanted
                {
                    return "\(name) runs Kafka \(version), not yet \(wanted)"
                }
            }
            guard let size = pool.storage else { continue }
            for claim in plan.claims(of: pool) {
                guard let capacity = claim.capacity, capacity < size else { continue }
                return "volume \(claim.metadata.name) has \(capacity), not yet \(size)"
            }
        }
        return nil
    }

    private var missingCredentials: String? {
        guard let user = plan.user, !user.isReady else { return nil }
        let words = user.trouble.map { " (\($0.words))" } ?? ""
        return "Strimzi has not made the credentials of user \(plan.names.admin) yet\(words)"
    }

    /// The first pod whose container cannot start, in the kubelet's words.
    private var podTrouble: String {
        for pod in pods where !pod.isReady {
            guard let hindrance = pod.hindrance else { continue }
            return "; pod \(pod.metadata.name): \(hindrance)"
        }
        return ""
    }
}
