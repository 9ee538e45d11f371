import CRDs
import KubernetesAPI

/// Where a database differs from what its cluster asks for, in what only KubeDB's own requests can change.
struct KubeDBDifference {
    /// One field that differs.
    struct Field: Equatable {
        /// The operation that would change it.
        let type: OpsRequestType
        /// Such as `clusterSize 3 → 5`.
        let text: String
    }

    /// In the order in which they are to be changed; empty when nothing differs.
    let fields: [Field]

    init(_ plan: KubeDBPlan) {
        guard let child = plan.child else {
            fields = []
            return
        }
        fields = [
            Self.storage(plan, child), Self.members(plan, child), Self.shards(plan, child),
            Self.resources(plan, child), Self.configuration(plan, child), Self.version(plan, child),
        ].compactMap(\.self)
    }

    private static func members(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard let live = child.data.replicas, live != plan.topology.replicas else { return nil }
        return Field(type: .horizontalScaling, text: "clusterSize \(live) → \(plan.topology.replicas)")
    }

    private static func shards(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard let live = child.data.shards, live != plan.topology.shards else { return nil }
        return Field(type: .horizontalScaling, text: "shards \(live) → \(plan.topology.shards)")
    }

    private static func resources(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard let wanted = plan.resources, let live = child.data.resources, !live.satisfies(wanted) else { return nil }
        return Field(type: .verticalScaling, text: "\(live.text) → \(wanted.text)")
    }

    private static func storage(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard !plan.options.isEphemeral, let live = child.data.storage, live < plan.cluster.spec.storage else {
            return nil
        }
        return Field(type: .volumeExpansion, text: "storage \(live) → \(plan.cluster.spec.storage)")
    }

    private static func configuration(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard !child.hasForeignParameters else { return nil }
        let wanted = Dictionary(plan.cluster.spec.config.map { ($0.name, $0.value) }) { _, last in last }
        guard child.parameters != wanted else { return nil }
        return Field(type: .reconfiguring, text: "config is not in \(child.layout.configFile) yet")
    }

    private static func version(_ plan: KubeDBPlan, _ child: KubeDBDatabase) -> Field? {
        guard let live = child.version, let wanted = plan.version.name, live != wanted else { return nil }
        return Field(type: .upgrade, text: "version \(live) → \(wanted)")
    }
}
