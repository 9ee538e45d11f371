import CRDs
import JSON
import KubernetesAPI

/// More or fewer members, or shards; and as many proxies as the spec asks for, which no operation names.
struct KubeDBHorizontalScaling: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let block: OpsRequestSpec.HorizontalScaling
    private var spec: DatabaseClusterSpec { state.cluster.spec }
    private var part: KubeDBDatabase.Part? { state.database?.data }

    init(_ state: KubeDBOperationState) {
        self.state = state
        block = state.operation.request.spec.horizontalScaling ?? .init()
    }

    private var replicas: Int { block.replicas ?? spec.clusterSize }
    /// Nil where there are no shards.
    private var shards: Int? { part?.shards.map { block.shards ?? spec.shards ?? $0 } }

    // MARK: - Refusals

    var refusal: Refusal? {
        guard let database = state.database else { return state.absent }
        if block.shards != nil, database.data.shards == nil {
            return Refusal(
                "ShardsUnsupported",
                "\(database.engine.kind) \(state.name) has no shards, and cannot be given any once it is made; create a "
                    + "new cluster with spec.shards"
            )
        }
        return KubeDBScaleLimits(database).refusal(replicas: replicas, shards: shards)
    }

    // MARK: - What is written

    var fields: [SpecChange.Field] {
        var fields: [SpecChange.Field] = []
        if replicas != spec.clusterSize {
            fields.append(("clusterSize", JSONValue(spec.clusterSize), JSONValue(replicas)))
        }
        if let shards = block.shards, shards != spec.shards {
            fields.append(("shards", spec.shards.map { JSONValue($0) }, JSONValue(shards)))
        }
        return fields
    }

    var log: String {
        let members = replicas == spec.clusterSize ? nil : "clusterSize \(spec.clusterSize) → \(replicas)"
        let parts = block.shards.flatMap { $0 == spec.shards ? nil : "shards \(spec.shards ?? 1) → \($0)" }
        let proxies = state.plan.changedProxies.map { "mongos \(state.database?.proxies ?? 0) → \($0)" }
        return [members, parts, proxies].compactMap(\.self).joined(separator: ", ")
    }

    /// What stands in KubeDB's request.
    var native: JSONValue? {
        state.database.map {
            KubeDBBlocks.horizontalScaling($0, replicas: replicas, shards: shards, proxies: state.plan.changedProxies)
        }
    }

    var step: KubeDBStep? {
        native.map { KubeDBStep(state, "hscale", "HorizontalScaling", ["horizontalScaling": $0]) }
    }

    // MARK: - Evidence

    var lacking: String? {
        guard let part else { return "the \(state.engine.kind) to be there" }
        if part.replicas != replicas {
            return "\(state.engine.kind) \(state.name) to have \(replicas) replicas; it has \(part.replicas ?? 0)"
        }
        if let shards, part.shards != shards {
            return "\(state.engine.kind) \(state.name) to have \(shards) shards; it has \(part.shards ?? 0)"
        }
        return state.plan.changedProxies.map { proxies in
            "\(state.engine.kind) \(state.name) to have \(proxies) mongos; it has \(state.database?.proxies ?? 0)"
        }
    }

    var effect: KubeDBEffect {
        let asked = replicas * (shards ?? 1)
        let pods = part.map { state.pods(of: $0.component) } ?? []
        let ready = pods.count(where: \.isReady)
        let missing =
            pods.count == asked && ready == asked
            ? nil : "\(asked) ready members; there are \(pods.count), of which \(ready) are ready"
        let before = membersBefore
        let (done, all) =
            before > asked
            ? (before - max(asked, pods.count), before - asked) : (max(0, ready - before), asked - before)
        return KubeDBEffect(
            done: done,
            all: all,
            missing: missing,
            evidence: ["\(ready) of \(asked) members are ready"] + readyProxies
                + ["spec of \(state.engine.kind) says so"]
        )
    }

    /// That none of them is missing is looked at with all parts of the database.
    private var readyProxies: [String] {
        guard let part = state.database?.part("mongos"), let wanted = part.members else { return [] }
        return ["\(state.pods(of: part.component).count(where: \.isReady)) of \(wanted) mongos are ready"]
    }

    /// Where it began, as far as that is on record.
    private var membersBefore: Int {
        let previous = state.operation.request.status.previous
        let replicas = previous?["clusterSize"]?.integer.map { Int($0) } ?? replicas
        return replicas * (previous?["shards"]?.integer.map { Int($0) } ?? shards ?? 1)
    }
}
