import CRDs
import KubernetesAPI

/// Why an operation cannot succeed any more, read from what the child operator and the kubelet say.
extension CNPGOperationState {
    /// What CloudNativePG will not get out of by itself; nil while it may.
    ///
    /// There is no observed generation: of an operation that may start in such a state, what was so before counts only
    /// after a time in which CloudNativePG must have looked.
    var brokenCluster: Refusal? {
        guard let child, CNPGPhase(child.phase) == .broken else { return nil }
        let mayBeOld =
            operation.request.spec.force || CNPGOperations.phases(of: operation.request.spec.type).contains(.failed)
        guard !mayBeOld || hasHad(Self.timeToBeSeen) else { return nil }
        let reason = child.phaseReason.isEmpty ? "" : ": \(child.phaseReason)"
        return Refusal("ChildFailed", "CloudNativePG says \"\(child.phase)\(reason)\"")
    }

    /// A member that cannot start as the operation wants it, in its pod's own words.
    ///
    /// CrashLoopBackOff means that at least two starts have failed; no parameter or amount of memory gets better by
    /// waiting.
    var memberThatCannotStart: Refusal? {
        for pod in pods where isAffected(pod) {
            guard let stop = pod.container(in: Pod.fatalReasons) else { continue }
            return Refusal("MemberCannotStart", "member \(pod.metadata.name) does not start: \(Pod.words(of: stop))")
        }
        return nil
    }

    /// An image that cannot be pulled; the registry may only be away for a moment.
    var imageThatCannotBePulled: Refusal? {
        for pod in pods where isAffected(pod) {
            guard let stop = pod.container(in: ["ImagePullBackOff"]) else { continue }
            let image = pod.containers.first { $0.name == stop.name }?.image ?? ""
            return Refusal(
                "ImageNotPulled",
                "member \(pod.metadata.name) does not start: image \(image): \(Pod.words(of: stop))"
            )
        }
        return nil
    }

    /// By then CloudNativePG has looked at what was written.
    static let timeToBeSeen = Duration.seconds(30)

    /// Whether what the pod does is an effect of the operation: it was made since, was ready until then, or was started
    /// again since.
    private func isAffected(_ pod: Pod) -> Bool {
        guard let executed = operation.executedAt else { return false }
        if let created = pod.metadata.creationTimestamp, created >= executed { return true }
        if let ready = pod.conditions["Ready"], ready.status == .false, ready.lastTransitionTime >= executed {
            return true
        }
        let starts = pod.containerStatuses.compactMap { $0.lastExit?.startedAt }
        // A container that is started again reads what it was told at that time.
        guard let last = starts.max() else { return hasHad(.seconds(15)) }
        return last >= executed + .seconds(5)
    }
}
