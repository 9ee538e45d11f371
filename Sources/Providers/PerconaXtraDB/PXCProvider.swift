package import CRDs
import JSON
package import KubernetesAPI

/// MySQL by Percona's operator for XtraDB Cluster 1.19.
package struct PXCProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String
    package let watches: [WatchedKind] = Self.watchedKinds

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .perconaPXC }
    package var engines: Set<Engine> { [.mysql] }
    package var operations: any OperationsHandler { PXCOperations(sizes: sizes) }

    /// Percona's operator labels pods and volumes with the cluster's name and what they are for.
    private static var watchedKinds: [WatchedKind] {
        let ours = APIGroup.clusterLabel
        let owner: [OwnerLookup] = [.clusterLabel]
        let instance: [OwnerLookup] = [.label(PXCLabel.instance)]
        let parts = "\(PXCLabel.component) in (pxc,haproxy,proxysql),\(PXCLabel.instance)"
        return [
            WatchedKind(whole: .pxcCluster, labelSelector: ours, owner: owner),
            // Those that a schedule makes carry nothing of ours; see their init.
            WatchedKind(PXCBackup.kind, owner: owner),
            WatchedKind(PXCRestoreObject.kind, owner: owner),
            WatchedKind(Pod.kind, isRequired: false, labelSelector: parts, owner: instance),
            WatchedKind(
                PersistentVolumeClaim.kind,
                isRequired: false,
                labelSelector: "\(PXCLabel.component) in (pxc,proxysql),\(PXCLabel.instance)",
                owner: instance
            ),
        ]
    }

    package var permissions: [PolicyRule] {
        let group = ResourceType.pxcCluster.group
        let own = ["get", "list", "watch", "create", "patch", "delete"]
        return [
            PolicyRule(
                apiGroups: [group],
                resources: [
                    ResourceType.pxcBackup.plural, ResourceType.pxcRestore.plural, ResourceType.pxcCluster.plural,
                ],
                verbs: own
            ),
            PolicyRule(
                apiGroups: [""],
                resources: ["persistentvolumeclaims", "pods"],
                verbs: ["get", "list", "watch", "delete"]
            ),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get", "create"]),
            PolicyRule(apiGroups: ["batch"], resources: ["jobs"], verbs: ["get"]),
            PolicyRule(apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"]),
        ]
    }

    package func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        PXCView(plan: PXCPlan(cluster, observed), sizes: sizes)
    }

    package func driftType(of path: String, in resource: ResourceType) -> DriftType {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains("volumeSpec") { return .storage }
        if fields.contains("resources") { return .size }
        if fields.last == "size" { return .replicas }
        return fields.last == "configuration" ? .configuration : .other
    }
}
