import JSON
import KubernetesAPI

/// What the operator refuses in pools.
enum PoolRules {
    static func validate(_ pools: [JSONValue], of cluster: String) throws(StrimziFailure) {
        guard pools.contains(where: { $0.poolReplicas > 0 }) else {
            throw .invalidResource(
                "KafkaNodePools are enabled, but KafkaNodePools for Kafka cluster \(cluster) either don't exist or have 0 "
                    + "replicas. Please make sure at least one KafkaNodePool resource exists, is in the same namespace "
                    + "as the Kafka resource, has at least one replica, and has the strimzi.io/cluster label set to the "
                    + "name of the Kafka resource."
            )
        }
        var errors = pools.filter(\.poolRoles.isEmpty).map {
            "KafkaNodePool \($0.objectName) has no role defined in .spec.roles"
        }
        for role in ["broker", "controller"]
        where !pools.contains(where: { $0.poolReplicas > 0 && $0.poolRoles.contains(role) }) {
            errors.append(
                "At least one KafkaNodePool with the \(role) role and at least one replica is required when KRaft mode is "
                    + "enabled"
            )
        }
        guard errors.isEmpty else {
            throw .invalidResource("The Kafka cluster \(cluster) is invalid: [\(errors.joined(separator: ", "))]")
        }
    }

    static func checkResources(_ resources: JSONValue?) throws(StrimziFailure) {
        func amount(_ part: String, _ type: String) -> Quantity? {
            resources?.at(part, type).flatMap { $0.string ?? $0.description }.flatMap { Quantity($0) }
        }
        var errors: [String] = []
        let zero = Quantity(0)
        for type in ["cpu", "memory"] {
            let request = amount("requests", type)
            let limit = amount("limits", type)
            if let request, request <= zero {
                errors.append("KafkaNodePool.spec.resources \(type) request must be > zero")
            }
            if let limit, limit <= zero { errors.append("KafkaNodePool.spec.resources \(type) limit must be > zero") }
            if let request, let limit, request > limit {
                errors.append("KafkaNodePool.spec.resources \(type) request must be <= limit")
            }
        }
        guard errors.isEmpty else { throw .invalidResource("[\(errors.joined(separator: ", "))]") }
    }

    /// Labels are copied to everything made, so the operator's own must not be among them.
    static func checkLabels(_ resource: JSONValue) throws(StrimziFailure) {
        let names = resource.at("metadata", "labels")?.object?.names ?? []
        guard !names.contains(where: { $0.hasPrefix(Strimzi.Label.prefix) && !$0.hasPrefix(Strimzi.Label.cluster) })
        else {
            throw .illegalArgument(
                "Labels starting with strimzi.io/ are not allowed in Custom Resources, such labels should be removed."
            )
        }
    }
}

/// What the operator refuses in a Kafka, given its pools.
struct KafkaRules {
    let model: KafkaModel

    func validate() throws(StrimziFailure) {
        let brokers = model.brokers.count
        for option in [
            "default.replication.factor", "offsets.topic.replication.factor",
            "transaction.state.log.replication.factor", "transaction.state.log.min.isr",
        ] { try checkFactor(option, brokers) }
        try checkMetrics()
        try model.configuration.validate(model.kafka)
        try checkCruiseControl(brokers)
        try ListenerRules.validate(model.listeners, brokers: model.brokers.map(\.id))
    }

    private func checkFactor(_ option: String, _ brokers: Int) throws(StrimziFailure) {
        guard let value = model.spec.at("config")?[option] else { return }
        guard let factor = Int(value.string ?? value.description) else {
            throw .invalidResource("Property \(option) should be an integer")
        }
        guard factor > brokers else { return }
        throw .invalidResource(
            "Kafka configuration option '\(option)' should be set to \(brokers)\(brokers > 1 ? " or less" : "") because "
                + "this cluster has only \(brokers) Kafka broker(s)."
        )
    }

    private func checkMetrics() throws(StrimziFailure) {
        guard let metrics = model.spec["metricsConfig"], metrics["type"]?.string == "jmxPrometheusExporter",
            metrics.at("valueFrom", "configMapKeyRef", "name")?.string == nil
                || metrics.at("valueFrom", "configMapKeyRef", "key")?.string == nil
        else { return }
        throw .invalidResource("Metrics configuration is invalid: [Name or Key or both are missing]")
    }

    private func checkCruiseControl(_ brokers: Int) throws(StrimziFailure) {
        guard model.hasCruiseControl else { return }
        let beginning = "Kafka \(model.namespace)/\(model.name) has invalid configuration."
        guard brokers >= 2 else {
            throw .invalidResource(
                "\(beginning) Cruise Control cannot be deployed with a Kafka cluster which has only one broker. It requires at "
                    + "least two Kafka brokers."
            )
        }
        let standard = model.configuration.number("default.replication.factor", or: 1)
        let factor = model.configuration.number("cruise.control.metrics.topic.replication.factor", or: standard)
        guard factor <= brokers else {
            throw .invalidResource(
                "\(beginning) Cruise Control metrics reporter replication factor (\(factor)) cannot be higher than number of "
                    + "brokers (\(brokers))."
            )
        }
        let minimum = model.configuration.number("cruise.control.metrics.topic.min.insync.replicas", or: 1)
        guard minimum > factor else { return }
        throw .illegalArgument(
            "The Cruise Control metric topic minISR was set to a value (\(minimum)) which is higher than the number of "
                + "replicas for that topic (\(factor)). Please ensure that the Cruise Control metrics topic minISR is <= to "
                + "the topic's replication factor."
        )
    }
}

/// What the operator warns of while it carries everything out (`KafkaSpecChecker`).
struct KafkaWarnings {
    let model: KafkaModel

    var all: [KafkaModel.Warning] {
        var warnings: [KafkaModel.Warning] = []
        func warn(_ reason: String, _ message: String, _ condition: Bool) {
            if condition { warnings.append(KafkaModel.Warning(reason: reason, message: message)) }
        }
        let brokers = model.brokers.count
        for (option, reason) in [
            ("default.replication.factor", "KafkaDefaultReplicationFactor"),
            ("min.insync.replicas", "KafkaMinInsyncReplicas"),
        ] {
            warn(
                reason,
                "\(option) option is not configured. It defaults to 1 which does not guarantee reliability and "
                    + "availability. You should configure this option in .spec.kafka.config.",
                brokers > 1 && model.configuration[option] == nil
            )
        }
        warn(
            "KafkaStorage",
            "A Kafka cluster with a single broker node and ephemeral storage will lose topic messages after any restart "
                + "or rolling update.",
            brokers == 1 && usesEphemeral(model.brokers)
        )
        let controllers = model.controllers.count
        warn(
            "KafkaStorage",
            "A Kafka cluster with a single controller node and ephemeral storage will lose data after any restart or "
                + "rolling update.",
            controllers == 1 && usesEphemeral(model.controllers)
        )
        warn(
            "KafkaKRaftControllerNodeCount",
            controllers == 2
                ? "Running KRaft controller quorum with two nodes is not advisable as both nodes will be needed to avoid "
                    + "downtime. It is recommended that a minimum of three nodes are used."
                : "Running KRaft controller quorum with an odd number of nodes is recommended.",
            controllers.isMultiple(of: 2)
        )
        warn(
            "KafkaMetadataVersion",
            "Metadata version is older than the Kafka version used by the cluster, which suggests that an upgrade is "
                + "incomplete.",
            !isMetadataCurrent
        )
        for (option, reason) in [
            ("inter.broker.protocol.version", "KafkaInterBrokerProtocolVersionInKRaft"),
            ("log.message.format.version", "KafkaLogMessageFormatVersionInKRaft"),
        ] {
            warn(
                reason,
                "\(option) is not used in KRaft-based Kafka clusters and should be removed from the Kafka custom resource.",
                model.configuration[option] != nil
            )
        }
        warn(
            "DeprecatedObjects",
            "ingress type listeners are deprecated.",
            model.listeners.contains { $0.listenerType == "ingress" }
        )
        return warnings
    }

    private func usesEphemeral(_ nodes: [KafkaModel.Node]) -> Bool {
        model.pools.contains { $0.name == nodes.first?.pool && $0.storage.usesEphemeral }
    }

    private var isMetadataCurrent: Bool {
        let minor = model.versions.metadata.prefix { $0 != "-" }
        return model.versions.to.hasPrefix(minor)
    }
}
