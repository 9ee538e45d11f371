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
        if let refusal { return .refused(refusal) }
        return .change(
            fields,
            log: log,
            waiting: "clusterSize is \(cluster.spec.clusterSize) already; waiting for the members",
            report: report()
        )
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] {
        guard let asked, asked != cluster.spec.clusterSize else { return [] }
        return [("clusterSize", JSONValue(cluster.spec.clusterSize), JSONValue(asked))]
    }

    var log: String { "clusterSize \(cluster.spec.clusterSize) → \(asked ?? cluster.spec.clusterSize)" }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        guard operation.request.spec.horizontalScaling?.shards == nil, let asked else {
            return Refusal(
                "ShardsUnsupported",
                "PostgreSQL with provider cnpg has no shards; give horizontalScaling.replicas"
            )
        }
        return refusal(of: asked)
    }

    /// CloudNativePG takes no member away while another one does not answer.
    private func refusal(of asked: Int) -> Refusal? {
        guard asked >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        var changed = cluster
        changed.spec.clusterSize = asked
        if let refusal = CNPGValidation.refusalOfMembers(changed) { return refusal }
        if let refusal = refusal(of: asked, byChild: state.child) { return refusal }
        guard asked < cluster.spec.clusterSize,
            let broken = state.pods.first(where: { !$0.isReady })
        else { return nil }
        return Refusal(
            "MemberNotReady",
            "member \(broken.metadata.name) is not ready, and CloudNativePG removes no member until all answer; "
                + "bring it back or rebuild it first"
        )
    }

    /// What somebody has set on the Cluster itself may not go together with the number.
    private func refusal(of asked: Int, byChild child: CNPGCluster?) -> Refusal? {
        guard let child else { return nil }
        if child.maximalSyncReplicas > 0, asked <= child.maximalSyncReplicas {
            return Refusal(
                "TooFewMembers",
                "the Cluster's maxSyncReplicas is \(child.maximalSyncReplicas), and CloudNativePG would put more than "
                    + "\(asked) members back; lower it first"
            )
        }
        if child.isSupervised, asked == 1 {
            return Refusal(
                "SupervisedUpdates",
                "the Cluster's primaryUpdateStrategy is supervised, which CloudNativePG refuses with a single member; "
                    + "set it to unsupervised first"
            )
        }
        return nil
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

    private func percent(_ asked: Int) -> Int {
        let (done, all) = count(asked)
        return CNPGOperationState.percent(done, of: all)
    }

    /// Members that came or went, counted from where they started.
    func count(_ asked: Int) -> (done: Int, all: Int) {
        let before = operation.request.status.previous?["clusterSize"]?.integer.map { Int($0) } ?? 0
        let ready = state.pods.count(where: \.isReady)
        return before > asked
            ? (before - max(asked, state.pods.count), before - asked) : (max(0, ready - before), asked - before)
    }
}
