import CRDs
import JSON
import KubernetesAPI

/// One backup, by a `PerconaServerMongoDBBackup` named after the request.
struct PSMDBBackupNow {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private var cluster: DatabaseCluster { operation.cluster }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    /// A failed one cannot be run again, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.spec.backup?.name ?? operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var existing: PSMDBBackup? {
        operation.observed.child(.psmdbBackup, named: name)?.body as? PSMDBBackup
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? refusal { return .refused(refusal) }
        if existing == nil {
            if let refusal = unready { return .notYet(refusal) }
            if let refusal = state.underWay { return .notYet(refusal) }
        }
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[ChildLabels.operation] = operation.request.metadata.uid
        var backup = DesiredObject(
            .psmdbBackup,
            state.plan.names.key(name),
            labels: labels,
            spec: [
                "clusterName": .string(cluster.metadata.name),
                "storageName": .string(cluster.spec.backup?.storage ?? ""), "type": "logical",
                "startingDeadlineSeconds": .integer(state.plan.options.startingDeadline),
            ]
        )
        // Whoever deletes the object means the data too. A finalizer of ours would be dropped.
        backup.content["metadata"]?["finalizers"] = [.string(PSMDBFinalizer.backupData)]
        return .intents([.create(backup)], log: "created PerconaServerMongoDBBackup \(name)")
    }

    private var refusal: Refusal? {
        guard let wanted = cluster.spec.backup, wanted.enabled, let storage = wanted.storage else {
            return Refusal("BackupNotConfigured", "the cluster has no backup storage; set spec.backup.storage first")
        }
        if let other = operation.request.spec.backup?.storage, other != storage {
            return Refusal(
                "StorageMismatch",
                "provider percona-psmdb backs up to the cluster's own storage \(storage) only, not to \(other); leave storage "
                    + "out"
            )
        }
        if case .impossible(let refusal) = state.plan.backups { return refusal }
        if let existing, existing.metadata.labels[ChildLabels.operation] != operation.request.metadata.uid {
            return Refusal("NameTaken", "there is a PerconaServerMongoDBBackup \(name) already; choose another name")
        }
        return nil
    }

    /// Agents that were not told of their storage yet lose the backup without a word.
    private var unready: Refusal? {
        guard let child = state.child, !child.backupConfigHash.isEmpty, !child.storages.isEmpty else {
            return Refusal("BackupNotConfigured", "the backup agents have no storage yet")
        }
        return nil
    }

    func report() -> OperationReport {
        guard let backup = existing else {
            return .running(percent: 0, waitingFor: "PerconaServerMongoDBBackup \(name) to appear")
        }
        if backup.isFailed {
            let cause = backup.error.isEmpty ? "Percona's operator gives no cause" : backup.error
            return .retryable(
                Refusal("BackupFailed", "PerconaServerMongoDBBackup \(name) is \"\(backup.state)\": \(cause)")
            )
        }
        guard backup.isCompleted else { return unfinished(backup) }
        return .succeeded(evidence: evidence(of: backup), message: summary(of: backup))
    }

    private func unfinished(_ backup: PSMDBBackup) -> OperationReport {
        let deadline = Duration.seconds((backup.deadline ?? 120) + 60)
        if backup.state.isEmpty, let created = backup.metadata.creationTimestamp,
            operation.observed.now - created > deadline
        {
            return .retryable(
                Refusal(
                    "BackupFailed",
                    "PerconaServerMongoDBBackup \(name) was not begun within its deadline; Percona's operator says "
                        + "\"\(state.child?.state ?? "")\" of the cluster"
                )
            )
        }
        let percent = ["": 5, "waiting": 10, "requested": 20][backup.state] ?? 50
        return .running(
            percent: percent,
            waitingFor: "PerconaServerMongoDBBackup \(name), which is \(backup.stateText)"
        )
    }

    private func evidence(of backup: PSMDBBackup) -> [String] {
        [
            "PerconaServerMongoDBBackup \(name) is ready", backup.destination.map { "it lies at \($0)" },
        ].compactMap(\.self)
    }

    private func summary(of backup: PSMDBBackup) -> String {
        var parts = ["backup \(name) is in storage \(backup.storageName)"]
        if let destination = backup.destination { parts.append("at \(destination)") }
        if let size = backup.size { parts.append("size \(size)") }
        if let started = backup.started { parts.append("started \(started)") }
        if let completed = backup.completed { parts.append("ended \(completed)") }
        return parts.joined(separator: ", ")
    }
}
