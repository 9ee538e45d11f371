import CRDs
import JSON
import KubernetesAPI

// Where the restored data comes from, and why it cannot come from there.
extension CNPGRestore {
    /// Nil while it must be asked for.
    func source() throws(Refusal) -> ClusterCopy.Source? {
        let backup = try block.backup.map { (name) throws(Refusal) in try self.backup(named: name) }
        if case .some(.none) = backup { return nil }
        guard let time = block.pointInTime else {
            guard let backup = backup.flatMap(\.self) else {
                throw Refusal("BackupNotFound", "name a backup in restore.backup, or a time in restore.pointInTime")
            }
            return ClusterCopy.Source(
                field: ["backup": ["name": .string(backup.metadata.name)]],
                version: version(ofMajor: backup.majorVersion),
                text: "backup \(backup.metadata.name)"
            )
        }
        try check(time, backup.flatMap(\.self))
        return ClusterCopy.Source(
            field: ["cluster": ["name": .string(cluster.metadata.name), "pointInTime": .string(time.description)]],
            version: version(ofMajor: nil),
            text: "the state of \(time)"
        )
    }

    /// The running version reads the data, unless the backup is of an earlier major version.
    private func version(ofMajor major: Int?) -> String {
        let running = state.plan.version
        guard let major, major != running.major else { return running.text }
        return "\(major)"
    }

    /// A completed backup of this cluster; nil while it must be asked for.
    private func backup(named name: String) throws(Refusal) -> CNPGBackup? {
        let found: CNPGBackup?
        if let child = operation.observed.child(.cnpgBackup, named: name)?.body as? CNPGBackup {
            found = child
        } else {
            guard let answer = operation.observed.answer(.cnpgBackup, state.plan.names.key(name)) else { return nil }
            found = answer.flatMap { CNPGBackup.kind.read($0) }
        }
        guard let found else {
            throw Refusal("BackupNotFound", "there is no Backup \(name) in this namespace; \(otherBackups)")
        }
        guard found.cluster == cluster.metadata.name else {
            throw Refusal(
                "BackupOfAnotherCluster",
                "Backup \(name) is of cluster \(found.cluster); file the request with clusterRef \(found.cluster)"
            )
        }
        guard found.isCompleted, found.backupID != nil else {
            let phase = found.phase.isEmpty ? "pending" : found.phase
            throw Refusal(
                "BackupNotCompleted",
                "Backup \(name) is not completed but \"\(phase)\"\(found.error.map { ": \($0)" } ?? ""); \(otherBackups)"
            )
        }
        return found
    }

    private var otherBackups: String {
        let names = operation.observed.bodies(.cnpgBackup, as: CNPGBackup.self).filter(\.isCompleted)
            .map(\.metadata.name).suffix(5)
        return names.isEmpty ? "none of this cluster is completed" : "completed are \(names.joined(separator: ", "))"
    }

    /// CloudNativePG finds out too late, and then does not say: the members just do not come up.
    private func check(_ time: Timestamp, _ backup: CNPGBackup?) throws(Refusal) {
        guard let child = state.child, child.archiveFolder != nil else {
            throw Refusal(
                "BackupNotConfigured",
                "cluster \(cluster.metadata.name) has no archive from which a point in time could be restored; only "
                    + "clusters with spec.backup.storage have one"
            )
        }
        guard time <= operation.observed.now else {
            throw Refusal("PointInTimeNotCovered", "restore.pointInTime \(time) is in the future")
        }
        if let ended = backup?.stoppedAt, time < ended {
            throw Refusal(
                "PointInTimeNotCovered",
                "Backup \(block.backup ?? "") ended \(ended), after \(time); name an earlier one or a later time"
            )
        }
        let starts = operation.observed.bodies(.cnpgBackup, as: CNPGBackup.self).filter(\.isCompleted)
            .compactMap(\.stoppedAt)
        guard let first = CNPGRecoveryWindow(state.plan)?.first ?? starts.min() else {
            throw Refusal("BackupNotFound", "there is no completed backup to start from; request a Backup first")
        }
        guard time >= first else {
            throw Refusal(
                "PointInTimeNotCovered",
                "the archive goes back to \(first) only; name a later time than \(time)"
            )
        }
    }
}
