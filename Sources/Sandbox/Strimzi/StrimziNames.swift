import JSON
import KubernetesAPI

extension ResourceType {
    static let kafka = strimzi("kafkas", "Kafka")
    static let kafkaNodePool = strimzi("kafkanodepools", "KafkaNodePool")
    static let kafkaUser = strimzi("kafkausers", "KafkaUser")
    static let kafkaTopic = strimzi("kafkatopics", "KafkaTopic")
    static let kafkaRebalance = strimzi("kafkarebalances", "KafkaRebalance")
    static let strimziPodSet = strimzi("strimzipodsets", "StrimziPodSet", group: "core.strimzi.io")
    static let clusterRoleBinding = ResourceType(
        group: "rbac.authorization.k8s.io",
        version: "v1",
        plural: "clusterrolebindings",
        kind: "ClusterRoleBinding",
        isNamespaced: false
    )

    private static func strimzi(_ plural: String, _ kind: String, group: String = Strimzi.group) -> ResourceType {
        ResourceType(group: group, version: "v1", plural: plural, kind: kind, isNamespaced: true)
    }
}

/// The names Strimzi gives things.
enum Strimzi {
    static let group = "kafka.strimzi.io"
    static let operatorVersion = "1.2.0"
    static let operatorImage = "quay.io/strimzi/operator:1.2.0"

    enum Label {
        static let prefix = "strimzi.io/"
        static let cluster = "strimzi.io/cluster"
        static let kind = "strimzi.io/kind"
        static let name = "strimzi.io/name"
        static let pool = "strimzi.io/pool-name"
        static let podName = "strimzi.io/pod-name"
        static let controller = "strimzi.io/controller"
        static let controllerName = "strimzi.io/controller-name"
        static let componentType = "strimzi.io/component-type"
        static let brokerRole = "strimzi.io/broker-role"
        static let controllerRole = "strimzi.io/controller-role"
    }

    enum Annotation {
        static let pause = "strimzi.io/pause-reconciliation"
        static let manualRoll = "strimzi.io/manual-rolling-update"
        static let deletePodAndClaim = "strimzi.io/delete-pod-and-pvc"
        static let skipScaleDownCheck = "strimzi.io/skip-broker-scaledown-check"
        static let nextNodeIDs = "strimzi.io/next-node-ids"
        static let removeNodeIDs = "strimzi.io/remove-node-ids"
        static let storage = "strimzi.io/storage"
        static let version = "strimzi.io/kafka-version"
        static let revision = "strimzi.io/revision"
        static let resourceRevision = "strimzi.io/resource-revision"
        static let configurationHash = "strimzi.io/configuration-hash"
        static let certificateHash = "strimzi.io/server-cert-hash"
        static let clusterAuthorityGeneration = "strimzi.io/cluster-ca-cert-generation"
        static let clusterAuthorityKeyGeneration = "strimzi.io/cluster-ca-key-generation"
        static let clientsAuthorityGeneration = "strimzi.io/clients-ca-cert-generation"
        static let deleteClaim = "strimzi.io/delete-claim"
        static let forceRenew = "strimzi.io/force-renew"
        static let inPlaceResizing = "strimzi.io/in-place-resizing"
        static let inPlaceResizingError = "strimzi.io/in-place-resizing-error"
        static let rebalance = "strimzi.io/rebalance"
        static let autoApproval = "strimzi.io/rebalance-auto-approval"
        static let rebalanceTemplate = "strimzi.io/rebalance-template"
        static let managed = "strimzi.io/managed"
        /// Says that a broker holds replicas of partitions, since no broker can be asked.
        ///
        /// Only the sandbox writes it, on the ConfigMap of the node, which outlives the node's pod and volumes.
        static let holdsReplicas = "sandbox.dbaas.io/holds-replicas"
        /// The cluster id that the disk of a claim was formatted with; only the sandbox writes it.
        static let formattedFor = "sandbox.dbaas.io/cluster-id"
        /// The configuration that the server of a pod runs with, since no server can be asked.
        ///
        /// Only the sandbox writes it.
        static let startedWith = "sandbox.dbaas.io/started-with"
    }

    enum Finalizer {
        static let topic = "strimzi.io/topic-operator"
        static let autoRebalancing = "strimzi.io/auto-rebalancing"
    }

    static func bootstrap(_ cluster: String) -> String { cluster + "-kafka-bootstrap" }
    static func brokers(_ cluster: String) -> String { cluster + "-kafka-brokers" }
    static func entityOperator(_ cluster: String) -> String { cluster + "-entity-operator" }
    static func cruiseControl(_ cluster: String) -> String { cluster + "-cruise-control" }
    static func exporter(_ cluster: String) -> String { cluster + "-kafka-exporter" }
    static func autoRebalance(_ cluster: String, _ mode: String) -> String { "\(cluster)-auto-rebalancing-\(mode)" }

    /// An owner reference as Strimzi writes it.
    static func owner(_ object: JSONValue, _ resource: ResourceType, controller: Bool = false) -> JSONValue {
        [
            "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind),
            "name": .string(object.objectName), "uid": .string(object.objectUID),
            "controller": .bool(controller), "blockOwnerDeletion": true,
        ]
    }
}

extension Delays.Base {
    /// How often the operator looks at everything without a reason; two minutes in life.
    static let fullReconciliation: Int64 = 6_000_000
    /// How long the operator waits for one thing; five minutes in life.
    static let operationTimeout: Int64 = 15_000_000
    /// How long Cruise Control collects metrics before it has a proposal; five minutes in life.
    static let metricsCollection: Int64 = 10_000_000
    static let proposal: Int64 = 1_000_000
    static let dataMovement: Int64 = 2_500_000
}

/// A reconciliation that ends with a condition `NotReady`, as an exception of the operator does.
struct StrimziFailure: Error, Equatable {
    /// The class of the exception.
    let reason: String
    let message: String

    static func invalidResource(_ message: String) -> Self {
        Self(reason: "InvalidResourceException", message: message)
    }
    static func invalidConfiguration(_ message: String) -> Self {
        Self(reason: "InvalidConfigurationException", message: message)
    }
    static func illegalArgument(_ message: String) -> Self {
        Self(reason: "IllegalArgumentException", message: message)
    }
    static func upgrade(_ message: String) -> Self { Self(reason: "KafkaUpgradeException", message: message) }
    static func fatal(_ message: String) -> Self { Self(reason: "FatalProblem", message: message) }
    static func runtime(_ message: String) -> Self { Self(reason: "RuntimeException", message: message) }

    static func timeout(_ what: String, _ name: String, in namespace: String, toBe state: String) -> Self {
        Self(
            reason: "StrimziTimeoutException",
            message:
                "Exceeded timeout of 300000ms while waiting for \(what) resource \(name) in namespace \(namespace) "
                + "to be \(state)"
        )
    }
}

extension JSONValue {
    /// Whether a boolean annotation says true.
    func isAnnotated(_ name: String) -> Bool { annotation(name)?.lowercased() == "true" }

    /// For a resource of Strimzi: whether it is ready; one that is not has another condition instead.
    var hasReadyCondition: Bool { conditionStatus("Ready") == "True" }

    var isPodReady: Bool { conditionStatus("Ready") == "True" && !isBeingDeleted }

    /// For a pod: whether something keeps it from becoming ready, so that waiting longer does not help.
    var isTroubled: Bool {
        isStuck || annotation(RequestedFailure.annotation) != nil
            || annotation(WorkloadMachine.heldAnnotation) != nil
    }

    /// For a pod: whether the operator takes it for one that will not start without its help.
    var isStuck: Bool {
        if at("status", "phase")?.string == "Pending", isUnschedulable { return true }
        let kafka = at("status", "containerStatuses")?.array?.first { $0["name"]?.string == "kafka" }
        let stuck = ["CrashLoopBackOff", "ImagePullBackOff", "ContainerCreating", "InvalidImageName"]
        return kafka?.at("state", "waiting", "reason")?.string.map(stuck.contains) ?? false
    }
}
