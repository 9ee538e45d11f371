import JSON
import KubernetesAPI

/// Switchover, failover, fencing and rebuilding.
extension ClusterPass {
    /// While the target is another than the current primary, nothing else is done.
    mutating func changePrimary() -> Step {
        if needsFailover, let candidate = bestReplica {
            let former = currentPrimary ?? ""
            setPhase(CNPG.Phase.failover, "Failing over from \(former) to \(candidate)")
            aim(at: candidate)
            decision.counted.append(.failovers)
        }
        guard let current = currentPrimary, let target = targetPrimary, current != target else {
            endWait("promotion")
            return .goOn
        }
        guard snapshot.instances.contains(where: { $0.name == target && $0.isActive }) else {
            status["targetPrimary"] = .string(current)
            status["targetPrimaryTimestamp"] = .string(now.withMicroseconds)
            return .goOn
        }
        if phase != CNPG.Phase.failover, phase != CNPG.Phase.switchover {
            setPhase(CNPG.Phase.switchover, "Switching over to \(target)")
        }
        // The old primary may take as long as `switchoverDelay` to stop; asked to, it never does.
        if RequestedFailure.isAsked("switchover", on: snapshot.cluster) { return .stop }
        if isWaiting(for: "promotion", Delays.Base.promotion) {
            makeUnready(current)
            return .stop
        }
        endWait("promotion")
        if phase == CNPG.Phase.switchover { decision.counted.append(.switchovers) }
        status["currentPrimary"] = .string(target)
        status["currentPrimaryTimestamp"] = .string(now.withMicroseconds)
        status["timelineID"] = .integer((status["timelineID"]?.integer ?? 1) + 1)
        // The old primary starts again as a replica of the new one.
        makeUnready(current)
        wake(at: now)
        return .stop
    }

    /// Whether the primary is gone though nobody asked for it.
    private var needsFailover: Bool {
        guard let current = currentPrimary, current == targetPrimary,
            snapshot.cluster.annotation(CNPG.Annotation.hibernation) != "on",
            ![CNPG.Phase.restartInPlace, CNPG.Phase.restartWithoutSwitchover, CNPG.Phase.majorUpgrade].contains(phase),
            !memory.isRestartingInPlace, status["targetPgDataImageInfo"] == nil, !snapshot.isFenced(current)
        else { return false }
        return !(snapshot.instances.first { $0.name == current }?.isReady ?? false)
    }

    /// The replica to promote: a ready one that is not fenced.
    var bestReplica: String? {
        snapshot.instances.first { $0.name != currentPrimary && $0.isReady && !snapshot.isFenced($0.name) }?.name
    }

    mutating func aim(at instance: String) {
        status["targetPrimary"] = .string(instance)
        status["targetPrimaryTimestamp"] = .string(now.withMicroseconds)
    }

    /// Takes a running pod out of readiness; unless it is held, the node makes it ready again after a while.
    mutating func makeUnready(_ instance: String) {
        guard let pod = snapshot.pods[instance], !pod.isBeingDeleted, pod.conditionStatus("Ready") == "True" else {
            return
        }
        act(.patchStatus(snapshot.reference(.pod, instance), PodStatus(pod, now).running(ready: false)))
    }

    /// Replicas that are declared lost go with their volumes; a primary is never given up.
    mutating func rebuildUnrecoverable() -> Step {
        var isDeleting = false
        for pod in snapshot.instancePods where pod.annotation(CNPG.Annotation.unrecoverable) == "true" {
            let name = pod.objectName
            guard name != currentPrimary, name != targetPrimary, !pod.isBeingDeleted else { continue }
            delete(instance: name)
            isDeleting = true
        }
        return isDeleting ? .stop : .goOn
    }

    /// Deletes an instance with its pod, jobs and volumes.
    mutating func delete(instance: String) {
        for claim in snapshot.claims.values.sorted(by: { $0.objectName < $1.objectName })
        where claim.label(CNPG.Label.instance) == instance && !claim.isBeingDeleted {
            act(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
        }
        if let pod = snapshot.pods[instance], !pod.isBeingDeleted { act(.delete(snapshot.reference(.pod, instance))) }
        for job in snapshot.jobs.values where job.label(CNPG.Label.instance) == instance && !job.isBeingDeleted {
            act(.delete(snapshot.reference(.job, job.objectName)))
        }
    }

    /// Servers of fenced instances are stopped, their pods stay; lifting the fence starts them again.
    mutating func fence() -> Step {
        for pod in snapshot.instancePods where !pod.isBeingDeleted {
            let isHeld = pod.annotation(WorkloadMachine.heldAnnotation) == "fenced"
            guard snapshot.isFenced(pod.objectName) != isHeld else { continue }
            let held: JSONValue = isHeld ? .null : "fenced"
            act(
                .patch(
                    snapshot.reference(.pod, pod.objectName),
                    ["metadata": ["annotations": [WorkloadMachine.heldAnnotation: held]]]
                )
            )
            if !isHeld { makeUnready(pod.objectName) }
        }
        return .goOn
    }
}
