package import CRDs
import KubernetesAPI

/// PostgreSQL by CloudNativePG 1.30 and its Barman Cloud plugin.
package struct CNPGProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .cnpg }
    package var engines: Set<Engine> { [.postgresql] }
    package var operations: any OperationsHandler { CNPGOperations(sizes: sizes) }

    /// Members carry our label because the Cluster hands it down, so other people's pods are never looked at.
    package var watches: [WatchedKind] {
        let ours = APIGroup.clusterLabel
        let owner: [OwnerLookup] = [.clusterLabel]
        return [
            WatchedKind(whole: .cnpgCluster, labelSelector: ours, owner: owner),
            WatchedKind(whole: .cnpgPooler, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(whole: .cnpgScheduledBackup, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(CNPGBackup.kind, labelSelector: CNPGLabel.cluster, owner: [.label(CNPGLabel.cluster)]),
            WatchedKind(whole: .barmanObjectStore, isRequired: false, labelSelector: ours, owner: owner),
            WatchedKind(whole: .podMonitor, isRequired: false, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(Pod.kind, isRequired: false, labelSelector: ours, owner: owner),
            WatchedKind(PersistentVolumeClaim.kind, isRequired: false, labelSelector: ours, owner: owner),
            WatchedKind(Job.kind, isRequired: false, labelSelector: ours, owner: owner),
            WatchedKind(
                Deployment.kind,
                isRequired: false,
                labelSelector: CNPGLabel.poolerName,
                owner: [.clusterLabel, .label(CNPGLabel.cluster)]
            ),
            WatchedKind(whole: .service, isRequired: false, labelSelector: CNPGLabel.exposed, owner: owner),
        ]
    }

    package var permissions: [PolicyRule] {
        let own = ["get", "list", "watch", "create", "patch", "delete"]
        return [
            PolicyRule(
                apiGroups: [ResourceType.cnpgCluster.group],
                resources: ["backups", "clusters", "poolers", "scheduledbackups"],
                verbs: own
            ),
            PolicyRule(
                apiGroups: [ResourceType.cnpgCluster.group],
                resources: ["clusters/status"],
                verbs: ["patch"]
            ),
            PolicyRule(apiGroups: [ResourceType.barmanObjectStore.group], resources: ["objectstores"], verbs: own),
            PolicyRule(apiGroups: [ResourceType.podMonitor.group], resources: ["podmonitors"], verbs: own),
            PolicyRule(
                apiGroups: [""],
                resources: ["persistentvolumeclaims", "pods"],
                verbs: ["get", "list", "watch", "patch", "delete"]
            ),
            PolicyRule(apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "delete"]),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get"]),
            PolicyRule(apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list", "watch"]),
            PolicyRule(apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch", "delete"]),
            PolicyRule(apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["delete"]),
            PolicyRule(apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"]),
        ]
    }

    package func validate(_ cluster: DatabaseCluster, _ observed: Observed) -> [Refusal] {
        CNPGValidation(CNPGPlan(cluster, observed), sizes: sizes).refusals()
    }

    /// A cluster that runs already is never held up by a missing backup storage; a new one is, since adding the plugin
    /// later would restart every member.
    package func preReconcile(_ cluster: DatabaseCluster, _ observed: Observed) -> HookAnswer {
        let plan = CNPGPlan(cluster, observed)
        var needs: [Need] = []
        if case .need(let sources) = plan.source { needs += sources }
        if case .unknown(let storage) = plan.backups { needs.append(storage) }
        guard needs.isEmpty else { return .need(needs) }
        if case .wait(let refusal) = plan.source { return wait(refusal) }
        if case .impossible(let refusal) = plan.backups, plan.child == nil { return wait(refusal) }
        return .proceed
    }

    private func wait(_ refusal: Refusal) -> HookAnswer {
        .wait(reason: refusal.reason, message: refusal.message, after: .seconds(15))
    }

    package func applier(for cluster: DatabaseCluster, _ observed: Observed) -> any Applier {
        CNPGApplier(CNPGPlan(cluster, observed), sizes: sizes)
    }

    package func status(of cluster: DatabaseCluster, _ observed: Observed) -> ClusterReport {
        CNPGStatus(CNPGPlan(cluster, observed), sizes: sizes).report()
    }

    package func cleanup(_ cluster: DatabaseCluster, _ observed: Observed) -> CleanupAnswer {
        CNPGCleanup(CNPGPlan(cluster, observed)).answer()
    }
}
