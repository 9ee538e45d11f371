import CRDs
import JSON
import KubernetesAPI

/// Restarts one member by a new pod; while the first one is away HAProxy sends the writes to another.
struct PXCInstanceRestart: CustomOperation {
    static let parameters = ["instance"]

    private let operation: OperationContext
    private let state: PXCOperationState
    private let member: String

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        self.operation = operation
        state = PXCOperationState(operation)
        member = parameters["instance"] ?? ""
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? state.unknownMember(member) { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        if let busy = state.busy { return .notYet(busy) }
        let restart = restart(child)
        if restart.record == nil, let refusal = quorumRefusal { return .refused(refusal) }
        return restart.answer(madeAgainBy: "is made again")
    }

    private func restart(_ child: PXCCluster) -> PodRestart {
        PodRestart(
            operation: operation,
            resource: .pxcCluster,
            child: child.metadata,
            member: member,
            pod: state.pod(named: member)
        )
    }

    /// With a second member away those that are left may be too few to vote, and then none of them serves.
    private var quorumRefusal: Refusal? {
        guard !operation.request.spec.force else { return nil }
        let others = (0..<state.wanted).map(state.plan.names.member).filter { $0 != member }
        let away = others.first { name in
            guard let pod = state.pod(named: name) else { return true }
            return !pod.isReady || pod.metadata.isBeingDeleted
        }
        guard let away else { return nil }
        return Refusal(
            "MemberNotReady",
            "member \(away) is not ready, and without \(member) too the others may lose their quorum; bring \(away) back "
                + "first, or file the request with force: true if that may happen"
        )
    }

    func report() -> OperationReport {
        guard let restart = state.child.map(restart), restart.record != nil else {
            return .failed(OperationRecord.lost(on: .pxcCluster, "whether \(member) was restarted"))
        }
        if let refusal = MemberFailures(operation, state.pods).unableToStart { return .failed(refusal) }
        if let missing = restart.missing { return missing }
        if let missing = state.unsettled { return .running(percent: 50, waitingFor: missing) }
        return .succeeded(evidence: ["\(member) runs in another pod and is ready"])
    }
}

/// Restarts the proxies one after the other.
struct PXCProxyRestart: CustomOperation {
    static let parameters: [String] = []

    private let operation: OperationContext
    private let state: PXCOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let proxy = state.plan.proxy else {
            return .refused(Refusal("ProxyNotConfigured", "the cluster has no proxy; enable spec.proxy first"))
        }
        return .intents(
            [PXCRestartStamp(operation).intent(on: proxy.component, of: state.plan.cluster.metadata.key)],
            log: "asked for a restart of the proxies with stamp \(operation.stamp)"
        )
    }

    func report() -> OperationReport {
        guard let proxy = state.plan.proxy else {
            return .failed(Refusal("ProxyNotConfigured", "the cluster has no proxy any more"))
        }
        let stamp = PXCRestartStamp(operation)
        let pods = state.plan.pods(of: proxy.component)
        let done = pods.filter { stamp.isOn($0) && $0.isReady }
        guard done.count == proxy.replicas, pods.count == proxy.replicas else {
            return .running(
                percent: OperationReport.percent(done.count, of: proxy.replicas),
                waitingFor: "\(proxy.replicas) proxies to be restarted and ready; \(done.count) are"
            )
        }
        return .succeeded(evidence: done.map { "\($0.metadata.name) was restarted after the request and is ready" })
    }
}
