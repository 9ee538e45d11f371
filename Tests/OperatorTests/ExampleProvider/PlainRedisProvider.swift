import CRDs
import JSON
import KubernetesAPI
import Providers

/// The example of docs/adding-a-provider.md: Redis as a cache, by a Deployment and no child operator at all.
struct PlainRedisProvider: Provider {
    var name = ProviderName(rawValue: "plain-redis")
    let engines: Set<Engine> = [.redis]
    let rendering = "1"
    var operations: any OperationsHandler { PlainRedisOperations(provider: name) }

    let watches = [
        WatchedKind(whole: .deployment, labelSelector: APIGroup.clusterLabel, owner: [.clusterLabel])
    ]
    let permissions = [
        PolicyRule(
            apiGroups: ["apps"],
            resources: ["deployments"],
            verbs: ["get", "list", "watch", "create", "patch", "delete"]
        )
    ]

    func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        PlainRedisView(cluster: cluster, observed: observed)
    }

    func driftType(of path: String, in resource: ResourceType) -> DriftType {
        path == "spec.replicas" ? .replicas : .other
    }

    func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        guard case .field(let field) = change.act, field.path.first == "metadata" else { return .downtime }
        return .none
    }
}
