import CRDs
import KubernetesAPI

/// Which of the requests that the operator filed with KubeDB are deleted again.
struct KubeDBRetirement {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    /// The oldest that are over, but for those that the cluster wants to keep, and those that nobody waits for and KubeDB
    /// has not begun.
    ///
    /// One that KubeDB has begun is left to end: deleted, it would leave the database paused.
    func deletions(underWay: Set<String>) -> [Intent] {
        let own = plan.observed.kubedbRequests(plan.engine).filter { request in
            ChildLabels.isOurs(request.metadata, cluster: plan.key.name) && !request.metadata.isBeingDeleted
                && !(request.operation.map(underWay.contains) ?? false)
        }
        let ended = own.filter(\.phase.isEnd)
        let withdrawn = own.filter { !$0.phase.isEnd && $0.phase != .progressing }
        let kept = max(0, plan.cluster.spec.operations.historyLimit)
        return ended.dropLast(kept).map { .delete(plan.engine.operation, $0.metadata.key, uid: $0.metadata.uid) }
            + withdrawn.map { $0.withdrawal(plan.engine) }
    }
}
