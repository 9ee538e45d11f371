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
    func deletions(underWay: () -> Set<String>) -> [Intent] {
        let own = plan.ownRequests
        let ended = own.filter(\.phase.isEnd)
        let waiting = own.filter { !$0.phase.isEnd && $0.phase != .progressing }
        let kept = max(0, plan.cluster.spec.operations.historyLimit)
        guard ended.count > kept || !waiting.isEmpty else { return [] }
        let needed = underWay()
        func isLeft(_ request: KubeDBRequest) -> Bool { !(request.operation.map(needed.contains) ?? false) }
        return ended.filter(isLeft).dropLast(kept).map {
            .delete(plan.engine.operation, $0.metadata.key, uid: $0.metadata.uid)
        } + waiting.filter(isLeft).map { $0.withdrawal(plan.engine) }
    }
}
