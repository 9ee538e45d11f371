import CRDs

/// The rules for `spec.config` of a Kafka cluster (strimzi api, KafkaClusterSpec.java and cluster-operator, KafkaCluster).
///
/// What Strimzi forbids it drops with nothing but a line in its log.
struct StrimziParameters {
    private let cluster: DatabaseCluster
    private let foundation: StrimziFoundation
    private let values: [String: String]

    init(_ cluster: DatabaseCluster, _ foundation: StrimziFoundation) {
        self.cluster = cluster
        self.foundation = foundation
        values = Dictionary(cluster.spec.config.map { ($0.name, $0.value) }) { _, last in last }
    }

    func refusals() -> [Refusal] { cluster.spec.config.compactMap { Self.refusal(ofName: $0.name) } + replication }

    private static func refusal(ofName name: String) -> Refusal? {
        guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
            return Refusal(
                "InvalidParameter",
                "config: \(name) is not a Kafka parameter name: use letters, digits, dots, dashes and _"
            )
        }
        let lowercased = name.lowercased()
        guard let prefix = forbidden.first(where: lowercased.hasPrefix), !isException(name) else { return nil }
        return Refusal(
            "ForbiddenParameter",
            "config: \(name) is set by Strimzi itself, which drops every parameter that begins with \(prefix) without a "
                + "word; \(advice(lowercased))"
        )
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func advice(_ name: String) -> String {
        if ["listener", "advertised.", "port", "host.name"].contains(where: name.hasPrefix) {
            return "use spec.expose"
        }
        if ["ssl.", "sasl.", "security."].contains(where: name.hasPrefix) {
            return "use providerOptions.authentication"
        }
        if name.hasPrefix("broker.rack") { return "use providerOptions.rack" }
        return "leave it out"
    }

    // MARK: - Replication

    private static let counts = [
        "default.replication.factor", "offsets.topic.replication.factor", "transaction.state.log.replication.factor",
        "transaction.state.log.min.isr",
    ]

    /// With more replicas than brokers Strimzi refuses the whole cluster.
    private var replication: [Refusal] {
        var refusals: [Refusal] = []
        for name in Self.counts + ["min.insync.replicas"] {
            guard let text = values[name], (Int(text) ?? 0) < 1 else { continue }
            refusals.append(Refusal("InvalidParameter", "config: \(name) is \(text), but must be a number from 1"))
        }
        guard refusals.isEmpty else { return refusals }
        if let refusal = Self.refusal(ofBrokers: cluster.spec.clusterSize, values, foundation) { return [refusal] }
        let factor = number("default.replication.factor")
        let inSync = number("min.insync.replicas")
        guard inSync > factor else { return [] }
        return [
            Refusal(
                "TooFewReplicas",
                "config: min.insync.replicas \(inSync) is more than the \(factor) replicas that default.replication.factor "
                    + "gives a topic, so no write would ever be taken; lower the one or raise the other"
            )
        ]
    }

    private func number(_ name: String) -> Int { Self.number(name, values, foundation) }

    private static func number(_ name: String, _ values: [String: String], _ foundation: StrimziFoundation) -> Int {
        values[name].flatMap { Int($0) } ?? foundation.parameters.first { $0.name == name }?.value ?? 0
    }

    private static func refusal(
        ofBrokers brokers: Int,
        _ values: [String: String],
        _ foundation: StrimziFoundation
    ) -> Refusal? {
        let needs = counts.map { ($0, number($0, values, foundation)) }
        guard let (name, wanted) = needs.first(where: { $0.1 > brokers }) else { return nil }
        let source = values[name] == nil ? ", which was decided when the cluster was created" : ""
        return Refusal(
            "TooFewBrokers",
            "clusterSize \(brokers) is less than the \(wanted) replicas that \(name) asks for\(source); keep more brokers, "
                + "or set config \(name) lower and give existing topics fewer replicas first"
        )
    }

    /// Why a cluster cannot have that many brokers; nil when it can.
    func refusal(ofBrokers brokers: Int) -> Refusal? { Self.refusal(ofBrokers: brokers, values, foundation) }
}

extension StrimziParameters {
    /// The prefixes that Strimzi 1.2 drops, compared without regard to case.
    private static let forbidden = [
        "listeners", "advertised.", "broker.", "listener.", "host.name", "port", "inter.broker.listener.name", "sasl.",
        "ssl.", "security.", "password.", "log.dir", "zookeeper.connect", "zookeeper.set.acl", "zookeeper.ssl",
        "zookeeper.clientcnxnsocket", "zookeeper.metadata.migration.enable", "authorizer.", "super.user",
        "cruise.control.metrics.topic", "cruise.control.metrics.reporter.bootstrap.servers", "node.id", "process.roles",
        "controller.", "metadata.log.dir", "client.quota.callback.static.kafka.admin.",
        "client.quota.callback.static.produce", "client.quota.callback.static.fetch",
        "client.quota.callback.static.storage.per.volume.limit.min.available.",
        "client.quota.callback.static.excluded.principal.name.list", "prometheus.metrics.reporter.",
        "cordoned.log.dirs",
    ]

    private static let exceptions: Set<String> = [
        "zookeeper.connection.timeout.ms", "sasl.server.max.receive.size", "ssl.cipher.suites", "ssl.protocol",
        "ssl.enabled.protocols", "ssl.secure.random.implementation", "broker.session.timeout.ms",
        "broker.heartbeat.interval.ms", "controller.socket.timeout.ms", "controller.quorum.election.backoff.max.ms",
        "controller.quorum.election.timeout.ms", "controller.quorum.fetch.timeout.ms",
        "cruise.control.metrics.topic.num.partitions", "cruise.control.metrics.topic.replication.factor",
        "cruise.control.metrics.topic.retention.ms", "cruise.control.metrics.topic.auto.create.retries",
        "cruise.control.metrics.topic.auto.create.timeout.ms", "cruise.control.metrics.topic.min.insync.replicas",
    ]

    private static let ofListeners = [
        ".connections.max.reauth.ms", ".max.connections", ".max.connection.creation.rate",
    ]

    /// Exceptions are exact, but for the few settings that each listener has.
    private static func isException(_ name: String) -> Bool {
        if exceptions.contains(name) { return true }
        guard name.hasPrefix("listener.name."), let suffix = ofListeners.first(where: name.hasSuffix) else {
            return false
        }
        let listener = name.dropFirst("listener.name.".count).dropLast(suffix.count)
        return !listener.isEmpty && listener.contains("-") && !listener.contains(".")
    }
}
