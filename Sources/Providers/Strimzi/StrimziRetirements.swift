import CRDs
import JSON
import KubernetesAPI

extension StrimziView {
    func retirements(underWay: Set<String>) -> [Intent] {
        leftMarks(underWay: underWay) + finishedRebalances(underWay: underWay)
    }

    /// Marks of requests that were given up: Strimzi, once it works again, would delete the pod and its volume however
    /// the other nodes are by then.
    ///
    /// The pod tells whose they are: the record on the Kafka is the next operation's by and by, and people mark pods too.
    private func leftMarks(underWay: Set<String>) -> [Intent] {
        plan.pods.compactMap { pod in
            let annotations = pod.metadata.annotations
            guard let request = annotations[StrimziAnnotation.markedBy], !underWay.contains(request),
                !pod.metadata.isBeingDeleted
            else { return nil }
            let marks = [StrimziAnnotation.rebuild, StrimziAnnotation.restart, StrimziAnnotation.markedBy]
            let left = JSONObject(marks.filter { annotations[$0] != nil }.map { ($0, JSONValue.null) })
            return .patch(
                .pod,
                pod.metadata.key,
                format: .merge,
                body: ["metadata": ["uid": .string(pod.metadata.uid), "annotations": .object(left)]]
            )
        }
    }

    /// Strimzi keeps finished rebalances for ever; as many of ours stay as finished operations do.
    private func finishedRebalances(underWay: Set<String>) -> [Intent] {
        let finished = plan.rebalances.filter { rebalance in
            guard let request = rebalance.metadata.labels[ChildLabels.operation], !rebalance.metadata.isBeingDeleted,
                ChildLabels.isOurs(rebalance.metadata, cluster: plan.names.cluster)
            else { return false }
            return !underWay.contains(request) && rebalance.isFinished
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
