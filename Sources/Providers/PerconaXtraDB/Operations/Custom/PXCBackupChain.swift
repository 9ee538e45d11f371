import CRDs
import KubernetesAPI

/// Tells whether and from when on the cluster could be restored; writes nothing.
struct PXCBackupChain: CustomOperation {
    static let parameters: [String] = []

    private let state: PXCOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) { state = PXCOperationState(operation) }

    func answer() -> OperationAnswer {
        if state.child == nil { return .refused(state.absent) }
        return .intents([], log: "looked at the backups")
    }

    func report() -> OperationReport {
        let backups = state.plan.backupObjects
        let usable = backups.filter { $0.isSucceeded && $0.completed != nil }
            .sorted { ($0.completed ?? .distantPast) < ($1.completed ?? .distantPast) }
        guard let last = usable.last, let first = usable.first?.completed else {
            return broken("there is no succeeded backup; request one")
        }
        let logs = state.child?.binlogStorage
        if logs != nil, let gap = last.gap {
            return broken("binary logs after backup \(last.metadata.name) are missing (\(gap)); request another backup")
        }
        return .succeeded(
            evidence: [
                "\(usable.count) succeeded backups, \(backups.count(where: \.isFailed)) failed",
                "the newest is \(last.metadata.name)\(last.completed.map { " of \($0)" } ?? "")",
                last.destination.map { "it is at \($0)" },
                logs == nil
                    ? "no point in time between backups can be restored: pointInTimeRecovery is off"
                    : "a point in time can be restored from \(first) on"
                        + (last.latestRestorable.map { ", up to \($0) at least" } ?? ""),
            ].compactMap(\.self)
        )
    }

    private func broken(_ words: String) -> OperationReport {
        .failed(Refusal("BackupChainBroken", "the cluster cannot be restored as it is now: \(words)"))
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(microseconds: .min)
}
