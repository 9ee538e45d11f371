import CRDs
import JSON
import KubernetesAPI

/// Takes a deleted cluster apart in an order that loses nothing that shall stay.
///
/// KubeDB itself decides by the database's policy what goes with it; so that is set for the last time first.
struct KubeDBCleanup {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    func answer() -> CleanupAnswer {
        if let need = unseenNeed { return .need([need]) }
        if isUnseen {
            return .wait(message: "waiting until \(plan.engine.kind) \(plan.key) is seen")
        }
        for step in [requests, database, sentinel, volumes] {
            let answer = step()
            guard case .done = answer else { return answer }
        }
        return .done
    }

    /// What the operator has asked KubeDB for; one that was begun goes with the database, as it would be left paused.
    private func requests() -> CleanupAnswer {
        let ours = plan.ownRequests.filter { $0.phase != .progressing }
        guard !ours.isEmpty else { return .done }
        return .intents(ours.map { $0.withdrawal(plan.engine) })
    }

    private func database() -> CleanupAnswer {
        guard let child = plan.child else { return .done }
        return remove(plan.engine.database, child.metadata, spec: child.spec)
    }

    /// The sentinels that the operator made; they must outlive the database that they watch over.
    private func sentinel() -> CleanupAnswer {
        let ours = plan.observed.children(.kubedbRedisSentinel).first {
            ChildLabels.isOurs($0.metadata, cluster: plan.key.name)
        }
        guard let ours, let object = ours.body as? DynamicObject else { return .done }
        return remove(.kubedbRedisSentinel, object.metadata, spec: object.content["spec"] ?? [:])
    }

    private func remove(_ resource: ResourceType, _ metadata: ObjectMeta, spec: JSONValue) -> CleanupAnswer {
        let name = "\(resource.kind) \(metadata.name)"
        guard !metadata.isBeingDeleted else { return .wait(message: "waiting for \(name) to go") }
        let policy = KubeDBHalting.policy(of: plan.cluster, plan.options)
        // A halted database is given the policy Halt again by every write, whatever is asked for.
        let isHalted = spec["halted"]?.bool == true && policy != "Halt"
        guard spec["deletionPolicy"]?.string != policy || isHalted else {
            return .intents([.delete(resource, metadata.key, uid: metadata.uid)])
        }
        var change: JSONObject = ["deletionPolicy": .string(policy)]
        if isHalted { change["halted"] = false }
        return .intents([
            .patch(resource, metadata.key, format: .merge, body: ["spec": .object(change)])
        ])
    }

    /// With policy Delete: KubeDB deletes the volumes of a database, but not those that one halted earlier has left.
    private func volumes() -> CleanupAnswer {
        // A database of the name that is no longer ours keeps its volumes.
        guard plan.cluster.spec.deletionPolicy == .delete, plan.child == nil, successor == nil else { return .done }
        let claims = plan.claims
        guard !claims.isEmpty else { return .done }
        let orphans = claims.filter { $0.metadata.ownerReferences.isEmpty && !$0.metadata.isBeingDeleted }
        guard orphans.isEmpty else {
            return .intents(orphans.map { .delete(.persistentVolumeClaim, $0.metadata.key, uid: $0.metadata.uid) })
        }
        return .wait(message: "waiting for \(claims.count) volumes of the members to go")
    }

    /// Where no database of ours is seen, whether one of its name lives on that was taken out of our hands.
    private var unseenNeed: Need? {
        guard plan.child == nil, plan.observed.answer(plan.engine.database, plan.key) == nil else { return nil }
        return .object(plan.engine.database, plan.key)
    }

    private var successor: JSONValue? { plan.observed.answer(plan.engine.database, plan.key) ?? nil }

    /// A database of ours is there and has not come by the watch yet: nothing may be taken for gone.
    private var isUnseen: Bool {
        plan.child == nil && successor?.at("metadata", "labels", APIGroup.clusterLabel)?.string == plan.key.name
    }
}
