import CRDs
import JSON
import KubernetesAPI

/// All that Strimzi's provider decides from one plan.
struct StrimziView: ClusterView {
    let plan: StrimziPlan
    let sizes: SizeLadder

    func validate() -> [Refusal] { StrimziValidation(plan, sizes: sizes).refusals() }

    /// Without the ConfigMap that it names, Strimzi refuses the Kafka as a whole, running or not.
    func preReconcile() -> HookAnswer {
        if let kept = StrimziKeptVolumes(plan) { return wait("VolumesKept", kept.message) }
        guard plan.scraping != nil, let rules = plan.options.metricsRules else { return .proceed }
        let key = plan.names.key(rules.name)
        guard let answer = plan.observed.answer(.configMap, key) else { return .need([.object(.configMap, key)]) }
        guard let found = answer else {
            return wait(
                "MetricsConfigMapMissing",
                "ConfigMap \(rules.name) of providerOptions.metrics is not there; create it in the cluster's namespace"
            )
        }
        guard found.at("data", rules.key) != nil else {
            return wait(
                "MetricsConfigMapMissing",
                "ConfigMap \(rules.name) of providerOptions.metrics has no key \(rules.key); add it, or name another"
            )
        }
        return .proceed
    }

    private func wait(_ reason: String, _ message: String) -> HookAnswer {
        .wait(reason: reason, message: message, after: .seconds(15))
    }

    func applier() -> any Applier { StrimziApplier(plan, sizes: sizes) }

    func status() -> ClusterReport { StrimziStatus(plan, sizes: sizes).report() }

    func cleanup() -> CleanupAnswer { StrimziCleanup(plan).answer() }
}
