import CRDs
import KubernetesAPI

/// All that KubeDB's provider decides from one plan.
struct KubeDBView: ClusterView {
    let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    func validate() -> [Refusal] { KubeDBValidation(plan).refusals() }

    func preReconcile() -> HookAnswer {
        var needs: [Need] = []
        if case .need(let versions) = plan.version { needs += versions }
        if let policy = placementNeed, plan.child == nil, plan.observed.answers[policy] == nil { needs.append(policy) }
        guard needs.isEmpty else { return .need(needs) }
        guard let refusal = missingPlacement else { return .proceed }
        return wait(refusal.reason, refusal.message)
    }

    private func wait(_ reason: String, _ message: String) -> HookAnswer {
        .wait(reason: reason, message: message, after: .seconds(15))
    }

    private var placementNeed: Need? {
        plan.options.placementPolicy.map { .object(.placementPolicy, ObjectKey(name: $0)) }
    }

    /// Of a policy that is not there no pod could be made; a database that runs already is not held up by it.
    private var missingPlacement: Refusal? {
        guard plan.child == nil, let name = plan.options.placementPolicy,
            plan.observed.answer(.placementPolicy, ObjectKey(name: name)) == .some(nil)
        else { return nil }
        return Refusal(
            "PlacementPolicyNotFound",
            "PlacementPolicy \(name) (apps.k8s.appscode.com/v1) is not there, and no pod can be made without it; create "
                + "it or leave providerOptions.placementPolicy out"
        )
    }

    func applier() -> any Applier { KubeDBApplier(plan) }

    func status() -> ClusterReport { KubeDBStatus(plan).report() }

    func wishes() -> [OperationWish] { KubeDBWishes(plan).wishes }

    func retirements(underWay: () -> Set<String>) -> [Intent] {
        KubeDBRetirement(plan).deletions(underWay: underWay)
    }

    func cleanup() -> CleanupAnswer { KubeDBCleanup(plan).answer() }
}
