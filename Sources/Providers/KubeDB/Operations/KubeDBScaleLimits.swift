import CRDs
import KubernetesAPI

/// How many members and shards a running database can be given, as KubeDB's webhooks have it, and where they check
/// nothing, as makes sense.
struct KubeDBScaleLimits {
    private let database: KubeDBDatabase
    private var kind: String { database.engine.kind }

    init(_ database: KubeDBDatabase) { self.database = database }

    /// Why these numbers cannot be had; nil when they can.
    func refusal(replicas: Int, shards: Int?) -> Refusal? {
        guard replicas >= 1 else { return Refusal("InvalidSize", "replicas must be at least 1") }
        if let refusal = refusalOfMode(replicas) ?? refusalOfNumber(replicas) { return refusal }
        guard let shards else { return nil }
        return refusal(ofShards: shards, replicas: replicas)
    }

    /// How members work together is chosen when a database is made.
    private func refusalOfMode(_ replicas: Int) -> Refusal? {
        guard database.layout.mode == .standalone, replicas != 1 else { return nil }
        return Refusal(
            "StandaloneDatabase",
            "\(kind) \(database.metadata.name) was made as a single member without replication and cannot be scaled; "
                + "create a new cluster with the members it shall have, and restore a backup into it"
        )
    }

    /// The webhook's text for MySQL says 9, and its code refuses it.
    private var members: ClosedRange<Int>? {
        switch (database.engine.engine, database.layout.mode) {
        case (_, .standalone): nil
        case (.mysql, _): 3...8
        case (.mariadb, _): 3...9
        case (.redis, .sharded): 2...50
        default: nil
        }
    }

    private func refusalOfNumber(_ replicas: Int) -> Refusal? {
        guard let members, !members.contains(replicas), database.data.replicas != replicas else { return nil }
        return Refusal(
            "InvalidSize",
            "KubeDB scales \(kind) in this topology to \(members.lowerBound) to \(members.upperBound) members, not to "
                + "\(replicas)"
        )
    }

    private func refusal(ofShards shards: Int, replicas: Int) -> Refusal? {
        let least = database.engine.engine == .redis ? 3 : 1
        guard shards >= least else {
            return Refusal("InvalidSize", "\(kind) must have at least \(least) shards, not \(shards)")
        }
        guard database.engine.engine == .redis, let shardsNow = database.data.shards,
            let replicasNow = database.data.replicas,
            (shards > shardsNow && replicas < replicasNow) || (shards < shardsNow && replicas > replicasNow)
        else { return nil }
        return Refusal(
            "OppositeDirections",
            "KubeDB does not give Redis more shards and fewer replicas, or the other way round, in one go; scale one of "
                + "them first"
        )
    }
}
