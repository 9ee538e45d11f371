import CRDs
import JSON
import KubernetesAPI

/// More or fewer members of each replica set, or more shards.
struct PSMDBHorizontalScaling {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private var spec: DatabaseClusterSpec { operation.cluster.spec }
    private var asked: OpsRequestSpec.HorizontalScaling { operation.request.spec.horizontalScaling ?? .init() }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        return .change(
            fields,
            log: log,
            busy: state.underWay,
            waiting: "the members are asked for already; waiting for them",
            report: report()
        )
    }

    /// What the spec says, and shall say; empty when it does.
    var fields: [SpecChange.Field] {
        var fields: [SpecChange.Field] = []
        if let replicas = asked.replicas, replicas != spec.clusterSize {
            fields.append(("clusterSize", JSONValue(spec.clusterSize), JSONValue(replicas)))
        }
        if let shards = asked.shards, shards != state.plan.shards {
            fields.append(("shards", spec.shards.map { JSONValue($0) }, JSONValue(shards)))
        }
        return fields
    }

    var log: String {
        fields.map { "\($0.name) \($0.before?.description ?? "1") → \($0.after?.description ?? "")" }
            .joined(separator: ", ")
    }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? {
        if let refusal = state.notRunning { return refusal }
        if let shards = asked.shards {
            guard state.plan.isSharded else {
                return Refusal(
                    "ShardingImmutable",
                    "the cluster is a bare replica set and cannot become a sharded one; restore a backup into a new cluster "
                        + "that has proxy or shards"
                )
            }
            guard shards >= state.plan.shards else {
                return Refusal(
                    "ShardsCannotShrink",
                    "the cluster has \(state.plan.shards) shards, and \(shards) would leave the data of the others behind; "
                        + "restore a backup into a new cluster with fewer shards instead"
                )
            }
        }
        guard let replicas = asked.replicas else { return nil }
        guard replicas >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        var changed = operation.cluster
        changed.spec.clusterSize = replicas
        let validation = PSMDBValidation(PSMDBPlan(changed, operation.observed), sizes: .standard)
        return validation.refusalOfMembers
    }

    func report() -> OperationReport {
        guard fields.isEmpty else { return .running(percent: 0, waitingFor: "the spec to be changed: \(log)") }
        guard let child = state.child else {
            return .running(percent: 0, waitingFor: "the PerconaServerMongoDB to be created")
        }
        let told =
            child.replsets.count == state.plan.shards && child.replsets.allSatisfy { $0.size == spec.clusterSize }
        guard told else { return .running(percent: 0, waitingFor: "Percona's operator to be told of \(wantedText)") }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        for replset in state.plan.replsets {
            let members = child.status[replset]?.members.count ?? 0
            guard members == spec.clusterSize else {
                return .running(
                    percent: percent,
                    waitingFor:
                        "\(spec.clusterSize) members of \(replset) in MongoDB's own configuration; there are \(members)"
                )
            }
        }
        return .succeeded(evidence: evidence(child), message: advice)
    }

    private var wantedText: String {
        state.plan.shards > 1
            ? "\(state.plan.shards) shards of \(spec.clusterSize) members" : "\(spec.clusterSize) members"
    }

    private func evidence(_ child: PSMDBCluster) -> [String] {
        ["\(state.wanted) of \(state.wanted) members are ready"]
            + state.plan.replsets.map { replset in
                let status = child.status[replset]
                return "status.replsets.\(replset): size \(status?.size ?? 0), ready \(status?.ready ?? 0)"
            }
    }

    /// Volumes of members that were taken away stay, and would be taken up again with what was in them.
    private var advice: String {
        let kept = state.plan.allClaims.filter { claim in
            !state.plan.claims.contains { $0.metadata.name == claim.metadata.name }
                && !claim.metadata.name.hasPrefix(PSMDBNames.claim(ofMember: "\(state.name)-cfg-"))
        }
        guard !kept.isEmpty else { return "" }
        return
            "\(state.wanted) members are ready; the volumes \(kept.map(\.metadata.name).joined(separator: ", ")) of former "
            + "members are kept and will be used again when members are added"
    }

    private var percent: Int {
        let (done, all) = count
        return OperationReport.percent(done, of: all)
    }

    /// Members that came or went, counted from where they started.
    var count: (done: Int, all: Int) {
        let previous = operation.request.status.previous
        let size = previous?["clusterSize"]?.integer.map { Int($0) } ?? spec.clusterSize
        let shards = previous?["shards"]?.integer.map { Int($0) } ?? (asked.shards == nil ? state.plan.shards : 1)
        let before = size * shards
        let ready = state.pods.count(where: \.isReady)
        return before > state.wanted
            ? (before - max(state.wanted, state.pods.count), before - state.wanted)
            : (max(0, ready - before), state.wanted - before)
    }
}
