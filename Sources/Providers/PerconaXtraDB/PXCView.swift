import CRDs
import KubernetesAPI

/// All that the provider of Percona XtraDB Cluster decides from one plan.
struct PXCView: ClusterView {
    let plan: PXCPlan
    let sizes: SizeLadder

    func validate() -> [Refusal] { PXCValidation(plan, sizes: sizes).refusals() }

    /// Storages can be added later without a restart, so nothing waits for them.
    func preReconcile() -> HookAnswer {
        if let restore = plan.runningRestore { return wait(Self.restoring(restore)) }
        var needs: [Need] = []
        if case .need(let sources) = plan.source { needs += sources }
        if case .unknown(let storage) = plan.backups { needs.append(storage) }
        if let token = plan.tokenNeed, plan.observed.answers[token] == nil { needs.append(token) }
        guard needs.isEmpty else { return .need(needs) }
        if case .wait(let refusal) = plan.source { return wait(refusal) }
        if case .failed(let refusal) = plan.source { return wait(refusal) }
        if case .prepare(let copy) = plan.source { return .prepare([copy]) }
        if let old = plan.supersededRestore, !old.metadata.isBeingDeleted {
            return .prepare([.delete(.pxcRestore, old.metadata.key, uid: old.metadata.uid)])
        }
        if let backup = plan.backupInTheWayOfStopping { return wait(Self.backingUp(backup)) }
        return .proceed
    }

    /// Percona's operator stops the members, makes them fewer and puts all back itself; a write of ours meanwhile would
    /// start them over half a database.
    private static func restoring(_ restore: PXCRestoreObject) -> Refusal {
        Refusal(
            "RestoreRunning",
            "PerconaXtraDBClusterRestore \(restore.metadata.name) is \(restore.stateText), and until it has ended the "
                + "cluster's spec is Percona's operator's; changes wait"
        )
    }

    private static func backingUp(_ backup: PXCBackup) -> Refusal {
        Refusal(
            "BackupRunning",
            "PerconaXtraDBClusterBackup \(backup.metadata.name) is \(backup.stateText) and would lose the member it copies "
                + "from; the cluster is stopped when it has ended"
        )
    }

    private func wait(_ refusal: Refusal) -> HookAnswer {
        .wait(reason: refusal.reason, message: refusal.message, after: .seconds(15))
    }

    func applier() -> any Applier { PXCApplier(plan, sizes: sizes) }

    func status() -> ClusterReport { PXCStatus(plan, sizes: sizes).report() }

    func cleanup() -> CleanupAnswer { PXCCleanup(plan, sizes: sizes).answer() }
}
