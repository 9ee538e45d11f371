import CRDs
import JSON
import KubernetesAPI

/// Takes a deleted cluster apart in an order that loses nothing that shall stay.
struct CNPGCleanup {
    private let plan: CNPGPlan

    init(_ plan: CNPGPlan) { self.plan = plan }

    func answer() -> CleanupAnswer {
        if let need = successorNeed { return .need([need]) }
        if isUnseen { return .wait(message: "waiting until Cluster \(plan.cluster.metadata.key) is seen") }
        let steps = [companions, child, plan.cluster.spec.deletionPolicy == .delete ? data : leftovers, stores]
        for step in steps {
            let answer = step()
            guard case .done = answer else { return answer }
        }
        return .done
    }

    /// Poolers and schedules do not go with their Cluster, and would work on without it.
    private func companions() -> CleanupAnswer {
        delete(
            ours(.cnpgScheduledBackup) + ours(.cnpgPooler) + ours(.podMonitor),
            waiting: "poolers and schedules"
        )
    }

    private func child() -> CleanupAnswer {
        guard let child = plan.observed.child(.cnpgCluster, named: plan.cluster.metadata.name) else { return .done }
        guard !child.metadata.isBeingDeleted else { return .wait(message: "waiting for Cluster \(child.key) to go") }
        let keepsVolumes = plan.cluster.spec.deletionPolicy != .delete
        let deletion = Intent.delete(
            .cnpgCluster,
            child.key,
            propagation: keepsVolumes ? .orphan : .background,
            uid: child.metadata.uid
        )
        // A stopped cluster has no pods by which its services would be found later.
        return .intents([deletion] + (keepsVolumes ? serviceDeletions : []))
    }

    /// With policy Delete: what the Cluster owned is collected behind it; volumes that nobody owns are ours to delete.
    private func data() -> CleanupAnswer {
        let members = members(.pod) + members(.persistentVolumeClaim)
        let orphans = members.filter { $0.metadata.ownerReferences.isEmpty && !$0.metadata.isBeingDeleted }
        if !orphans.isEmpty { return delete(orphans, waiting: "") }
        guard members.isEmpty else {
            return .wait(message: "waiting for \(members.count) pods and volumes of the members to go")
        }
        return delete(plan.observed.children(.cnpgBackup), waiting: "Backup objects")
    }

    /// With policy Retain the orphaned pods would run on for ever, with nobody to fail them over.
    private func leftovers() -> CleanupAnswer {
        let pods = members(.pod)
        let jobs = members(.job)
        guard !pods.isEmpty || !jobs.isEmpty else { return .done }
        let deletions = (jobs + pods).filter { !$0.metadata.isBeingDeleted }.map(Self.deletion)
        guard !deletions.isEmpty else { return .wait(message: "waiting for \(pods.count) pods of the members to go") }
        return .intents(serviceDeletions + deletions)
    }

    /// Where no Cluster of ours is seen, whether one of its name lives on that was taken out of our hands.
    private var successorNeed: Need? {
        let key = plan.cluster.metadata.key
        guard plan.observed.child(.cnpgCluster, named: key.name) == nil,
            plan.observed.answer(.cnpgCluster, key) == nil
        else { return nil }
        return .object(.cnpgCluster, key)
    }

    private var successor: JSONValue? { plan.observed.answer(.cnpgCluster, plan.cluster.metadata.key) ?? nil }

    /// A Cluster of ours is there and has not come by the watch yet: nothing may be taken for gone.
    private var isUnseen: Bool {
        guard plan.observed.child(.cnpgCluster, named: plan.cluster.metadata.name) == nil else { return false }
        return successor?.at("metadata", "labels", APIGroup.clusterLabel)?.string == plan.cluster.metadata.name
    }

    /// The members' objects that are ours to remove.
    ///
    /// They keep our inherited label when somebody detaches the Cluster from us by hand; then they are its owner's.
    private func members(_ resource: ResourceType) -> [ChildObject] {
        let uid = successor?.at("metadata", "uid")?.string
        return plan.observed.children(resource).filter { member in
            uid == nil || member.metadata.controllerReference?.uid != uid
        }
    }

    /// Services and disruption budgets are not observed; deleting what is gone is no error.
    private var serviceDeletions: [Intent] {
        let name = plan.cluster.metadata.name
        let services = ["\(name)-rw", "\(name)-ro", "\(name)-r", plan.names.exposedService]
        let budgets = [name, "\(name)-primary"]
        return services.map { .delete(.service, plan.names.key($0)) }
            + budgets.map { .delete(.podDisruptionBudget, plan.names.key($0)) }
    }

    /// The stores are needed until no member archives any more; with policy Retain they are the way to the backups.
    private func stores() -> CleanupAnswer {
        guard plan.cluster.spec.deletionPolicy == .delete else { return .done }
        return delete(ours(.barmanObjectStore), waiting: "ObjectStores")
    }

    private func ours(_ resource: ResourceType) -> [ChildObject] {
        plan.observed.children(resource).filter {
            ChildLabels.isOurs($0.metadata, cluster: plan.cluster.metadata.name)
        }
    }

    private func delete(_ objects: [ChildObject], waiting: String) -> CleanupAnswer {
        guard !objects.isEmpty else { return .done }
        let deletions = objects.filter { !$0.metadata.isBeingDeleted }.map(Self.deletion)
        return deletions.isEmpty ? .wait(message: "waiting for \(waiting) to go") : .intents(deletions)
    }

    private static func deletion(of child: ChildObject) -> Intent {
        .delete(child.resource, child.key, uid: child.metadata.uid)
    }
}
