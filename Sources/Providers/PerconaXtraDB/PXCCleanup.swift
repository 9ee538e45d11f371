import CRDs
import JSON
import KubernetesAPI

/// Takes a deleted cluster apart in an order that loses nothing that shall stay.
struct PXCCleanup {
    private let plan: PXCPlan
    private let sizes: SizeLadder

    init(_ plan: PXCPlan, sizes: SizeLadder) {
        self.plan = plan
        self.sizes = sizes
    }

    private var removesData: Bool { plan.cluster.spec.deletionPolicy == .delete }

    func answer() -> CleanupAnswer {
        if let need = successorNeed { return .need([need]) }
        if isUnseen { return .wait(message: "waiting until PerconaXtraDBCluster \(plan.cluster.metadata.key) is seen") }
        // What somebody took out of our hands is no longer ours to take apart.
        if successor != nil { return .done }
        let steps = removesData ? [restores, backups, child, pods, volumes] : [restores, child, pods]
        for step in steps {
            let answer = step()
            guard case .done = answer else { return answer }
        }
        return .done
    }

    /// Before the rest: a restore would start members over what is being removed.
    private func restores() -> CleanupAnswer {
        let restores = plan.observed.children(.pxcRestore).filter { restore in
            removesData || (restore.body as? PXCRestoreObject)?.isUnfinished == true
        }
        return delete(restores, waiting: "restores")
    }

    /// Backups belong to nobody and outlive the cluster; those that have Percona's finalizer take their data along, for
    /// which the storages in the cluster's spec may be needed.
    private func backups() -> CleanupAnswer {
        delete(plan.observed.children(.pxcBackup), waiting: "backups and what they hold in their storage")
    }

    private func child() -> CleanupAnswer {
        guard let child = plan.child else { return .done }
        let name = child.metadata.name
        guard !child.metadata.isBeingDeleted else {
            if child.refusesSpec, let repair { return .intents([repair]) }
            let words = child.words.isEmpty ? "" : " (\(child.words))"
            return .wait(message: "waiting for PerconaXtraDBCluster \(name) to go\(words)")
        }
        let deletion = Intent.delete(.pxcCluster, child.metadata.key, uid: child.metadata.uid)
        return .intents([finalizers(of: child), deletion].compactMap(\.self))
    }

    /// What becomes of the data hangs on the finalizers alone, so they are made sure of first; nil when they are right.
    private func finalizers(of child: PXCCluster) -> Intent? {
        let ours = PXCApplier.finalizers(removesData: removesData, plan.proxy)
        let others = child.metadata.finalizers.filter { !PXCFinalizer.removing.contains($0) && !ours.contains($0) }
        let wanted = ours + others
        guard child.metadata.finalizers != wanted else { return nil }
        return .patch(
            .pxcCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["uid": .string(child.metadata.uid), "finalizers": JSONValue(wanted)]],
            fieldManager: FieldManager.cluster
        )
    }

    /// A cluster whose spec Percona's operator refuses is never let go by it.
    private var repair: Intent? {
        guard PXCValidation(plan, sizes: sizes).refusals().isEmpty else { return nil }
        var applier = PXCApplier(plan, sizes: sizes)
        guard let object = applier.run().first, let spec = object.content["spec"],
            let live = plan.observed.child(.pxcCluster, named: object.key.name)?.body as? DynamicObject,
            !FieldChange.all(from: live.content["spec"] ?? [:], to: spec).isEmpty
        else { return nil }
        return .patch(
            .pxcCluster,
            object.key,
            format: .merge,
            body: ["spec": spec],
            fieldManager: FieldManager.cluster
        )
    }

    /// They go with their cluster.
    private func pods() -> CleanupAnswer {
        let pods = plan.pods.count + plan.pods(of: "haproxy").count + plan.pods(of: "proxysql").count
        return pods == 0 ? .done : .wait(message: "waiting for \(pods) pods to go")
    }

    /// Those of members that were removed long ago are left by Percona's operator too.
    private func volumes() -> CleanupAnswer {
        let prefixes = [
            "datadir-\(plan.cluster.metadata.name)-pxc-", "proxydata-\(plan.cluster.metadata.name)-proxysql-",
        ]
        let claims = plan.observed.children(.persistentVolumeClaim).filter { claim in
            prefixes.contains(where: claim.metadata.name.hasPrefix)
        }
        return delete(claims, waiting: "volumes")
    }

    private func delete(_ objects: [ChildObject], waiting: String) -> CleanupAnswer {
        guard !objects.isEmpty else { return .done }
        let deletions = objects.filter { !$0.metadata.isBeingDeleted }
            .map { Intent.delete($0.resource, $0.key, uid: $0.metadata.uid) }
        guard deletions.isEmpty else { return .intents(deletions) }
        let names = objects.prefix(3).map(\.metadata.name).joined(separator: ", ")
        return .wait(message: "waiting for \(waiting) to go: \(names)")
    }
}

extension PXCCleanup {
    /// Where no cluster of ours is seen, whether one of its name lives on that was taken out of our hands.
    private var successorNeed: Need? {
        let key = plan.cluster.metadata.key
        guard plan.child == nil, plan.observed.answer(.pxcCluster, key) == nil else { return nil }
        return .object(.pxcCluster, key)
    }

    /// That one; nil where there is none, or the one there is ours.
    private var successor: JSONValue? {
        guard plan.child == nil else { return nil }
        return plan.observed.answer(.pxcCluster, plan.cluster.metadata.key) ?? nil
    }

    /// One of ours is there and has not come by the watch yet: nothing may be taken for gone.
    private var isUnseen: Bool {
        successor?.at("metadata", "labels", APIGroup.clusterLabel)?.string == plan.cluster.metadata.name
    }
}
