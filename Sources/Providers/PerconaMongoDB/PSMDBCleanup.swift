import CRDs
import JSON
import KubernetesAPI

/// Takes a deleted cluster apart in an order that loses nothing that shall stay.
struct PSMDBCleanup {
    private let plan: PSMDBPlan

    /// How long a backup may try to delete its data; without agents that run it never comes to an end.
    static let patience = Duration.seconds(300)

    init(_ plan: PSMDBPlan) { self.plan = plan }

    private var removesData: Bool { plan.cluster.spec.deletionPolicy == .delete }
    private var observed: Observed { plan.observed }

    func answer() -> CleanupAnswer {
        let key = plan.cluster.metadata.key
        if plan.child == nil {
            guard let found = observed.answer(.psmdbCluster, key) else { return .need([.object(.psmdbCluster, key)]) }
            // One of ours is there and has not come by the watch yet: nothing may be taken for gone.
            if found?.at("metadata", "labels", APIGroup.clusterLabel)?.string == key.name {
                return .wait(message: "waiting until PerconaServerMongoDB \(key) is seen")
            }
            // One that was taken out of our hands lives on, and all that is left is its own.
            if found != nil { return .done }
        }
        for step in [oplog, backups, restores, child, pods, volumes, secrets] {
            let answer = step()
            guard case .done = answer else { return answer }
        }
        return .done
    }

    /// The last backup cannot be deleted while the oplog is kept, and no schedule shall make another one.
    private func oplog() -> CleanupAnswer {
        guard removesData, let child = plan.child, !child.metadata.isBeingDeleted,
            child.keepsOplog || !child.tasks.isEmpty
        else { return .done }
        let body: JSONValue = ["spec": ["backup": ["pitr": ["enabled": false], "tasks": .null]]]
        return .intents([.patch(.psmdbCluster, child.metadata.key, format: .merge, body: body)])
    }

    /// They belong to nobody, and need their cluster's agents to delete their data.
    private func backups() -> CleanupAnswer {
        guard removesData else { return .done }
        let backups = plan.backupObjects
        let stuck = backups.filter { backup in
            guard let since = backup.metadata.deletionTimestamp else { return false }
            return backup.metadata.finalizers.contains(PSMDBFinalizer.backupData)
                && observed.now - since > Self.patience
        }
        if !stuck.isEmpty { return .abandon(stuck.map(Self.abandonment)) }
        return delete(.psmdbBackup, backups.map(\.metadata), waiting: "backups and their data")
    }

    /// Names of the objects that a backup is made of begin with its destination.
    private static func abandonment(of backup: PSMDBBackup) -> Abandonment {
        let place =
            backup.destination.map { "all that begins with \($0) stays in storage \(backup.storageName)" }
            ?? "what it has written stays in storage \(backup.storageName)"
        let words = backup.error.isEmpty ? "" : " (Percona's operator says \"\(backup.error)\")"
        let finalizers = backup.metadata.finalizers.filter { $0 != PSMDBFinalizer.backupData }
        return Abandonment(
            Self.finalizers(finalizers, .psmdbBackup, backup),
            uid: backup.metadata.uid,
            reason: "BackupDataLeft",
            message: "PerconaServerMongoDBBackup \(backup.metadata.name) could not delete its data within "
                + "\(patience.components.seconds / 60) minutes\(words) and is let go without: \(place); delete it there "
                + "yourself"
        )
    }

    private func restores() -> CleanupAnswer {
        delete(.psmdbRestore, plan.restores.map(\.metadata), waiting: "restores")
    }

    /// What shall happen to the volumes is written on the child before it goes: the policy may be a new one.
    private func child() -> CleanupAnswer {
        guard let child = plan.child else { return .done }
        guard !child.metadata.isBeingDeleted else {
            return .wait(message: "waiting for PerconaServerMongoDB \(child.metadata.name) to go")
        }
        let wanted = PSMDBApplier.finalizers(removesData: removesData)
        let own = [PSMDBFinalizer.podsInOrder, PSMDBFinalizer.volumes]
        let found = child.metadata.finalizers
        let deletion = Intent.delete(.psmdbCluster, child.metadata.key, uid: child.metadata.uid)
        guard found.filter(own.contains) != wanted else { return .intents([deletion]) }
        let all = wanted + found.filter { !own.contains($0) }
        return .intents([
            .patch(
                .psmdbCluster,
                child.metadata.key,
                format: .merge,
                body: [
                    "metadata": [
                        "resourceVersion": .string(child.metadata.resourceVersion), "finalizers": JSONValue(all),
                    ]
                ]
            ), deletion,
        ])
    }

    private func pods() -> CleanupAnswer {
        let count = observed.children(.pod).count
        return count == 0 ? .done : .wait(message: "waiting for \(count) pods of the members to go")
    }

    /// Of a spec that was invalid in the end Percona's operator has dropped its finalizers without acting on them.
    private func volumes() -> CleanupAnswer {
        guard removesData else { return .done }
        return delete(
            .persistentVolumeClaim,
            observed.children(.persistentVolumeClaim).map(\.metadata),
            waiting: "volumes"
        )
    }

    private func secrets() -> CleanupAnswer {
        guard removesData else { return .done }
        let keys = plan.names.secrets.map(plan.names.key)
        let unknown = keys.filter { observed.answers[.secretKeys($0)] == nil }
        if !unknown.isEmpty { return .need(unknown.map { .secretKeys($0) }) }
        let left = keys.filter { if case .keys = observed.answers[.secretKeys($0)] { true } else { false } }
        return left.isEmpty ? .done : .intents(left.map { .delete(.secret, $0) })
    }

    private func delete(_ resource: ResourceType, _ objects: [ObjectMeta], waiting: String) -> CleanupAnswer {
        guard !objects.isEmpty else { return .done }
        let deletions = objects.filter { !$0.isBeingDeleted }
            .map { Intent.delete(resource, $0.key, uid: $0.uid) }
        return deletions.isEmpty ? .wait(message: "waiting for \(waiting) to go") : .intents(deletions)
    }

    private static func finalizers(
        _ finalizers: [String],
        _ resource: ResourceType,
        _ object: some KubernetesObject
    ) -> Intent {
        .patch(
            resource,
            object.metadata.key,
            format: .merge,
            body: [
                "metadata": [
                    "resourceVersion": .string(object.metadata.resourceVersion), "finalizers": JSONValue(finalizers),
                ]
            ]
        )
    }
}
