import CRDs
import KubernetesAPI

/// Members that cannot start as an operation wants them, in their pods' own words.
struct MemberFailures {
    private let operation: OperationContext
    /// The members' pods.
    private let pods: [Pod]

    init(_ operation: OperationContext, _ pods: [Pod]) {
        self.operation = operation
        self.pods = pods
    }

    /// CrashLoopBackOff means that at least two starts have failed; no parameter or amount of memory gets better by
    /// waiting.
    var unableToStart: Refusal? {
        for pod in pods where isAffected(pod) {
            guard let stop = pod.container(in: Pod.fatalReasons) else { continue }
            return Refusal("MemberCannotStart", "member \(pod.metadata.name) does not start: \(Pod.words(of: stop))")
        }
        return nil
    }

    /// The registry may only be away for a moment.
    var unableToPull: Refusal? {
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

    /// Reasons of a container to wait by which its member is out of service already.
    static let outOfService = Pod.fatalReasons.union(["ErrImagePull", "ImagePullBackOff"])

    /// Refuses to restart a member by itself while another one is out of service.
    static func refusal(restarting member: String, without other: String) -> Refusal {
        Refusal(
            "MemberNotReady",
            "another member, \(other), is not ready, and without \(member) too the cluster might not serve; bring it back "
                + "first, or give the request force: true"
        )
    }

    /// What ends the operation; nil while nothing does.
    var report: OperationReport? {
        unableToStart.map(OperationReport.failed) ?? unableToPull.map(OperationReport.retryable)
    }

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
        guard let last = starts.max() else { return operation.hasHad(.seconds(15)) }
        return last >= executed + .seconds(5)
    }
}

extension OperationContext {
    /// Whether that long has passed since the writes were carried out.
    func hasHad(_ time: Duration) -> Bool { executedAt.map { observed.now - $0 >= time } ?? false }
}
