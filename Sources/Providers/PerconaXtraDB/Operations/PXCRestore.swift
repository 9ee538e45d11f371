import CRDs
import JSON
import KubernetesAPI

/// Data of an earlier time: in this cluster by a `PerconaXtraDBClusterRestore`, or in a new DatabaseCluster.
struct PXCRestore {
    let operation: OperationContext
    private let sizes: SizeLadder
    let state: PXCOperationState
    var cluster: DatabaseCluster { operation.cluster }
    var block: OpsRequestSpec.Restore { operation.request.spec.restore ?? .init() }

    init(_ operation: OperationContext, sizes: SizeLadder) {
        self.operation = operation
        self.sizes = sizes
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        guard state.child != nil else { return .refused(state.absent) }
        do throws(Refusal) {
            guard let copy = ClusterCopy(operation, child: .pxcCluster) else { return try answerInPlace() }
            guard copy.needs.isEmpty else { return .need(copy.needs) }
            return try copy.answer(try source()) { copy in
                PXCValidation(PXCPlan(copy, Observed(now: operation.observed.now)), sizes: sizes).refusals().first
            }
        } catch {
            return .refused(error)
        }
    }

    func report() -> OperationReport {
        guard let copy = ClusterCopy(operation, child: .pxcCluster) else { return reportInPlace() }
        return copy.report { answer in
            ClusterCopy.ChildVerdict(isHealthy: PXCCluster(answer)?.isReady ?? false, failure: nil)
        }
    }

    /// The `dataSource` of a new cluster.
    private func source() throws(Refusal) -> ClusterCopy.Source {
        let (backup, time) = try chosen()
        // Its data can be read by the series that runs here only.
        let version = state.child?.imageVersion?.text
        guard let time else {
            return ClusterCopy.Source(
                field: ["backup": ["name": .string(backup.metadata.name)]],
                version: version,
                text: "backup \(backup.metadata.name)"
            )
        }
        return ClusterCopy.Source(
            field: ["cluster": ["name": .string(cluster.metadata.name), "pointInTime": .string(time.description)]],
            version: version,
            text: "the state of \(time)"
        )
    }

    /// The backup that is named, or leads to the time that is; refuses what cannot be restored.
    func chosen() throws(Refusal) -> (backup: PXCBackup, time: Timestamp?) {
        let named = try block.backup.map { (name) throws(Refusal) in try backup(named: name) }
        guard let time = block.pointInTime else {
            guard let named else {
                throw Refusal("BackupNotFound", "name a backup in restore.backup, or a time in restore.pointInTime")
            }
            return (named, nil)
        }
        guard state.child?.binlogStorage != nil else {
            throw Refusal(
                "BackupNotConfigured",
                "cluster \(cluster.metadata.name) keeps no binary logs from which a point in time could be restored; set "
                    + "backup.pointInTimeRecovery, and request a Backup"
            )
        }
        let base = try PXCPointInTime(state.plan.backupObjects, of: cluster.metadata.name, now: operation.observed.now)
            .base(for: time)
        guard let named else { return (base, time) }
        if let ended = named.completed, time < ended {
            throw Refusal(
                "PointInTimeNotCovered",
                "backup \(named.metadata.name) ended \(ended), after \(time); name an earlier one or a later time"
            )
        }
        try PXCPointInTime.check(named)
        return (named, time)
    }

    /// A succeeded backup of this cluster: another one's would bring other passwords of Percona's own users.
    private func backup(named name: String) throws(Refusal) -> PXCBackup {
        guard let found = state.plan.backupObjects.first(where: { $0.metadata.name == name }) else {
            throw Refusal(
                "BackupNotFound",
                "there is no PerconaXtraDBClusterBackup \(name) of cluster \(cluster.metadata.name); \(otherBackups)"
            )
        }
        guard found.isSucceeded else {
            throw Refusal(
                "BackupNotCompleted",
                "PerconaXtraDBClusterBackup \(name) has not succeeded but is \(found.stateText)"
                    + "\(found.error.map { ": \($0)" } ?? ""); \(otherBackups)"
            )
        }
        return found
    }

    private var otherBackups: String {
        let names = state.plan.backupObjects.filter(\.isSucceeded).map(\.metadata.name).suffix(5)
        return names.isEmpty ? "none of it has succeeded" : "succeeded are \(names.joined(separator: ", "))"
    }
}
