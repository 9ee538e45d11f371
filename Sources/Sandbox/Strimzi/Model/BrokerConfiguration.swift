import JSON

/// `spec.kafka.config` as the operator takes it: without what it forbids, checked as far as it knows Kafka's options.
struct BrokerConfiguration: Equatable, Sendable {
    /// The options by name, in the order of their names, each as text.
    let options: [(name: String, value: String)]

    static func == (left: Self, right: Self) -> Bool {
        left.options.elementsEqual(right.options) { $0.name == $1.name && $0.value == $1.value }
    }

    /// - Parameter listeners: those of the spec, each of which frees some options of its own.
    init(_ config: JSONValue?, listeners: [JSONValue]) {
        options = (config?.object ?? [:]).compactMap { field in
            guard !Self.isForbidden(field.name, listeners), let text = Self.text(field.value) else { return nil }
            return (field.name, text)
        }
    }

    subscript(_ name: String) -> String? { options.first { $0.name == name }?.value }

    func number(_ name: String, or standard: Int) -> Int { self[name].flatMap { Int($0) } ?? standard }

    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer, .double, .bool: value.description
        default: nil
        }
    }

    /// Says what is wrong with the values of the options that Kafka knows.
    func validate(_ kafka: JSONValue) throws(StrimziFailure) {
        let errors = options.compactMap { BrokerOption.named($0.name)?.complaint($0.name, $0.value) }
        guard errors.isEmpty else {
            throw .invalidResource(
                "Kafka \(kafka.objectNamespace)/\(kafka.objectName) has invalid spec.kafka.config: "
                    + errors.joined(separator: ", ")
            )
        }
    }

    /// The options that Kafka does not know: a change of one makes every broker's pod another one.
    var unknown: [String] {
        options.filter { BrokerOption.named($0.name) == nil }.map { "\($0.name)=\($0.value)" }
    }

    /// The last words of a server that does not start with those options; nil when it starts.
    static func complaint(about options: [String: String]) -> String? {
        let classes = [
            "metric.reporters", "client.quota.callback.class", "replica.selector.class", "principal.builder.class",
        ]
        for name in classes {
            guard let value = options[name],
                ["does.not.exist", "nonexistent", "NoSuch"].contains(where: value.contains)
            else { continue }
            return "org.apache.kafka.common.config.ConfigException: Invalid value \(value) for configuration \(name): "
                + "Class \(value) could not be found."
        }
        func number(_ name: String, or standard: Int) -> Int { options[name].flatMap { Int($0) } ?? standard }
        guard number("node.id", or: 0) <= number("reserved.broker.max.id", or: 1_000) else {
            return
                "java.lang.IllegalArgumentException: requirement failed: broker.id must be greater than or equal to -1 "
                + "and not greater than reserved.broker.max.id"
        }
        guard number("replica.fetch.wait.max.ms", or: 500) > number("replica.lag.time.max.ms", or: 30_000) else {
            return nil
        }
        return "java.lang.IllegalArgumentException: requirement failed: replica.fetch.wait.max.ms should always be <= "
            + "replica.lag.time.max.ms to prevent frequent changes in ISR"
    }

    // MARK: What is dropped with no more than a line in the operator's log

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

    private static let allowed: Set<String> = [
        "zookeeper.connection.timeout.ms", "sasl.server.max.receive.size", "ssl.cipher.suites", "ssl.protocol",
        "ssl.enabled.protocols", "ssl.secure.random.implementation", "broker.session.timeout.ms",
        "broker.heartbeat.interval.ms", "controller.socket.timeout.ms", "controller.quorum.election.backoff.max.ms",
        "controller.quorum.election.timeout.ms", "controller.quorum.fetch.timeout.ms",
        "cruise.control.metrics.topic.num.partitions", "cruise.control.metrics.topic.replication.factor",
        "cruise.control.metrics.topic.retention.ms", "cruise.control.metrics.topic.auto.create.retries",
        "cruise.control.metrics.topic.auto.create.timeout.ms", "cruise.control.metrics.topic.min.insync.replicas",
    ]

    private static func isForbidden(_ name: String, _ listeners: [JSONValue]) -> Bool {
        let lowered = name.lowercased()
        guard forbidden.contains(where: lowered.hasPrefix), !allowed.contains(lowered) else { return false }
        let own = listeners.flatMap { listener in
            ["connections.max.reauth.ms", "max.connections", "max.connection.creation.rate"].map {
                "listener.name.\(listener.listenerName)-\(listener.port).\($0)"
            }
        }
        return !own.contains(lowered)
    }
}

/// What a server must do when its configuration becomes another.
enum ConfigurationChange: Equatable {
    case none
    /// Everything changed is taken by the running server.
    case dynamic
    case restart

    init(from old: [String: String], to new: [String: String]) {
        let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
        // What Kafka does not know is compared by the revision of the pod and never here.
        let own = changed.contains { name in
            ["listener.name.", "authorizer.", "super.users", "process.roles"].contains(where: name.hasPrefix)
        }
        let known = changed.compactMap(BrokerOption.named)
        self = own ? .restart : known.isEmpty ? .none : known.allSatisfy(\.isDynamic) ? .dynamic : .restart
    }
}
