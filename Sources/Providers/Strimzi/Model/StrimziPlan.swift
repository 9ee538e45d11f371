import CRDs
import JSON
import KubernetesAPI

/// What applier, hook, status and operations all have to know about a cluster, worked out once per snapshot.
///
/// Shared by reference: it holds the whole cluster and snapshot, which would be dear to copy from part to part.
final class StrimziPlan: Sendable {
    let cluster: DatabaseCluster
    let observed: Observed
    let options: StrimziOptions
    let names: StrimziNames
    /// Nil while there is no Kafka.
    let kafka: StrimziKafka?
    /// Those of ours, in the order of their names.
    let pools: [StrimziNodePool]
    let foundation: StrimziFoundation
    /// What shall run; a version that is not known here is the running one's text.
    let version: String

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        options = StrimziOptions(cluster)
        names = StrimziNames(cluster)
        kafka = StrimziKafka(observed, of: cluster)
        pools = observed.bodies(.kafkaNodePool, as: DynamicObject.self).map { StrimziNodePool($0) }
            .sorted { $0.metadata.name < $1.metadata.name }
        foundation = StrimziFoundation(cluster, options, kafka, pools)
        // A version that nobody chose is kept: a new default of the operator must not upgrade a running database.
        version =
            cluster.spec.version ?? cluster.status.version ?? kafka?.version ?? StrimziVersion.standard.description
    }

    /// How Prometheus shall scrape the nodes; nil when it shall not.
    var scraping: PrometheusSpec? {
        guard let monitoring = cluster.spec.monitoring, monitoring.enabled else { return nil }
        return monitoring.prometheus ?? PrometheusSpec()
    }

    /// The live pool of the nodes that hold data.
    var brokerPool: StrimziNodePool? { pools.first { $0.metadata.name == names.brokers } }

    func podSet(of pool: StrimziNodePool) -> StrimziPodSet? {
        observed.child(.strimziPodSet, named: "\(names.cluster)-\(pool.metadata.name)")?.body as? StrimziPodSet
    }

    /// The nodes' pods, in the order of their names.
    var pods: [Pod] {
        observed.bodies(.pod, as: Pod.self).sorted { $0.metadata.name < $1.metadata.name }
    }

    var claims: [PersistentVolumeClaim] {
        observed.bodies(.persistentVolumeClaim, as: PersistentVolumeClaim.self)
            .sorted { $0.metadata.name < $1.metadata.name }
    }

    /// The volumes of a pool's nodes; those that brokers left behind which are gone are not among them.
    func claims(of pool: StrimziNodePool) -> [PersistentVolumeClaim] {
        let names = Set(pool.nodeIDs.map { self.names.claim(ofPod: podName($0, pool)) })
        return claims.filter { names.contains($0.metadata.name) }
    }

    func podName(_ id: Int, _ pool: StrimziNodePool) -> String { "\(names.cluster)-\(pool.metadata.name)-\(id)" }

    var rebalances: [StrimziRebalance] { observed.bodies(.kafkaRebalance, as: StrimziRebalance.self) }

    /// The user that the operator makes, as Strimzi tells of it.
    var user: StrimziUser? {
        (observed.child(.kafkaUser, named: names.admin)?.body as? DynamicObject).map { StrimziUser($0) }
    }
}

/// What is looked at of a `KafkaUser`.
struct StrimziUser {
    private(set) var secret: String?
    private(set) var conditions: [Condition] = []

    init(_ object: DynamicObject) {
        var copy = self
        try? object.read { (root) throws(JSONError) in
            guard let status = root["status"] else { return }
            copy.secret = status["secret"]?.string
            copy.conditions = status["conditions"].flatMap { try? [Condition](from: $0) } ?? []
        }
        self = copy
    }

    var isReady: Bool { conditions.isTrue("Ready") && secret != nil }
    var trouble: Condition? { conditions.first { $0.type == "NotReady" && $0.status == .true } }
}

extension Pod {
    /// The container that Kafka runs in.
    var kafka: Container? { containers.first { $0.name == "kafka" } }
    var isBroker: Bool { metadata.labels[StrimziLabel.brokerRole] == "true" }
    var isController: Bool { metadata.labels[StrimziLabel.controllerRole] == "true" }
}
