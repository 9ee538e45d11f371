import CRDs
import JSON
import KubernetesAPI

/// All that the provider of Percona Server for MongoDB decides from one plan.
struct PSMDBView: ClusterView {
    let plan: PSMDBPlan
    let sizes: SizeLadder

    func validate() -> [Refusal] { PSMDBValidation(plan, sizes: sizes).refusals() }

    /// A cluster that runs already is never held up by a missing backup storage; a new one is, since adding the agents
    /// later would restart every member.
    func preReconcile() -> HookAnswer {
        var needs: [Need] = []
        if case .need(let sources) = plan.source { needs += sources }
        if case .unknown(let storage) = plan.backups { needs.append(storage) }
        guard needs.isEmpty else { return .need(needs) }
        if case .wait(let refusal) = plan.source { return wait(refusal) }
        if case .impossible(let refusal) = plan.backups, plan.child == nil { return wait(refusal) }
        return PSMDBFirstData(plan).step ?? .proceed
    }

    private func wait(_ refusal: Refusal) -> HookAnswer {
        .wait(reason: refusal.reason, message: refusal.message, after: .seconds(15))
    }

    func applier() -> any Applier { PSMDBApplier(plan, sizes: sizes) }

    func status() -> ClusterReport { PSMDBStatus(plan, sizes: sizes).report() }

    /// A switchover that was given up leaves the priority that it gave to a member.
    func retirements(underWay: () -> Set<String>) -> [Intent] {
        guard let child = plan.child, child.metadata.annotations[PSMDBAnnotation.successor] != nil else { return [] }
        let text = child.metadata.annotations[OperationRecord.annotation] ?? ""
        let request = (try? JSONValue(parsing: text))?["request"]?.string ?? ""
        guard !underWay().contains(request) else { return [] }
        return [
            .patch(
                .psmdbCluster,
                child.metadata.key,
                format: .merge,
                body: ["metadata": ["annotations": [PSMDBAnnotation.successor: .null]]]
            )
        ]
    }

    func cleanup() -> CleanupAnswer { PSMDBCleanup(plan).answer() }
}
