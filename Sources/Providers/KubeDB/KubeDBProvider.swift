package import CRDs
import JSON
package import KubernetesAPI

/// Seven engines by KubeDB 2026.7 (apimachinery v0.66).
package struct KubeDBProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String
    package let watches: [WatchedKind] = Self.watchedKinds

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .kubedb }
    package var engines: Set<Engine> { Set(KubeDBEngine.all.map(\.engine)) }
    package var operations: any OperationsHandler { KubeDBOperations(sizes: sizes) }

    package func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        KubeDBView(KubeDBPlan(cluster, observed, sizes: sizes))
    }

    package func driftType(of path: String, in resource: ResourceType) -> DriftType {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains(where: { $0 == "resources" || $0 == "containers" }) && !fields.contains("storage") {
            return .size
        }
        if fields.contains(where: { $0 == "replicas" || $0 == "shards" }) { return .replicas }
        if fields.contains("storage") { return .storage }
        return fields.contains("configuration") ? .configuration : .other
    }
}

extension KubeDBProvider {
    /// What KubeDB makes has its labels, and ours beside them since a database hands its own down; so other people's
    /// pods are never looked at.
    private static var watchedKinds: [WatchedKind] {
        let ours = APIGroup.clusterLabel
        let owner: [OwnerLookup] = [.clusterLabel, .label(KubeDBLabel.instance)]
        let databases = KubeDBEngine.all.map { engine in
            WatchedKind(whole: engine.database, labelSelector: ours, owner: [.clusterLabel])
                .required(for: [engine.engine])
        }
        // Other people's requests too: KubeDB carries out one at a time, and nothing but their spec tells of which
        // database.
        let requests = KubeDBEngine.all.map { engine in
            WatchedKind(KubeDBRequest.kind(engine), owner: [.label(KubeDBLabel.database)])
                .required(for: [engine.engine])
        }
        return databases + requests + [
            WatchedKind(
                whole: .kubedbRedisSentinel,
                isRequired: false,
                labelSelector: ours,
                owner: [.clusterLabel],
                isPruned: true
            ),
            WatchedKind(
                KubeDBBinding.kind,
                isRequired: false,
                labelSelector: KubeDBLabel.selector,
                owner: owner
            ),
            WatchedKind(Pod.kind, isRequired: false, labelSelector: KubeDBLabel.selector, owner: owner),
            WatchedKind(
                PersistentVolumeClaim.kind,
                isRequired: false,
                labelSelector: KubeDBLabel.selector,
                owner: owner
            ),
            WatchedKind(KubeDBService.kind, isRequired: false, labelSelector: KubeDBLabel.selector, owner: owner),
            WatchedKind(
                KubeDBTrace.kind(.serviceMonitor),
                isRequired: false,
                labelSelector: KubeDBLabel.selector,
                owner: owner
            ),
        ]
    }

    package var permissions: [PolicyRule] {
        let own = ["get", "list", "watch", "create", "patch", "delete"]
        let databases = KubeDBEngine.all.map(\.database.plural) + [ResourceType.kubedbRedisSentinel.plural]
        return [
            PolicyRule(apiGroups: ["kubedb.com"], resources: databases.sorted(), verbs: own),
            PolicyRule(
                apiGroups: ["ops.kubedb.com"],
                resources: KubeDBEngine.all.map(\.operation.plural).sorted(),
                verbs: own
            ),
            PolicyRule(
                apiGroups: ["catalog.kubedb.com"],
                resources: KubeDBEngine.all.map(\.catalogue.plural).sorted(),
                verbs: ["get", "list"]
            ),
            PolicyRule(
                apiGroups: [ResourceType.appBinding.group],
                resources: [ResourceType.appBinding.plural],
                verbs: ["get", "list", "watch"]
            ),
            PolicyRule(
                apiGroups: [ResourceType.placementPolicy.group],
                resources: [ResourceType.placementPolicy.plural],
                verbs: ["get"]
            ),
            PolicyRule(
                apiGroups: [ResourceType.serviceMonitor.group],
                resources: [ResourceType.serviceMonitor.plural],
                verbs: ["get", "list", "watch"]
            ),
            PolicyRule(apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list", "watch"]),
            PolicyRule(
                apiGroups: [""],
                resources: ["persistentvolumeclaims"],
                verbs: ["get", "list", "watch", "patch", "delete"]
            ),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get"]),
            PolicyRule(apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"]),
        ]
    }
}
