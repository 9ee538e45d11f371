import CRDs
import JSON
import KubernetesAPI

/// What of an edited cluster only KubeDB's requests can do to the running database.
struct KubeDBWishes {
    private let plan: KubeDBPlan
    private var spec: DatabaseClusterSpec { plan.cluster.spec }

    init(_ plan: KubeDBPlan) { self.plan = plan }

    /// In the order in which they shall be done: new members get the larger volumes, and resources roll through all.
    var wishes: [OperationWish] {
        guard let child = plan.child, isAtWork(child), !isBusy else { return [] }
        return [storage(child), members(child), resources(child), configuration(child), version(child)]
            .compactMap(\.self)
    }

    /// A database that is being made, restored or halted is not asked for anything.
    private func isAtWork(_ child: KubeDBDatabase) -> Bool {
        guard !spec.stopped, !child.isToldToHalt, !child.metadata.isBeingDeleted else { return false }
        switch child.phase {
        case "Ready", "Critical", "NotReady": return true
        default: return false
        }
    }

    /// What is under way may be what makes the difference go away.
    private var isBusy: Bool { plan.observed.kubedbRequests(plan.engine).contains { !$0.phase.isEnd } }

    private func members(_ child: KubeDBDatabase) -> OperationWish? {
        guard let replicas = child.data.replicas else { return nil }
        let shards = child.data.shards.flatMap { $0 == plan.topology.shards ? nil : plan.topology.shards }
        guard replicas != spec.clusterSize || shards != nil || plan.changedProxies != nil else { return nil }
        return .horizontalScaling(.init(replicas: spec.clusterSize, shards: shards))
    }

    /// As the spec has it, so that the request can be compared with it.
    private func resources(_ child: KubeDBDatabase) -> OperationWish? {
        guard let wanted = plan.resources, let live = child.data.resources, !live.satisfies(wanted) else { return nil }
        let size = spec.size
        return .verticalScaling(.init(size: size, resources: size == nil ? spec.resources ?? wanted : nil))
    }

    /// Also where the database's object was patched by hand, and its volumes were left behind.
    private func storage(_ child: KubeDBDatabase) -> OperationWish? {
        guard let live = child.data.storage else { return nil }
        let isBehind = plan.dataClaims.contains { claim in claim.requested.map { $0 < spec.storage } ?? false }
        guard live < spec.storage || isBehind else { return nil }
        return .volumeExpansion(.init(storage: spec.storage))
    }

    private func configuration(_ child: KubeDBDatabase) -> OperationWish? {
        guard !child.hasForeignParameters else { return nil }
        let changed = child.parametersLacking(spec.config)
        let removed = child.parametersBeyond(spec.config)
        guard !changed.isEmpty || !removed.isEmpty else { return nil }
        return .reconfiguring(.init(config: changed, remove: removed))
    }

    /// Only for a version that somebody has named, and that the catalogue has.
    private func version(_ child: KubeDBDatabase) -> OperationWish? {
        guard let wanted = spec.version, case .known(let name, _) = plan.version, name != child.version else {
            return nil
        }
        return .upgrade(.init(version: wanted))
    }
}
