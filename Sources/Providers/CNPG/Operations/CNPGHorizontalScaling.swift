import CRDs
import JSON
import KubernetesAPI

/// More or fewer members, by the Cluster's `instances`.
struct CNPGHorizontalScaling {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: Int? { operation.request.spec.horizontalScaling?.replicas }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard operation.request.spec.horizontalScaling?.shards == nil, let asked else {
            return .refused(
                Refusal(
                    "ShardsUnsupported",
                    "PostgreSQL with provider cnpg has no shards; give horizontalScaling.replicas"
                )
            )
        }
        if let refusal = refusal(of: asked) { return .refused(refusal) }
        if cluster.spec.clusterSize == asked {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "clusterSize is \(asked) already; waiting for the members")
        }
        return .specChange(
            SpecChange(
                [("clusterSize", JSONValue(cluster.spec.clusterSize), JSONValue(asked))],
                log: "clusterSize \(cluster.spec.clusterSize) → \(asked)"
            )
        )
    }

    /// CloudNativePG takes no member away while another one does not answer.
    private func refusal(of asked: Int) -> Refusal? {
        guard asked >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        var changed = cluster
        changed.spec.clusterSize = asked
        if let refusal = CNPGValidation.refusalOfMembers(changed) { return refusal }
        guard asked < cluster.spec.clusterSize,
            let broken = state.pods.first(where: { !$0.isReady })
        else { return nil }
        return Refusal(
            "MemberNotReady",
            "member \(broken.metadata.name) is not ready, and CloudNativePG removes no member until all answer; "
                + "bring it back or rebuild it first"
        )
    }

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("InvalidSize", "horizontalScaling.replicas is missing")) }
        guard cluster.spec.clusterSize == asked else {
            return .running(
                percent: 0,
                waitingFor: "spec.clusterSize to be \(asked); it is \(cluster.spec.clusterSize)"
            )
        }
        if let missing = state.unsettled { return .running(percent: percent(asked), waitingFor: missing) }
        return .succeeded(evidence: ["\(asked) of \(asked) members are ready", "status.instances = \(asked)"])
    }

    /// Counted from where the members started.
    private func percent(_ asked: Int) -> Int {
        let before = operation.request.status.previous?["clusterSize"]?.integer.map { Int($0) } ?? 0
        let ready = state.pods.count(where: \.isReady)
        return before > asked
            ? CNPGOperationState.percent(before - max(asked, state.pods.count), of: before - asked)
            : CNPGOperationState.percent(ready - before, of: asked - before)
    }
}
