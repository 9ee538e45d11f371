import CRDs
import JSON
import KubernetesAPI

/// Restarts one member by a new pod; of a primary another member takes over meanwhile.
struct PSMDBInstanceRestart: CustomOperation {
    static let parameters = ["instance"]

    private let operation: OperationContext
    private let state: PSMDBOperationState
    private let member: String

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        self.operation = operation
        state = PSMDBOperationState(operation)
        member = parameters["instance"] ?? ""
    }

    private var pod: Pod? { state.allPods.first { $0.metadata.name == member } }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let restart = PodRestart(
            operation: operation,
            resource: .psmdbCluster,
            child: child.metadata,
            member: member,
            pod: pod
        )
        if restart.record == nil {
            guard let pod else { return .refused(state.unknownMember(member) ?? state.absent) }
            if let refusal = otherNotReady(pod) { return .refused(refusal) }
        }
        return restart.answer(madeAgainBy: "its StatefulSet makes again")
    }

    /// Refuses to take a second member out of its replica set, which could lose its majority; one that cannot start is in
    /// none.
    private func otherNotReady(_ pod: Pod) -> Refusal? {
        guard !operation.request.spec.force, pod.container(in: MemberFailures.outOfService) == nil else { return nil }
        let set = pod.replset(of: state.name)
        let others = state.allPods.filter { $0.replset(of: state.name) == set && $0.metadata.name != member }
        if let other = others.first(where: { !$0.isReady || $0.metadata.isBeingDeleted }) {
            return MemberFailures.refusal(restarting: member, without: other.metadata.name)
        }
        // One without a pod is missing too.
        guard state.pods.contains(pod), others.count + 1 < operation.cluster.spec.clusterSize else { return nil }
        return MemberFailures.refusal(restarting: member, without: "one without a pod")
    }

    func report() -> OperationReport {
        guard let child = state.child, let record = OperationRecord(child.metadata, of: operation) else {
            return .failed(OperationRecord.lost(on: .psmdbCluster, "whether \(member) was restarted"))
        }
        guard let pod, pod.metadata.uid != record["pod"]?.string else {
            return .running(percent: 0, waitingFor: "\(member) to have another pod")
        }
        if let refusal = MemberFailures(operation, [pod]).unableToStart { return .failed(refusal) }
        guard pod.isReady else {
            return .running(percent: 50, waitingFor: "\(member) to be ready" + (pod.hindrance.map { " (\($0))" } ?? ""))
        }
        if let missing = state.unsettled { return .running(percent: 80, waitingFor: missing) }
        return .succeeded(evidence: ["\(member) runs in another pod and is ready"])
    }
}
