import JSON
import KubernetesAPI

/// Stopping a cluster and keeping its volumes.
extension ClusterPass {
    private static let type = "cnpg.io/hibernation"

    /// While it is hibernated, or on the way, nothing else is done; the phase stays what it was.
    mutating func hibernate() -> Step {
        let former = condition(Self.type)?["reason"]?.string
        guard snapshot.cluster.annotation(CNPG.Annotation.hibernation) == "on" else {
            if former != nil { resume() }
            return .goOn
        }
        let hasBegun = former != nil && former != "WaitingForHealthy"
        guard hasBegun || phase == CNPG.Phase.healthy else {
            setCondition(
                Self.type,
                "False",
                "WaitingForHealthy",
                "Hibernation is waiting for the cluster to be healthy"
            )
            return .goOn
        }
        if !hasBegun { decision.counted.append(.hibernations) }
        let pods = snapshot.instancePods
        if pods.isEmpty {
            setCondition(Self.type, "True", "Hibernated", "Cluster has been hibernated")
        } else if pods.contains(where: \.isBeingDeleted) {
            setCondition(Self.type, "False", "WaitingPodsDeletion", "Hibernation is waiting for pods to be deleted")
        } else {
            let primary = pods.first { $0.objectName == currentPrimary }
            for pod in primary.map({ [$0] }) ?? pods { act(.delete(snapshot.reference(.pod, pod.objectName))) }
            setCondition(Self.type, "False", "DeletingPods", "Hibernation is in progress")
        }
        return .stop
    }

    /// The condition goes; pods come back by themselves, since their volumes are there.
    private mutating func resume() {
        if condition(Self.type)?["reason"]?.string != "WaitingForHealthy" { decision.counted.append(.resumptions) }
        status["conditions"] = .array((status["conditions"]?.array ?? []).filter { $0["type"]?.string != Self.type })
    }
}
