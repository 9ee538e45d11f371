import CRDs
import JSON
import KubernetesAPI
import Providers

/// What the example makes of one cluster: what it refuses, what it renders, how it stands.
struct PlainRedisView: ClusterView {
    let cluster: DatabaseCluster
    let observed: Observed

    private var deployment: Deployment? { observed.plainRedis(cluster) }

    func validate() -> [Refusal] {
        guard cluster.spec.clusterSize > 1 else { return [] }
        return [Refusal("SizeUnsupported", "A cache has one member: set spec.clusterSize to 1.")]
    }

    func preReconcile() -> HookAnswer { .proceed }

    func applier() -> any Applier { PlainRedisApplier(cluster: cluster) }

    func status() -> ClusterReport {
        let isReady = deployment?.isRolledOut == true
        var report = ClusterReport(
            phase: isReady ? .ready : .initializing,
            message: isReady ? "" : "The member is not ready yet."
        )
        report.instances = 1
        report.readyInstances = deployment.map { Int($0.readyReplicas) }
        report.version = cluster.spec.version ?? PlainRedisApplier.version
        return report
    }

    /// The Deployment has the cluster as its owner and goes with it.
    func cleanup() -> CleanupAnswer { .done }
}

extension Observed {
    /// The Deployment as far as it is looked at; nil while there is none.
    func plainRedis(_ cluster: DatabaseCluster) -> Deployment? {
        let child = child(.deployment, named: cluster.metadata.name)?.body as? DynamicObject
        return try? child?.read { (element) throws(JSONError) in try Deployment(from: element) }
    }
}

/// The children of one cluster; steps that have nothing to add are empty.
struct PlainRedisApplier: Applier {
    static let version = "7.4.6"

    let cluster: DatabaseCluster
    private var pod: JSONObject = [:]

    init(cluster: DatabaseCluster) { self.cluster = cluster }

    mutating func metadata() {}

    mutating func engine() {
        let version = cluster.spec.version ?? Self.version
        pod["containers"] = [["name": "redis", "image": .string("redis:\(version)")]]
    }

    mutating func proxy() {}
    mutating func monitoring() {}

    mutating func podSchedulingPolicy() {
        let nodes = cluster.spec.podSchedulingPolicy?.nodeSelector ?? [:]
        if !nodes.isEmpty { pod["nodeSelector"] = JSONValue(nodes) }
    }

    mutating func backup() {}
    mutating func dataSource() {}

    func result() -> [DesiredObject] {
        let labels = ChildLabels.of(cluster: cluster.metadata.name)
        let own: JSONValue = .object(JSONObject([(APIGroup.clusterLabel, .string(cluster.metadata.name))]))
        let template: JSONValue = ["metadata": ["labels": own], "spec": .object(pod)]
        let deployment = DesiredObject(
            .deployment,
            cluster.metadata.key,
            labels: labels,
            owner: cluster,
            spec: ["replicas": 1, "selector": ["matchLabels": own], "template": template]
        )
        return [deployment]
    }
}
