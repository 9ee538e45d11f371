import CRDs
import JSON
import KubernetesAPI

/// One backup, by a `Backup` object named after the request.
struct CNPGBackupNow {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private var cluster: DatabaseCluster { operation.cluster }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    /// A failed Backup cannot be run again, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.spec.backup?.name ?? operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var existing: ChildObject? { operation.observed.child(.cnpgBackup, named: name) }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? refusal { return .refused(refusal) }
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[CNPGLabel.cluster] = cluster.metadata.name
        labels[ChildLabels.operation] = operation.request.metadata.uid
        var spec: JSONObject = [
            "cluster": ["name": .string(cluster.metadata.name)], "method": "plugin",
            "pluginConfiguration": ["name": .string(CNPGArchive.pluginName)],
        ]
        spec["target"] = state.plan.options.backupTarget.map(JSONValue.string)
        // No owner: with deletionPolicy Retain it outlives the cluster.
        let backup = DesiredObject(
            .cnpgBackup,
            state.plan.names.key(name),
            labels: labels,
            annotations: state.child?.archiveFolder.map { [CNPGAnnotation.archive: $0] } ?? [:],
            spec: .object(spec)
        )
        return .intents([.create(backup)], log: "created Backup \(name)")
    }

    private var refusal: Refusal? {
        guard let wanted = cluster.spec.backup, wanted.enabled, let storage = wanted.storage else {
            return Refusal("BackupNotConfigured", "the cluster has no backup storage; set spec.backup.storage first")
        }
        if let other = operation.request.spec.backup?.storage, other != storage {
            return Refusal(
                "StorageMismatch",
                "provider cnpg backs up to the cluster's own storage \(storage) only, not to \(other); leave storage out"
            )
        }
        guard let child = state.child, child.archiveFolder != nil else {
            return Refusal(
                "BackupNotConfigured",
                "the members do not archive yet; try again when the cluster's condition BackupConfigured is True"
            )
        }
        if let archiving = child.conditions["ContinuousArchiving"], archiving.status == .false {
            return Refusal("ArchivingFails", "the members cannot archive to \(storage): \(archiving.message)")
        }
        if let existing, existing.metadata.labels[ChildLabels.operation] != operation.request.metadata.uid {
            return Refusal("NameTaken", "there is a Backup \(name) already; choose another name")
        }
        return nil
    }

    func report() -> OperationReport {
        guard let backup = existing?.body as? CNPGBackup else {
            return .running(percent: 0, waitingFor: "Backup \(name) to appear")
        }
        if backup.isFailed {
            let cause = backup.error ?? "CloudNativePG gives no cause"
            return .retryable(Refusal("BackupFailed", "Backup \(name) is \"\(backup.phase)\": \(cause)"))
        }
        guard backup.isCompleted else {
            let phase = backup.phase.isEmpty ? "pending" : backup.phase
            return .running(
                percent: phase == "pending" ? 10 : 50,
                waitingFor: "Backup \(name), which is \"\(phase)\"\(backup.error.map { ": \($0)" } ?? "")"
            )
        }
        return .succeeded(evidence: evidence(of: backup), message: summary(of: backup))
    }

    private func evidence(of backup: CNPGBackup) -> [String] {
        ["Backup \(name) is completed", backup.backupID.map { "backup id \($0)" }].compactMap(\.self)
    }

    /// CloudNativePG reports no size of a backup made by a plugin.
    private func summary(of backup: CNPGBackup) -> String {
        var parts = ["backup \(name) is in storage \(cluster.spec.backup?.storage ?? "")"]
        if let folder = state.child?.archiveFolder { parts.append("folder \(folder)") }
        if let started = backup.startedAt { parts.append("started \(started)") }
        if let stopped = backup.stoppedAt { parts.append("ended \(stopped)") }
        return parts.joined(separator: ", ")
    }
}
