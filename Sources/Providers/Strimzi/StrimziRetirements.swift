import CRDs
import KubernetesAPI

extension StrimziView {
    /// Strimzi keeps finished rebalances for ever; as many of ours stay as finished operations do.
    func retirements(underWay: Set<String>) -> [Intent] {
        let finished = plan.rebalances.filter { rebalance in
            guard let request = rebalance.metadata.labels[ChildLabels.operation], !rebalance.metadata.isBeingDeleted,
                ChildLabels.isOurs(rebalance.metadata, cluster: plan.names.cluster)
            else { return false }
            return !underWay.contains(request) && !rebalance.isActive
        }
        return
            finished
            .sorted { left, right in
                let (one, other) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
                guard let one, let other, one != other else { return left.metadata.name > right.metadata.name }
                return one > other
            }
            .dropFirst(plan.cluster.spec.operations.historyLimit)
            .map { .delete(.kafkaRebalance, $0.metadata.key, uid: $0.metadata.uid) }
    }
}
