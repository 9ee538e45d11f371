import CRDs
import JSON
import KubernetesAPI

/// Looks whether the cluster could be restored, and from when on; changes nothing.
struct CNPGBackupChain: CustomOperation {
    static let parameters: [String] = []

    private let state: CNPGOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) { state = CNPGOperationState(operation) }

    func answer() -> OperationAnswer {
        guard let child = state.child else { return .refused(state.absent) }
        guard child.archiveFolder != nil else {
            return .refused(
                Refusal("BackupNotConfigured", "the members do not archive; set spec.backup.storage first")
            )
        }
        return .intents([], log: "looked at backups and archive")
    }

    func report() -> OperationReport {
        guard let child = state.child, let folder = child.archiveFolder else {
            return .failed(Refusal("BackupNotConfigured", "the members do not archive any more"))
        }
        if let archiving = child.conditions["ContinuousArchiving"], archiving.status == .false {
            return broken("WAL is not archived: \(archiving.message.isEmpty ? archiving.reason : archiving.message)")
        }
        let backups = state.operation.observed.bodies(.cnpgBackup, as: CNPGBackup.self)
            .filter { $0.metadata.annotations[CNPGAnnotation.archive] ?? folder == folder }
            .sorted { ($0.stoppedAt ?? .distantPast) < ($1.stoppedAt ?? .distantPast) }
        let usable = backups.filter { $0.isCompleted && $0.majorVersion ?? child.dataMajor == child.dataMajor }
        guard let last = usable.last else {
            return broken(
                "there is no completed backup of PostgreSQL \(child.dataMajor.map { "\($0)" } ?? ""); request one"
            )
        }
        return .succeeded(evidence: evidence(usable, last: last, failed: backups.count(where: \.isFailed), folder))
    }

    private func broken(_ words: String) -> OperationReport {
        .failed(Refusal("BackupChainBroken", "the cluster cannot be restored as it is now: \(words)"))
    }

    private func evidence(_ usable: [CNPGBackup], last: CNPGBackup, failed: Int, _ folder: String) -> [String] {
        let window = CNPGRecoveryWindow(state.plan)
        return [
            "\(usable.count) completed backups, \(failed) failed, in folder \(folder)",
            "the newest is \(last.metadata.name)\(last.stoppedAt.map { " of \($0)" } ?? "")",
            window?.first.map { "a point in time can be restored from \($0) on" },
            // Without the condition nothing was archived yet, or CloudNativePG has not looked.
            state.child?.conditions.isTrue("ContinuousArchiving") == true
                ? "WAL is archived" : "CloudNativePG does not tell yet whether WAL is archived",
        ].compactMap(\.self)
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
