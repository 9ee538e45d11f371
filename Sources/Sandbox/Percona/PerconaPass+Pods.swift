import JSON
import KubernetesAPI

/// What a status tells of pods.
extension PerconaPass {
    func isRollingOut(_ setName: String) -> Bool {
        let set = snapshot.sets[setName]?["status"]
        return (set?["replicas"]?.integer ?? 0) > (set?["updatedReplicas"]?.integer ?? 0)
    }

    /// What the containers of a pod wait for.
    func waitingTexts(_ pod: JSONValue) -> String {
        (pod.at("status", "containerStatuses")?.array ?? []).map { status -> String in
            guard let text = status.at("state", "waiting", "message")?.string, !text.isEmpty else { return "" }
            return "\(status["name"]?.string ?? ""): \(text); "
        }.joined()
    }

    /// Why no node takes a pod, once it is so for a minute; until then it is only waited for.
    func unschedulable(_ pod: JSONValue) -> String? {
        guard let condition = pod.condition("PodScheduled"), condition["reason"]?.string == "Unschedulable",
            let since = condition["lastTransitionTime"]?.string.flatMap({ Timestamp($0) }),
            since.adding(microseconds: Int64(Double(Percona.unschedulableLimit) / delays.speed)) < now
        else { return nil }
        return condition["message"]?.string
    }

    /// Pods without a node are told of later, and nothing else would make the operator look again.
    mutating func lookAgainAtUnschedulable() {
        for pod in snapshot.pods.values where pod.isUnschedulable && unschedulable(pod) == nil {
            guard let since = pod.condition("PodScheduled")?["lastTransitionTime"]?.string.flatMap({ Timestamp($0) })
            else { continue }
            wake(at: since.adding(microseconds: Int64(Double(Percona.unschedulableLimit) / delays.speed) + 1_000_000))
        }
    }
}
