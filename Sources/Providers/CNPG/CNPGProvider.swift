package import CRDs
import JSON
package import KubernetesAPI

/// PostgreSQL by CloudNativePG 1.30 and its Barman Cloud plugin.
package struct CNPGProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String
    package let watches: [WatchedKind] = Self.watchedKinds

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .cnpg }
    package var engines: Set<Engine> { [.postgresql] }
    package var operations: any OperationsHandler { CNPGOperations(sizes: sizes) }

    /// Members carry our label because the Cluster hands it down, so other people's pods are never looked at.
    private static var watchedKinds: [WatchedKind] {
        let ours = APIGroup.clusterLabel
        let owner: [OwnerLookup] = [.clusterLabel]
        return [
            WatchedKind(whole: .cnpgCluster, labelSelector: ours, owner: owner),
            WatchedKind(whole: .cnpgPooler, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(whole: .cnpgScheduledBackup, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(CNPGBackup.kind, labelSelector: CNPGLabel.cluster, owner: [.label(CNPGLabel.cluster)]),
            WatchedKind(whole: .barmanObjectStore, isRequired: false, labelSelector: ours, owner: owner),
            WatchedKind(whole: .podMonitor, isRequired: false, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(.pod, isRequired: false, labelSelector: ours, owner: owner) { (element) throws(JSONError) in
                var pod = try Pod(from: element)
                // A second copy of the pod's spec, larger than all that is looked at of it.
                pod.metadata.annotations[CNPGAnnotation.podSpec] = nil
                return pod
            },
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

    package func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        CNPGView(plan: CNPGPlan(cluster, observed), sizes: sizes)
    }

    package func driftType(of path: String, in resource: ResourceType) -> DriftType {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains("resources") { return .size }
        if fields.last == "instances" { return .replicas }
        if fields.contains(where: { $0 == "storage" || $0 == "walStorage" }) { return .storage }
        return fields.contains(where: { $0 == "parameters" || $0 == "configuration" }) ? .configuration : .other
    }
}
