import JSON
import KubernetesAPI

extension WorkloadMachine {
    /// The name of the only node.
    static let node = "sandbox-1"
    private static let address = "10.0.0.1"

    mutating func pod(_ pod: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        if pod.isBeingDeleted { return terminate(pod, reference, now) }
        // A job's pods are the job's business.
        if pod.controller?["kind"]?.string == "Job" { return .nothing }
        let status = pod["status"]?["phase"]?.string ?? "Pending"
        let failures = RequestedFailure.words(on: pod)
        switch status {
        case "Running":
            return isReady(pod) || pod.annotation(Self.heldAnnotation) != nil
                ? .nothing : becomeReady(pod, reference, failures, now)
        case "Succeeded", "Failed": return .nothing
        default: return start(pod, reference, failures, now)
        }
    }

    private mutating func terminate(_ pod: JSONValue, _ reference: ObjectReference, _ now: Timestamp) -> Decision {
        guard pod.finalizers.contains(Self.podFinalizer) else {
            // A pod on a node is there until its kubelet deletes it for good.
            let isOnNode = (pod.at("metadata", "deletionGracePeriodSeconds")?.integer ?? 0) > 0
            return isOnNode ? .act(.delete(reference)) : .nothing
        }
        if let end = pending("terminate", pod, Delays.Base.podTermination, now) { return .wait(until: end) }
        return .act(.patch(reference, pod.patchRemoving(finalizer: Self.podFinalizer)))
    }

    private mutating func start(
        _ pod: JSONValue,
        _ reference: ObjectReference,
        _ failures: Set<String>,
        _ now: Timestamp
    ) -> Decision {
        if let why = unschedulable(pod, failures) {
            return report(reference, pod, PodStatus(pod, now).unschedulable(why))
        }
        if let end = pending("start", pod, Delays.Base.podRunning, now) { return .wait(until: end) }
        var actions: [APIAction] = []
        if pod.at("spec", "nodeName") == nil {
            actions.append(.patch(reference, ["spec": ["nodeName": .string(Self.node)]]))
        }
        if failures.contains("image-pull") || pod.images.contains(where: isUnknown) {
            let decision = report(reference, pod, PodStatus(pod, now).cannotPull())
            return Decision(actions: actions + decision.actions)
        }
        let status =
            complaint(pod, failures).map { PodStatus(pod, now).crashing(saying: $0) }
            ?? PodStatus(pod, now).running(ready: false)
        timers.reset("ready", of: pod.objectUID)
        return Decision(actions: actions + [.patchStatus(reference, status)])
    }

    private mutating func becomeReady(
        _ pod: JSONValue,
        _ reference: ObjectReference,
        _ failures: Set<String>,
        _ now: Timestamp
    ) -> Decision {
        if let complaint = complaint(pod, failures) {
            return report(reference, pod, PodStatus(pod, now).crashing(saying: complaint))
        }
        if let end = pending("ready", pod, Delays.Base.podReady, now) { return .wait(until: end) }
        timers.reset("ready", of: pod.objectUID)
        return .act(.patchStatus(reference, PodStatus(pod, now).running(ready: true)))
    }

    /// What the containers say when they exit at once; nil when they run.
    private func complaint(_ pod: JSONValue, _ failures: Set<String>) -> String? {
        pod.annotation(Self.complaintAnnotation)
            ?? (failures.contains("pod-start") ? "FATAL:  the server does not start, as was asked for" : nil)
    }

    /// Writes a status unless the pod shows it already.
    private func report(_ reference: ObjectReference, _ pod: JSONValue, _ status: JSONValue) -> Decision {
        let shown = pod["status"] ?? [:]
        let asked = PodStatus.summary(status)
        return PodStatus.summary(shown) == asked ? .nothing : .act(.patchStatus(reference, status))
    }

    private func isReady(_ pod: JSONValue) -> Bool { pod.conditionStatus("Ready") == "True" }

    /// Why no node has room for the pod; nil when the node has.
    private func unschedulable(_ pod: JSONValue, _ failures: Set<String>) -> String? {
        if failures.contains("schedule") { return "0/1 nodes are available: 1 node(s) were unschedulable." }
        for container in pod.at("spec", "containers")?.array ?? [] {
            let requests = container.at("resources", "requests")
            if let cpu = requests?["cpu"]?.string, let asked = Quantity(cpu), let has = Quantity("64"), asked > has {
                return "0/1 nodes are available: 1 Insufficient cpu."
            }
            if let memory = requests?["memory"]?.string, let asked = Quantity(memory), let has = Quantity("512Gi"),
                asked > has
            {
                return "0/1 nodes are available: 1 Insufficient memory."
            }
        }
        return nil
    }

    /// Whether no registry has that image: its name says so, since no registry is asked.
    private func isUnknown(_ image: String) -> Bool {
        ["does-not-exist", "nonexistent", "no-such"].contains { image.contains($0) }
    }
}

extension JSONValue {
    /// The owner reference of the controller.
    var controller: JSONValue? {
        at("metadata", "ownerReferences")?.array?.first { $0["controller"]?.bool == true }
    }

    fileprivate var images: [String] { at("spec", "containers")?.array?.compactMap { $0["image"]?.string } ?? [] }
}
