import CRDs
import JSON
import KubernetesAPI

extension ResourceType {
    static let kafka = strimzi("kafkas", "Kafka")
    static let kafkaNodePool = strimzi("kafkanodepools", "KafkaNodePool")
    static let kafkaRebalance = strimzi("kafkarebalances", "KafkaRebalance")
    static let kafkaTopic = strimzi("kafkatopics", "KafkaTopic")
    static let kafkaUser = strimzi("kafkausers", "KafkaUser")
    static let strimziPodSet = ResourceType(
        group: "core.strimzi.io",
        version: "v1",
        plural: "strimzipodsets",
        kind: "StrimziPodSet"
    )

    private static func strimzi(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "kafka.strimzi.io", version: "v1", plural: plural, kind: kind)
    }
}

/// Labels that Strimzi reads or writes (operator-common, model/Labels.java).
enum StrimziLabel {
    static let prefix = "strimzi.io/"
    static let cluster = "strimzi.io/cluster"
    static let kind = "strimzi.io/kind"
    /// On the objects of the nodes alone, not on those of the operators and exporters around them.
    static let poolName = "strimzi.io/pool-name"
    static let brokerRole = "strimzi.io/broker-role"
    static let controllerRole = "strimzi.io/controller-role"
}

/// Annotations that Strimzi reads or writes, and ours on its objects.
enum StrimziAnnotation {
    /// On a Kafka; the same on a KafkaNodePool does nothing.
    static let pause = "strimzi.io/pause-reconciliation"
    /// On a Pod: it is restarted when no partition and no quorum suffers by that.
    static let restart = "strimzi.io/manual-rolling-update"
    /// On a Pod: it is made anew with empty volumes, whatever that does to partitions and quorum.
    static let rebuild = "strimzi.io/delete-pod-and-pvc"
    /// On a Kafka: brokers are taken away with all that they hold.
    static let skipScaleDownCheck = "strimzi.io/skip-broker-scaledown-check"
    /// On each node's Pod.
    static let kafkaVersion = "strimzi.io/kafka-version"
    /// On a KafkaRebalance: its proposal is carried out without being approved.
    static let autoApproval = "strimzi.io/rebalance-auto-approval"
    /// On a KafkaRebalance: what a person tells it to do, taken off when it is done.
    static let rebalance = "strimzi.io/rebalance"
    /// On a KafkaRebalance: the settings of those that Strimzi makes itself.
    static let template = "strimzi.io/rebalance-template"
    /// Ours on the Kafka, see ``StrimziFoundation``.
    static let foundation = "dbaas.io/foundation"
    /// Ours on the Kafka: any change of it makes Strimzi look at once at what was written on Pods.
    static let touched = "dbaas.io/touched"
    /// Ours on a Pod: the uid of the OpsRequest that has marked it; marks without it are somebody else's.
    static let markedBy = "dbaas.io/marked-by"
    /// Ours on volumes that outlive their cluster: the id without which Kafka refuses their data.
    static let clusterID = "dbaas.io/kafka-cluster-id"
}

/// The names of the objects that belong to one cluster (api, KafkaResources.java).
struct StrimziNames {
    let namespace: String
    let cluster: String
    /// Pools are objects of their own, and their names must be free in the namespace: so each has a part of its cluster's.
    let brokers: String
    let controllers: String

    init(_ cluster: DatabaseCluster) {
        namespace = cluster.metadata.namespace
        self.cluster = cluster.metadata.name
        let hash = String(stableHash(of: .string(cluster.metadata.name)) & 0xff_ffff, radix: 16)
        let part = String(repeating: "0", count: 6 - hash.utf8.count) + hash
        brokers = "b-\(part)"
        controllers = "c-\(part)"
    }

    /// The user that clients begin with.
    var admin: String { "\(cluster)-admin" }
    var podMonitor: String { "\(cluster)-metrics" }

    /// The longest service: of the bootstrap of a listener that is not an internal one.
    var longestService: String { "\(cluster)-kafka-\(StrimziListeners.external)-bootstrap" }
    /// The longest pod, whose name is its host name too, with a node id of three digits.
    var longestPod: String { "\(cluster)-\(brokers)-999" }

    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// The volume of a node, given the pod's name.
    func claim(ofPod pod: String) -> String { "data-0-\(pod)" }
}
