package import CRDs
import JSON
package import KubernetesAPI

/// Kafka by Strimzi 1.2, in KRaft mode with node pools.
package struct StrimziProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String
    package let watches: [WatchedKind] = Self.watchedKinds

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .strimzi }
    package var engines: Set<Engine> { [.kafka] }
    package var operations: any OperationsHandler { StrimziOperations(sizes: sizes) }

    /// Strimzi hands the labels of a Kafka and its pools down, so other people's pods are never looked at.
    private static var watchedKinds: [WatchedKind] {
        let ours = APIGroup.clusterLabel
        let nodes = "\(ours),\(StrimziLabel.poolName)"
        let owner: [OwnerLookup] = [.clusterLabel]
        return [
            WatchedKind(whole: .kafka, labelSelector: ours, owner: owner),
            WatchedKind(whole: .kafkaNodePool, labelSelector: ours, owner: owner),
            WatchedKind(whole: .kafkaUser, labelSelector: ours, owner: owner),
            WatchedKind(StrimziPodSet.kind, labelSelector: ours, owner: owner),
            // Strimzi makes some itself, with its own label alone.
            WatchedKind(
                StrimziRebalance.kind,
                labelSelector: StrimziLabel.cluster,
                owner: [.clusterLabel, .label(StrimziLabel.cluster)]
            ),
            WatchedKind(whole: .podMonitor, isRequired: false, labelSelector: ours, owner: owner, isPruned: true),
            WatchedKind(Pod.kind, isRequired: false, labelSelector: nodes, owner: owner),
            WatchedKind(PersistentVolumeClaim.kind, isRequired: false, labelSelector: ours, owner: owner),
        ]
    }

    package var permissions: [PolicyRule] {
        let own = ["get", "list", "watch", "create", "patch", "delete"]
        let group = ResourceType.kafka.group
        return [
            PolicyRule(
                apiGroups: [group],
                resources: ["kafkanodepools", "kafkarebalances", "kafkas", "kafkausers"],
                verbs: own
            ),
            PolicyRule(apiGroups: [group], resources: ["kafkatopics"], verbs: ["get", "list", "patch", "delete"]),
            PolicyRule(
                apiGroups: [ResourceType.strimziPodSet.group],
                resources: ["strimzipodsets"],
                verbs: ["get", "list", "watch"]
            ),
            PolicyRule(apiGroups: [ResourceType.podMonitor.group], resources: ["podmonitors"], verbs: own),
            PolicyRule(apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "patch"]),
            PolicyRule(
                apiGroups: [""],
                resources: ["persistentvolumeclaims"],
                verbs: ["get", "list", "watch", "patch", "delete"]
            ),
            PolicyRule(apiGroups: [""], resources: ["configmaps"], verbs: ["get"]),
            PolicyRule(apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"]),
        ]
    }

    package func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        StrimziView(plan: StrimziPlan(cluster, observed), sizes: sizes)
    }

    package func driftType(of path: String, in resource: ResourceType) -> DriftType {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains("resources") { return .size }
        if fields.last == "replicas" { return .replicas }
        if fields.contains("storage") { return .storage }
        return fields.contains("config") ? .configuration : .other
    }
}
