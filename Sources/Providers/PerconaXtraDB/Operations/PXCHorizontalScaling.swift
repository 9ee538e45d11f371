import CRDs
import JSON
import KubernetesAPI

/// More or fewer members; a new one copies all data from another.
struct PXCHorizontalScaling {
    private let operation: OperationContext
    private let state: PXCOperationState
    private var cluster: DatabaseCluster { operation.cluster }
    private var asked: Int? { operation.request.spec.horizontalScaling?.replicas }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
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
                "MySQL with provider percona-pxc has no shards; give horizontalScaling.replicas"
            )
        }
        guard asked >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        return PXCValidation.refusal(ofMembers: asked, state.plan.options)
    }

    func report() -> OperationReport {
        guard let asked else { return .failed(Refusal("InvalidSize", "horizontalScaling.replicas is missing")) }
        guard cluster.spec.clusterSize == asked else {
            return .running(
                percent: 0,
                waitingFor: "spec.clusterSize to be \(asked); it is \(cluster.spec.clusterSize)"
            )
        }
        if let missing = state.unsettled {
            let (done, all) = count(asked)
            return .running(percent: OperationReport.percent(done, of: all), waitingFor: missing)
        }
        return .succeeded(
            evidence: ["\(asked) of \(asked) members are ready", "status.pxc.size = \(asked)"],
            message: leftVolumes
        )
    }

    /// Percona's operator keeps the volumes of members that were removed.
    private var leftVolumes: String {
        let left = state.plan.claims.count - state.plan.claimsInUse.count
        guard left > 0 else { return "" }
        return
            "\(state.wanted) members are ready; \(left) volumes of removed members are kept, and used again when the "
            + "cluster grows"
    }

    /// Members that came or went, counted from where they started.
    func count(_ asked: Int) -> (done: Int, all: Int) {
        let before = operation.request.status.previous?["clusterSize"]?.integer.map { Int($0) } ?? 0
        let ready = state.pods.count(where: \.isReady)
        return before > asked
            ? (before - max(asked, state.pods.count), before - asked) : (max(0, ready - before), asked - before)
    }
}
