import CRDs
import JSON
import KubernetesAPI

/// Looks whether the cluster could be restored, and from when on; changes nothing.
struct PSMDBBackupChain: CustomOperation {
    static let parameters: [String] = []

    private let state: PSMDBOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) { state = PSMDBOperationState(operation) }

    func answer() -> OperationAnswer {
        guard let child = state.child else { return .refused(state.absent) }
        guard child.isBackupEnabled, !child.storages.isEmpty else {
            return .refused(
                Refusal("BackupNotConfigured", "the cluster has no backup storage; set spec.backup.storage first")
            )
        }
        return .intents([], log: "looked at the backups")
    }

    func report() -> OperationReport {
        guard let child = state.child else { return .failed(state.absent) }
        if child.backupConfigHash.isEmpty { return broken("the backup agents have no storage yet") }
        let backups = state.plan.backupObjects.sorted { ($0.completed ?? .first) < ($1.completed ?? .first) }
        let usable = backups.filter(\.isCompleted)
        guard let last = usable.last else {
            let failed = backups.last(where: \.isFailed).map { "; \($0.metadata.name) failed: \($0.error)" } ?? ""
            return broken("there is no completed backup; request one\(failed)")
        }
        let first = usable.compactMap(\.usableFrom).min()
        return .succeeded(
            evidence: [
                "\(usable.count) completed backups, \(backups.count(where: \.isFailed)) failed",
                "the newest is \(last.metadata.name)\(last.completed.map { " of \($0)" } ?? "")",
                child.keepsOplog ? first.map { "a point in time can be restored from \($0) on" } : nil,
            ].compactMap(\.self)
        )
    }

    private func broken(_ words: String) -> OperationReport {
        .failed(Refusal("BackupChainBroken", "the cluster cannot be restored as it is now: \(words)"))
    }
}

extension Timestamp {
    fileprivate static let first = Timestamp(microseconds: .min)
}
