import CRDs
import KubernetesAPI

/// Whether a database can have so many members and shards, and whether one that is there can still get them.
struct KubeDBMembers {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    private var spec: DatabaseClusterSpec { plan.cluster.spec }
    private var engine: Engine { spec.engine }
    private var topology: KubeDBTopology { plan.topology }

    var refusals: [Refusal] {
        if let shards { return [shards] }
        if let change { return [change] }
        return [count].compactMap(\.self)
    }

    private var shards: Refusal? {
        guard let shards = spec.shards, shards > 1 else { return nil }
        switch engine {
        case .mongodb: return nil
        case .redis where shards < 3:
            return Refusal("TooFewShards", "KubeDB spreads Redis over 3 shards or more, not \(shards)")
        case .redis: return nil
        default:
            return Refusal(
                "ShardsUnsupported",
                "\(engine.rawValue) with provider kubedb has no shards; leave shards out"
            )
        }
    }

    /// The mode is decided when a database is created.
    private var change: Refusal? {
        guard let live = plan.child?.layout.mode, live != topology.mode else { return nil }
        let name = plan.key.name
        if live == .standalone {
            return Refusal(
                "TopologyFixed",
                "\(plan.engine.kind) \(name) was created with a single member, without what several need, and cannot get "
                    + "more; create a new cluster with clusterSize \(spec.clusterSize)"
            )
        }
        return Refusal(
            "TopologyFixed",
            "\(plan.engine.kind) \(name) was created as \(Self.word(live)) and cannot become \(Self.word(topology.mode)); "
                + "create a new cluster instead"
        )
    }

    private static func word(_ mode: KubeDBMode) -> String {
        switch mode {
        case .standalone: "a single member"
        case .replicated: "one set of members without shards or duties of their own"
        case .sharded: "shards"
        case .dedicated: "members with duties of their own"
        default: mode.rawValue
        }
    }

    private var count: Refusal? {
        let members = spec.clusterSize
        switch (engine, topology.mode) {
        case (.mysql, .groupReplication), (.mysql, .innoDBCluster):
            guard !(3...9).contains(members) else { return lastMember(members) }
            return outOfRange("MySQL's \(topology.mode.rawValue) has 3 to 9 members, not \(members); 1 runs without it")
        case (.mysql, .semiSync):
            guard members < 2 else { return nil }
            return outOfRange("MySQL's SemiSync has 2 members or more, not \(members)")
        case (.mariadb, .galera), (.mariadb, .mariaDBReplication):
            guard !(3...9).contains(members) else { return nil }
            return outOfRange(
                "MariaDB's \(topology.mode.rawValue) has 3 to 9 members, not \(members); 1 runs without it"
            )
        case (.redis, .sharded):
            guard members < 2 else { return nil }
            return outOfRange("each shard of Redis has 2 members or more, its master among them, not \(members)")
        default: return nil
        }
    }

    /// KubeDB's own check says 9 and takes 8 (`pkg/webhooks/ops/v1alpha1/mysql.go`).
    private func lastMember(_ members: Int) -> Refusal? {
        guard members == 9, let live = plan.child?.data.replicas, live < 9 else { return nil }
        return outOfRange("KubeDB scales MySQL to 8 members at most; 9 are had by creating the cluster with them alone")
    }

    private func outOfRange(_ message: String) -> Refusal {
        Refusal("MembersOutOfRange", "clusterSize is \(spec.clusterSize): \(message)")
    }
}
