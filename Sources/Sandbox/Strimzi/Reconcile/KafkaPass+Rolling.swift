import JSON
import KubernetesAPI

/// Restarts, one pod at a time, as upstream's `KafkaRoller` does them.
extension KafkaPass {
    /// Why a pod is restarted, as the events say it.
    enum RestartReason: String {
        case manual = "ManualRollingUpdate"
        case revision = "PodHasOldRevision"
        case resources = "PodHasOldResourceRevision"
        case configuration = "ConfigChangeRequiresRestart"
        case fileSystem = "FileSystemResizeNeeded"
        case stuck = "PodStuck"

        var note: String {
            switch self {
            case .manual: "Pod was manually annotated to be rolled"
            case .revision: "Pod has old revision"
            case .resources: "Pod resource configuration changed"
            case .configuration: "Pod needs to be restarted, because reconfiguration cannot be done dynamically"
            case .fileSystem: "File system needs to be resized"
            case .stuck: "Pod needs to be restarted, because it seems to be stuck and restart might help"
            }
        }
    }

    /// Restarts the pods that annotations ask to restart; a failure is no more than a line in the operator's log.
    mutating func rollByHand() -> Step {
        let names = run.handRolled ?? annotated
        run.handRolled = names
        guard !names.isEmpty else { return .goOn }
        do throws(StrimziFailure) {
            let isDone = try roll(names) { _ in .manual } == .goOn
            guard isDone else { return .wait }
        } catch {
            needsTick = true
        }
        run.verified = []
        run.restarting = nil
        return .goOn
    }

    private var annotated: [String] {
        let wholeSets = view.podSets.values.filter { $0.isAnnotated(Strimzi.Annotation.manualRoll) }
        let fromSets = wholeSets.flatMap { $0.at("spec", "pods")?.array?.map(\.objectName) ?? [] }
        let single = view.pods.filter { $0.value.isAnnotated(Strimzi.Annotation.manualRoll) }.keys
        return Set(fromSets).union(single).sorted()
    }

    mutating func roll() throws(StrimziFailure) -> Step {
        let model = try model
        let inPlace = kafka.isAnnotated(Strimzi.Annotation.inPlaceResizing)
        let desired = run.desiredPods
        let pending = run.resizePending
        return try roll(model.nodes.map(\.pod)) { pod in
            guard let wanted = desired[pod.objectName] else { return nil }
            func differs(_ annotation: String) -> Bool { pod.annotation(annotation) != wanted.annotation(annotation) }
            if differs(Strimzi.Annotation.revision) { return .revision }
            let mustRestart = !inPlace || pod.isAnnotated(Strimzi.Annotation.inPlaceResizingError)
            if differs(Strimzi.Annotation.resourceRevision), mustRestart { return .resources }
            return pending.contains(pod.objectName) ? .fileSystem : nil
        }
    }

    private mutating func roll(
        _ names: [String],
        _ reason: (JSONValue) -> RestartReason?
    ) throws(StrimziFailure) -> Step {
        if let restarting = run.restarting {
            let pod = view.pods[restarting.pod].flatMap { $0.objectUID == restarting.uid ? nil : $0 }
            guard let pod, pod.isPodReady else {
                guard !hasTimedOut("restart \(restarting.pod)", isTroubled: pod?.isTroubled == true) else {
                    throw .fatal("Error while waiting for restarted pod \(restarting.pod) to become ready")
                }
                return .wait
            }
            run.verified.insert(restarting.pod)
            run.restarting = nil
        }
        for node in order(names) where !run.verified.contains(node.name) {
            guard let pod = view.pods[node.name] else {
                run.verified.insert(node.name)
                continue
            }
            if try verify(pod, node, reason(pod)) == .wait { return .wait }
            run.verified.insert(node.name)
        }
        return .goOn
    }

    // MARK: Order

    private struct Candidate {
        let name: String
        let isController: Bool
        let isReady: Bool
        let isActive: Bool
        let id: Int
    }

    /// Controllers before brokers, unready ones first, the active controller last of the controllers.
    private func order(_ names: [String]) -> [Candidate] {
        let controllers = view.pods.filter { $0.value.label(Strimzi.Label.controllerRole) == "true" }.keys
        let active = controllers.filter { view.pods[$0]?.isPodReady == true }.min {
            ($0.nodeID ?? 0) < ($1.nodeID ?? 0)
        }
        return names.map { name in
            Candidate(
                name: name,
                isController: controllers.contains(name),
                isReady: view.pods[name]?.isPodReady == true,
                isActive: name == active && controllers.count > 1,
                id: name.nodeID ?? 0
            )
        }.sorted { left, right in
            if left.isController != right.isController { return left.isController }
            if left.isReady != right.isReady { return !left.isReady }
            if left.isActive != right.isActive { return right.isActive }
            return left.id < right.id
        }
    }

    // MARK: One pod

    private mutating func verify(
        _ pod: JSONValue,
        _ node: Candidate,
        _ reason: RestartReason?
    ) throws(StrimziFailure) -> Step {
        if pod.isStuck {
            guard reason == .revision || reason == .resources else {
                throw .fatal("Pod is unschedulable or is not starting")
            }
            return restart(pod, .stuck)
        }
        if !pod.isPodReady {
            // It is given time to become ready before anything is decided about it.
            guard hasTimedOut("ready \(node.name)", isTroubled: pod.isTroubled) else { return .wait }
            guard reason != nil else {
                throw .fatal("Error while waiting for non-restarted pod \(node.name) to become ready")
            }
        }
        guard let why = reason ?? configurationReason(pod) else { return .goOn }
        guard canRestart(pod, node) else {
            guard hasTimedOut("rolling \(node.name)", isTroubled: true) else { return .wait }
            throw StrimziFailure(reason: "UnforceableProblem", message: "Pod \(node.name) cannot be updated right now.")
        }
        return restart(pod, why)
    }

    /// Gives a running server what it can take; why it must restart when it cannot.
    private mutating func configurationReason(_ pod: JSONValue) -> RestartReason? {
        guard run.stage == .roll, let wanted = run.configurations[pod.objectName] else { return nil }
        let text = pod.annotation(Strimzi.Annotation.startedWith)
        let running = text.flatMap { try? JSONValue(parsing: $0) }?.strings ?? [:]
        guard running != wanted else { return nil }
        if ConfigurationChange(from: running, to: wanted) == .restart { return .configuration }
        let annotations: JSONValue = [Strimzi.Annotation.startedWith: .string(JSONValue(wanted).description)]
        act(.patch(reference(.pod, pod.objectName), ["metadata": ["annotations": annotations]]))
        return nil
    }

    private mutating func restart(_ pod: JSONValue, _ reason: RestartReason) -> Step {
        countRestart(pod, reason)
        tell(pod, reason)
        act(.delete(reference(.pod, pod.objectName)))
        run.restarting = (pod.objectName, pod.objectUID)
        run.timers = Timers()
        return .wait
    }

    /// Counts a rollout once, however many pods and reconciliations it takes.
    private mutating func countRestart(_ pod: JSONValue, _ reason: RestartReason) {
        if reason == .manual {
            let names = Set(run.handRolled ?? [])
            if !names.isSubset(of: memory.counted) { count(.restarts) }
            memory.counted = names
            return
        }
        let target = stableHash(
            of: .array(
                run.desiredPods.values.map { pod in
                    [
                        .string(pod.objectName), pod.at("metadata", "annotations") ?? [:],
                        JSONValue(run.configurations[pod.objectName] ?? [:]),
                    ]
                }.sorted { ($0[0]?.string ?? "") < ($1[0]?.string ?? "") }
            )
        )
        guard memory.rollout != target else { return }
        memory.rollout = target
        count(.restarts)
    }

    private mutating func tell(_ pod: JSONValue, _ reason: RestartReason) {
        let hash = stableHash(of: [.string(pod.objectUID), .string(reason.rawValue)])
        let event: JSONValue = [
            "apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": [
                "name": .string("strimzi-event" + String(hash, radix: 16)), "namespace": .string(run.namespace),
            ],
            "action": "StrimziInitiatedPodRestart", "reportingController": "strimzi.io/cluster-operator",
            "reportingInstance": "strimzi-cluster-operator", "type": "Normal", "reason": .string(reason.rawValue),
            "eventTime": .string(now.withMicroseconds),
            "note": .string("Rolling Pod \(pod.objectName) due to \(reason.note)"),
            "regarding": ["kind": "Kafka", "namespace": .string(run.namespace), "name": .string(run.name)],
            "related": ["kind": "Pod", "namespace": .string(run.namespace), "name": .string(pod.objectName)],
        ]
        act(.create(.event, event))
    }

    // MARK: Safety

    /// Whether the quorum, and every topic, would do without the pod.
    private func canRestart(_ pod: JSONValue, _ node: Candidate) -> Bool {
        if RequestedFailure.isAsked("under-min-isr", on: kafka), pod.label(Strimzi.Label.brokerRole) == "true" {
            return false
        }
        return isQuorumHealthy(without: pod) && isReplicated(without: pod)
    }

    private func isQuorumHealthy(without pod: JSONValue) -> Bool {
        guard pod.label(Strimzi.Label.controllerRole) == "true" else { return true }
        let controllers = view.pods.values.filter { $0.label(Strimzi.Label.controllerRole) == "true" }
        let others = controllers.count { $0.objectName != pod.objectName && $0.isPodReady }
        switch controllers.count {
        case 0, 1: return true
        case 2: return others == 1
        case let total: return others >= (total + 2) / 2
        }
    }

    /// A topic that has more replicas than it needs must keep as many as it needs.
    private func isReplicated(without pod: JSONValue) -> Bool {
        guard pod.label(Strimzi.Label.brokerRole) == "true", pod.isPodReady,
            let configuration = run.model?.configuration
        else { return true }
        let replicas = configuration.number("default.replication.factor", or: 1)
        let minimum = configuration.number("min.insync.replicas", or: 1)
        guard replicas > minimum else { return true }
        let unready = view.pods.values.count {
            $0.objectName != pod.objectName && $0.label(Strimzi.Label.brokerRole) == "true" && !$0.isPodReady
        }
        return replicas - unready - 1 >= minimum
    }
}
