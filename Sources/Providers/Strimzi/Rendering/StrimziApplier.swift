import CRDs
import JSON
import KubernetesAPI

/// Renders a Kafka cluster as Strimzi's `Kafka`, its `KafkaNodePool`s and what stands around them.
///
/// Labels on them are handed down to the pods, where a changed one means a restart: they are the same for ever, and what
/// changes stands in annotations.
struct StrimziApplier: Applier {
    private let plan: StrimziPlan
    private let resources: ResourceRequirements?
    private var labels: [String: String] = [:]
    private var annotations: [String: String] = [:]
    private var owner: DatabaseCluster?
    private var brokers = JSONObject()
    private var controllers = JSONObject()
    private var kafka = JSONObject()
    /// The Kafka's spec beside `kafka`.
    private var spec = JSONObject()
    private var companions: [DesiredObject] = []

    init(_ plan: StrimziPlan, sizes: SizeLadder) {
        self.plan = plan
        resources = sizes.resources(of: plan.cluster.spec)
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var options: StrimziOptions { plan.options }
    private var foundation: StrimziFoundation { plan.foundation }

    mutating func metadata() {
        labels = ChildLabels.of(cluster: cluster.metadata.name)
        annotations = [StrimziAnnotation.foundation: foundation.text]
        // A foreground deletion takes owned objects along before the finalizer can act; so what a deletion may leave
        // behind has no owner, and the clean-up deletes it where it shall go.
        owner = cluster.spec.deletionPolicy == .delete ? cluster : nil
        let certificates = certificates
        if !certificates.isEmpty {
            spec["clusterCa"] = .object(certificates)
            spec["clientsCa"] = .object(certificates)
        }
        if !options.maintenanceTimeWindows.isEmpty {
            spec["maintenanceTimeWindows"] = JSONValue(options.maintenanceTimeWindows)
        }
    }

    private var certificates: JSONObject {
        var fields = JSONObject()
        fields["validityDays"] = options.validityDays.map(JSONValue.integer)
        fields["renewalDays"] = options.renewalDays.map(JSONValue.integer)
        // The authorities stay with the volumes, for a cluster that takes them over.
        if owner == nil { fields["generateSecretOwnerReference"] = false }
        return fields
    }

    mutating func engine() {
        brokers = pool(
            replicas: cluster.spec.clusterSize,
            roles: foundation.isCombined ? ["controller", "broker"] : ["broker"],
            size: cluster.spec.storage,
            storageClass: cluster.spec.storageClassName,
            resources: resources,
            jvm: options.jvm
        )
        if !foundation.isCombined {
            controllers = pool(
                replicas: foundation.controllers,
                roles: ["controller"],
                size: options.controllerStorage,
                storageClass: options.controllerStorageClass ?? cluster.spec.storageClassName,
                resources: options.controllerResources,
                jvm: options.controllerJVM
            )
        }
        kafka["version"] = .string(plan.version)
        kafka["metadataVersion"] = options.metadataVersion.map(JSONValue.string)
        kafka["config"] = .object(config)
        // Without an authorizer everybody who has a password may do everything.
        let admin = options.authentication == "tls" ? "CN=\(plan.names.admin)" : plan.names.admin
        kafka["authorization"] = ["type": "simple", "superUsers": [.string(admin)]]
        if let rack = options.rack { kafka["rack"] = ["type": "topology-label", "topologyKey": .string(rack)] }
        if !options.loggers.isEmpty { kafka["logging"] = ["type": "inline", "loggers": .object(options.loggers)] }
        spec["entityOperator"] = ["topicOperator": .object([:]), "userOperator": .object([:])]
        if foundation.hasCruiseControl {
            // With one of the two missing, a scaling of that kind fails the whole reconciliation.
            spec["cruiseControl"] = ["autoRebalance": [["mode": "add-brokers"], ["mode": "remove-brokers"]]]
        }
        companions.append(user)
    }

    /// What people set stands over what the foundation says.
    private var config: JSONObject {
        var config = JSONObject(foundation.parameters.map { ($0.name, .string("\($0.value)")) })
        for parameter in cluster.spec.config { config[parameter.name] = .string(parameter.value) }
        return config
    }

    private var user: DesiredObject {
        companion(
            .kafkaUser,
            plan.names.admin,
            labels: [StrimziLabel.cluster: cluster.metadata.name],
            ["authentication": ["type": .string(options.authentication)]]
        )
    }

    private func pool(
        replicas: Int,
        roles: [String],
        size: Quantity,
        storageClass: String?,
        resources: ResourceRequirements?,
        jvm: JSONObject
    ) -> JSONObject {
        // One disk alone is a list of one: another kind of storage could never become a list.
        var volume: JSONObject = [
            "id": 0, "type": "persistent-claim", "size": .string(size.strimziText), "kraftMetadata": "shared",
            "deleteClaim": .bool(options.deletesClaims && cluster.spec.deletionPolicy == .delete),
        ]
        volume["class"] = storageClass.map(JSONValue.string)
        var pool: JSONObject = [
            "replicas": JSONValue(replicas), "roles": JSONValue(roles),
            "storage": ["type": "jbod", "volumes": [.object(volume)]],
        ]
        if let resources, resources.json.object?.isEmpty == false { pool["resources"] = resources.json }
        if !jvm.isEmpty { pool["jvmOptions"] = .object(jvm) }
        return pool
    }

    mutating func proxy() { kafka["listeners"] = .array(StrimziListeners.all(plan)) }

    mutating func monitoring() {
        guard let scraping = plan.scraping else { return }
        if let rules = options.metricsRules {
            kafka["metricsConfig"] = [
                "type": "jmxPrometheusExporter",
                "valueFrom": ["configMapKeyRef": ["name": .string(rules.name), "key": .string(rules.key)]],
            ]
        } else {
            let allowed = options.metricsAllowList.isEmpty ? [".*"] : options.metricsAllowList
            kafka["metricsConfig"] = ["type": "strimziMetricsReporter", "values": ["allowList": JSONValue(allowed)]]
        }
        spec["kafkaExporter"] = .object([:])
        guard plan.observed.installed.contains(.podMonitor) else { return }
        companions.append(
            companion(
                .podMonitor,
                plan.names.podMonitor,
                labels: scraping.labels,
                [
                    "selector": [
                        "matchLabels": [
                            StrimziLabel.cluster: .string(cluster.metadata.name), StrimziLabel.kind: "Kafka",
                        ]
                    ],
                    "podMetricsEndpoints": [["port": "tcp-prometheus", "interval": .string(scraping.interval)]],
                ]
            )
        )
    }

    mutating func podSchedulingPolicy() {
        for (name, isBroker) in [(plan.names.brokers, true), (plan.names.controllers, false)] {
            let pod = StrimziPodTemplate(plan, pool: name).content
            guard !pod.isEmpty else { continue }
            let template: JSONValue = ["pod": .object(pod)]
            if isBroker { brokers["template"] = template } else { controllers["template"] = template }
        }
    }

    /// Strimzi makes no backups; a cluster that wants some was refused.
    mutating func backup() {}

    /// Strimzi starts every cluster empty; one that wants data was refused.
    mutating func dataSource() {}

    /// A Kafka whose pools are not there is refused by Strimzi until they are, so they come first.
    func result() -> [DesiredObject] {
        var pools = [nodePool(plan.names.brokers, brokers)]
        if !foundation.isCombined { pools.append(nodePool(plan.names.controllers, controllers)) }
        var spec = spec
        spec["kafka"] = .object(kafka)
        let child = DesiredObject(
            .kafka,
            plan.names.key(cluster.metadata.name),
            labels: labels,
            annotations: annotations,
            owner: owner,
            spec: .object(spec)
        )
        return pools + [child] + companions
    }

    private func nodePool(_ name: String, _ spec: JSONObject) -> DesiredObject {
        companion(.kafkaNodePool, name, labels: [StrimziLabel.cluster: cluster.metadata.name], .object(spec))
    }

    private func companion(
        _ resource: ResourceType,
        _ name: String,
        labels extra: [String: String],
        _ spec: JSONValue
    ) -> DesiredObject {
        DesiredObject(
            resource,
            plan.names.key(name),
            labels: extra.merging(labels) { _, ours in ours },
            owner: owner,
            spec: spec
        )
    }
}

extension Quantity {
    /// As Strimzi takes it, which does not know the suffix `k`.
    var strimziText: String { description.hasSuffix("k") ? String(bytes) : description }
}
