package import CRDs
import JSON
package import KubernetesAPI

/// MongoDB by Percona's operator for it, 1.22.
package struct PSMDBProvider: Provider {
    let sizes: SizeLadder
    package let rendering: String
    package let watches: [WatchedKind] = Self.watchedKinds

    /// The ladder says what size classes mean.
    package init(sizes: SizeLadder = .standard) {
        self.sizes = sizes
        rendering = Self.rendering(with: sizes)
    }

    package var name: ProviderName { .perconaPSMDB }
    package var engines: Set<Engine> { [.mongodb] }
    package var operations: any OperationsHandler { PSMDBOperations(sizes: sizes) }

    /// Percona's operator hands no label of ours down to volumes and StatefulSets, so they are known by its own.
    private static var watchedKinds: [WatchedKind] {
        let owner: [OwnerLookup] = [.label(PSMDBLabel.instance)]
        let parts =
            "\(PSMDBLabel.instance),\(PSMDBLabel.component) in (\(PSMDBLabel.components.joined(separator: ",")))"
        return [
            WatchedKind(whole: .psmdbCluster, labelSelector: APIGroup.clusterLabel, owner: [.clusterLabel]),
            // Anybody's: each backup of a cluster keeps it from stopping, and each restore changes it.
            WatchedKind(PSMDBBackup.kind, owner: [.label(PSMDBLabel.cluster)]),
            WatchedKind(PSMDBRestoreObject.kind, owner: [.label(PSMDBLabel.cluster)]),
            WatchedKind(Pod.kind, isRequired: false, labelSelector: parts, owner: owner),
            WatchedKind(PersistentVolumeClaim.kind, isRequired: false, labelSelector: parts, owner: owner),
            WatchedKind(StatefulSet.kind, isRequired: false, labelSelector: parts, owner: owner),
        ]
    }

    package var permissions: [PolicyRule] {
        [
            PolicyRule(
                apiGroups: [ResourceType.psmdbCluster.group],
                resources: ["perconaservermongodbbackups", "perconaservermongodbrestores", "perconaservermongodbs"],
                verbs: ["get", "list", "watch", "create", "patch", "delete"]
            ),
            PolicyRule(
                apiGroups: [""],
                resources: ["persistentvolumeclaims", "pods"],
                verbs: ["get", "list", "watch", "delete"]
            ),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get", "create", "delete"]),
            PolicyRule(apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["get", "list", "watch"]),
            PolicyRule(apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get"]),
        ]
    }

    package func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        PSMDBView(plan: PSMDBPlan(cluster, observed), sizes: sizes)
    }

    package func driftType(of path: String, in resource: ResourceType) -> DriftType {
        let fields = path.split(separator: ".").map { $0.prefix { $0 != "[" } }
        if fields.contains("volumeSpec") { return .storage }
        if fields.contains("resources") { return .size }
        if fields.last == "size" || fields.last == "replsets" { return .replicas }
        return fields.last == "configuration" ? .configuration : .other
    }
}
