import CRDs
import JSON
import KubernetesAPI

extension StrimziView {
    func retirements(underWay: () -> Set<String>) -> [Intent] {
        let (marked, finished) = (markedPods, finishedRebalances)
        let kept = plan.cluster.spec.operations.historyLimit
        guard !marked.isEmpty || finished.count > kept else { return [] }
        let needed = underWay()
        let left = marked.filter { !needed.contains($0.request) }
        let over = finished.filter { !needed.contains($0.metadata.labels[ChildLabels.operation] ?? "") }
        return left.map { Self.unmarking($0.pod) }
            + over.dropFirst(kept).map { .delete(.kafkaRebalance, $0.metadata.key, uid: $0.metadata.uid) }
    }

    /// Pods that a request has marked, with its uid.
    ///
    /// The pod tells whose they are: the record on the Kafka is the next operation's by and by, and people mark pods too.
    private var markedPods: [(pod: Pod, request: String)] {
        plan.pods.compactMap { pod in
            guard let request = pod.metadata.annotations[StrimziAnnotation.markedBy], !pod.metadata.isBeingDeleted
            else { return nil }
            return (pod, request)
        }
    }

    /// The marks of a request that was given up are taken off: Strimzi, once it works again, would delete the pod and
    /// its volume however the other nodes are by then.
    private static func unmarking(_ pod: Pod) -> Intent {
        let marks = [StrimziAnnotation.rebuild, StrimziAnnotation.restart, StrimziAnnotation.markedBy]
        let left = JSONObject(
            marks.filter { pod.metadata.annotations[$0] != nil }.map { ($0, JSONValue.null) }
        )
        return .patch(
            .pod,
            pod.metadata.key,
            format: .merge,
            body: ["metadata": ["uid": .string(pod.metadata.uid), "annotations": .object(left)]]
        )
    }

    /// Ours, newest first.
    ///
    /// Strimzi keeps them for ever; as many of them stay as finished operations do.
    private var finishedRebalances: [StrimziRebalance] {
        plan.rebalances.filter { rebalance in
            rebalance.metadata.labels[ChildLabels.operation] != nil && !rebalance.metadata.isBeingDeleted
                && ChildLabels.isOurs(rebalance.metadata, cluster: plan.names.cluster) && rebalance.isFinished
        }
        .sorted { left, right in
            let (one, other) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
            guard let one, let other, one != other else { return left.metadata.name > right.metadata.name }
            return one > other
        }
    }
}
