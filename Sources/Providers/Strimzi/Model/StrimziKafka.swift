import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a `Kafka`; a field that is missing or of another kind than expected is nil or empty.
struct StrimziKafka {
    private(set) var metadata: ObjectMeta

    // spec
    private(set) var version: String?
    private(set) var config: [String: String] = [:]
    private(set) var hasCruiseControl = false
    /// Whether Strimzi itself moves partitions when brokers come and go.
    private(set) var rebalancesItself = false

    // status
    private(set) var conditions: [Condition] = []
    /// Of the spec that the last finished reconciliation began with.
    private(set) var observedGeneration: Int64 = 0
    /// `bootstrapServers` by the listener's name.
    private(set) var listeners: [String: String] = [:]
    private(set) var clusterID: String?
    private(set) var kafkaVersion: String?
    private(set) var metadataVersion: String?
    private(set) var rebalanceState: String?
    /// When that state was entered.
    private(set) var rebalancedAt: Timestamp?
    /// Brokers that partitions are moved to or away from, now or next.
    private(set) var rebalancedBrokers: [Int64] = []
    private(set) var isRebalancing = false

    /// Nil when it is not there.
    init?(_ observed: Observed, of cluster: DatabaseCluster) {
        guard let child = observed.child(.kafka, named: cluster.metadata.name),
            let object = child.body as? DynamicObject
        else { return nil }
        metadata = object.metadata
        var copy = self
        // A document that cannot be read leaves everything empty, which counts as not reconciled yet.
        try? object.read { (root) throws(JSONError) in
            if let spec = root["spec"] { copy.readSpec(spec) }
            if let status = root["status"] { copy.readStatus(status) }
        }
        self = copy
    }

    private mutating func readSpec(_ spec: JSONElement) {
        let kafka = spec["kafka"]
        version = kafka?["version"]?.string
        kafka?["config"]?.forEachField { name, value in config[name.string] = Self.text(value) }
        guard let cruiseControl = spec["cruiseControl"], !cruiseControl.isNull else { return }
        hasCruiseControl = true
        cruiseControl["autoRebalance"]?.forEachItem { _ in rebalancesItself = true }
    }

    /// Strimzi takes texts, numbers and truth values.
    private static func text(_ value: JSONElement) -> String? {
        value.string ?? value.integer.map { String($0) } ?? value.bool.map { String($0) }
            ?? value.double.map { String($0) }
    }

    private mutating func readStatus(_ status: JSONElement) {
        conditions = status["conditions"].flatMap { try? [Condition](from: $0) } ?? []
        observedGeneration = status["observedGeneration"]?.integer ?? 0
        clusterID = status["clusterId"]?.string
        kafkaVersion = status["kafkaVersion"]?.string
        metadataVersion = status["kafkaMetadataVersion"]?.string
        status["listeners"]?.forEachItem { listener in
            guard let name = listener["name"]?.string else { return }
            listeners[name] = listener["bootstrapServers"]?.string
        }
        guard let rebalance = status["autoRebalance"] else { return }
        rebalanceState = rebalance["state"]?.string
        rebalancedAt = rebalance["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
        rebalance["modes"]?.forEachItem { mode in
            isRebalancing = true
            mode["brokers"]?.forEachItem { broker in rebalancedBrokers += broker.integer.map { [$0] } ?? [] }
        }
        if let rebalanceState, rebalanceState != "Idle" { isRebalancing = true }
    }
}

extension StrimziKafka {
    var isReady: Bool { conditions.isTrue("Ready") }

    /// Why it is not ready, in Strimzi's words; there is no Ready that is false.
    var trouble: Condition? { conditions.first { $0.type == "NotReady" && $0.status == .true } }

    /// The first status of all.
    var isBeingCreated: Bool { trouble?.reason == "Creating" }

    /// Whether the last reconciliation was held back by the annotation; it writes no listeners then.
    var isPaused: Bool { conditions.isTrue("ReconciliationPaused") }

    var isToldToPause: Bool { metadata.annotations[StrimziAnnotation.pause] == "true" }

    /// What Strimzi could not do or advises against; Ready stays True beside them.
    var warnings: [Condition] { conditions.filter { $0.type == "Warning" && $0.status == .true } }

    func warning(_ reason: String) -> Condition? { warnings.first { $0.reason == reason } }

    /// A whole reconciliation of the spec as it is now has passed, rolling restarts included.
    var hasSettled: Bool { isReady && isSeen }

    /// The last reconciliation, whatever its end, began with the spec as it is now.
    var isSeen: Bool { observedGeneration >= metadata.generation }

    /// Reasons that only another spec takes away.
    static let permanentReasons: Set<String> = [
        "IllegalArgumentException", "InvalidConfigurationException", "InvalidResourceException",
        "KafkaUpgradeException", "UnsupportedKafkaVersionException",
    ]

    var isRefused: Bool { trouble.map { Self.permanentReasons.contains($0.reason) } ?? false }
}

extension Condition {
    /// Such as `StrimziTimeoutException: Exceeded timeout`.
    var words: String { message.isEmpty ? reason : "\(reason): \(message)" }
}
