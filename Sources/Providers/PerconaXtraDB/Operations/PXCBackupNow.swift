import CRDs
import JSON
import KubernetesAPI

/// One backup, by a `PerconaXtraDBClusterBackup` named after the request.
struct PXCBackupNow {
    private let operation: OperationContext
    private let state: PXCOperationState
    private var cluster: DatabaseCluster { operation.cluster }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    /// A failed backup cannot be run again, so each further attempt has a name of its own.
    private var name: String {
        let name = operation.request.spec.backup?.name ?? operation.request.metadata.name
        return operation.attempt > 1 ? "\(name)-\(operation.attempt)" : name
    }

    private var existing: PXCBackup? {
        operation.observed.child(.pxcBackup, named: name)?.body as? PXCBackup
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? refusal { return .refused(refusal) }
        guard let storage = cluster.spec.backup?.storage else { return .refused(Self.notConfigured) }
        if let busy = state.busy ?? unseen(storage) { return .notYet(busy) }
        var labels = ChildLabels.of(cluster: cluster.metadata.name)
        labels[ChildLabels.operation] = operation.request.metadata.uid
        // No owner: with deletionPolicy Retain it outlives the cluster.
        var backup = DesiredObject(
            .pxcBackup,
            state.plan.names.key(name),
            labels: labels,
            spec: [
                "pxcCluster": .string(cluster.metadata.name), "storageName": .string(storage),
                // Without an end it would wait for ever for a cluster that is not ready.
                "startingDeadlineSeconds": .integer(state.plan.options.startingDeadline),
            ]
        )
        backup.content["metadata"]?["finalizers"] = [.string(PXCFinalizer.backupData)]
        return .intents([.create(backup)], log: "created PerconaXtraDBClusterBackup \(name)")
    }

    private static let notConfigured = Refusal(
        "BackupNotConfigured",
        "the cluster has no backup storage; set spec.backup.storage first"
    )

    private var refusal: Refusal? {
        guard let wanted = cluster.spec.backup, wanted.enabled, let storage = wanted.storage else {
            return Self.notConfigured
        }
        if let other = operation.request.spec.backup?.storage, other != storage {
            return Refusal(
                "StorageMismatch",
                "provider percona-pxc backs up to the cluster's own storage \(storage) only, not to \(other); leave storage "
                    + "out"
            )
        }
        if let existing, existing.metadata.labels[ChildLabels.operation] != operation.request.metadata.uid {
            return Refusal(
                "NameTaken",
                "there is a PerconaXtraDBClusterBackup \(name) already; choose another name"
            )
        }
        return nil
    }

    /// A storage that Percona's operator has not been told of fails a backup at once.
    private func unseen(_ storage: String) -> Refusal? {
        guard state.child?.storages[storage] == nil else { return nil }
        let condition = cluster.status.conditions["BackupConfigured"]
        let cause = condition.flatMap { $0.status == .false ? ": \($0.message)" : nil } ?? ""
        return Refusal("BackupNotConfigured", "Percona's operator has not been told of storage \(storage) yet\(cause)")
    }

    func report() -> OperationReport {
        guard let backup = existing else {
            return .running(percent: 0, waitingFor: "PerconaXtraDBClusterBackup \(name) to appear")
        }
        if backup.isFailed { return failed(backup) }
        guard backup.isSucceeded else {
            let hint = backup.state.isEmpty ? " (it begins when the cluster is ready)" : ""
            return .running(
                percent: backup.state == "Running" ? 50 : 10,
                waitingFor: "PerconaXtraDBClusterBackup \(name), which is \(backup.stateText)\(hint)"
                    + (backup.error.map { ": \($0)" } ?? "")
            )
        }
        return .succeeded(
            evidence: ["PerconaXtraDBClusterBackup \(name) has Succeeded", backup.destination].compactMap(\.self),
            message: summary(of: backup)
        )
    }

    /// Of a backup whose Job failed the object itself gives no cause.
    private func failed(_ backup: PXCBackup) -> OperationReport {
        let job = PXCNames.backupJob(name)
        let key = state.plan.names.key(job)
        guard let error = backup.error else {
            guard let answer = operation.observed.answer(.job, key) else { return .need([.object(.job, key)]) }
            return .retryable(
                Refusal(
                    "BackupFailed",
                    "PerconaXtraDBClusterBackup \(name) has failed; Job \(job) \(Self.words(of: answer))"
                )
            )
        }
        return .retryable(Refusal("BackupFailed", "PerconaXtraDBClusterBackup \(name) has failed: \(error)"))
    }

    private static func words(of job: JSONValue?) -> String {
        guard let job else { return "is not there any more" }
        let failed = (job.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == "Failed" }
        let words = [failed?["reason"]?.string, failed?["message"]?.string].compactMap(\.self)
        return words.isEmpty ? "gives no cause: look at the log of its pods" : "says: \(words.joined(separator: ", "))"
    }

    /// Percona's operator reports no size.
    private func summary(of backup: PXCBackup) -> String {
        var parts = ["backup \(name) is in storage \(backup.storageName)"]
        if let destination = backup.destination { parts.append("at \(destination)") }
        if let started = backup.metadata.creationTimestamp { parts.append("started \(started)") }
        if let completed = backup.completed { parts.append("ended \(completed)") }
        return parts.joined(separator: ", ")
    }
}
