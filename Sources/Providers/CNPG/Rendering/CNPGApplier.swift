import CRDs
import JSON
import KubernetesAPI

/// Renders a PostgreSQL cluster as CloudNativePG's `Cluster` and what stands around it.
///
/// Only intended fields are sent, and no empty ones: what CloudNativePG's webhook fills in stays its own.
struct CNPGApplier: Applier {
    private let plan: CNPGPlan
    private let resources: ResourceRequirements?
    private var labels: [String: String] = [:]
    private var annotations: [String: String] = [:]
    private var owner: DatabaseCluster?
    private var spec = JSONObject()
    private var affinity = JSONObject()
    /// Must be there before the Cluster that names them.
    private var stores: [DesiredObject] = []
    private var companions: [DesiredObject] = []

    init(_ plan: CNPGPlan, sizes: SizeLadder) {
        self.plan = plan
        resources = sizes.resources(of: plan.cluster.spec)
    }

    private var cluster: DatabaseCluster { plan.cluster }
    private var options: CNPGOptions { plan.options }

    mutating func metadata() {
        labels = ChildLabels.of(cluster: cluster.metadata.name)
        annotations = [CNPGAnnotation.hibernation: cluster.spec.stopped ? "on" : "off"]
        // A foreground deletion takes owned objects along before the finalizer can act; so what a deletion may leave
        // behind has no owner, and the clean-up deletes it where it shall go.
        owner = cluster.spec.deletionPolicy == .delete ? cluster : nil
        var inherited: JSONObject = [
            "labels": .object(
                JSONObject(
                    options.labels.map { ($0.name, $0.value) } + [
                        (APIGroup.clusterLabel, .string(cluster.metadata.name))
                    ]
                )
            )
        ]
        if !options.annotations.isEmpty { inherited["annotations"] = .object(options.annotations) }
        spec["inheritedMetadata"] = .object(inherited)
    }

    mutating func engine() {
        spec["instances"] = JSONValue(cluster.spec.clusterSize)
        spec["imageName"] = .string(plan.version.image(options))
        spec["imagePullPolicy"] = options.imagePullPolicy.map(JSONValue.string)
        if !options.imagePullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(options.imagePullSecrets.map { ["name": .string($0)] })
        }
        if let resources, resources.json.object?.isEmpty == false { spec["resources"] = resources.json }
        var storage: JSONObject = ["size": cluster.spec.storage.json]
        storage["storageClass"] = cluster.spec.storageClassName.map(JSONValue.string)
        spec["storage"] = .object(storage)
        if let walStorage = options.walStorage { spec["walStorage"] = .object(walStorage) }
        // With a single member the budget would keep its node from ever being drained.
        spec["enablePDB"] = .bool(options.podDisruptionBudget ?? (cluster.spec.clusterSize > 1))
        spec["enableSuperuserAccess"] = options.superuserAccess.map(JSONValue.bool)
        spec["primaryUpdateMethod"] = options.primaryUpdateMethod.map(JSONValue.string)
        let postgresql = postgresql()
        if !postgresql.isEmpty { spec["postgresql"] = .object(postgresql) }
    }

    private func postgresql() -> JSONObject {
        var postgresql = JSONObject()
        if !cluster.spec.config.isEmpty {
            let parameters = cluster.spec.config.map { ($0.name, JSONValue.string($0.value)) }
            postgresql["parameters"] = .object(JSONObject(parameters))
        }
        if !options.hba.isEmpty { postgresql["pg_hba"] = JSONValue(options.hba) }
        if !options.sharedPreloadLibraries.isEmpty {
            postgresql["shared_preload_libraries"] = JSONValue(options.sharedPreloadLibraries)
        }
        if let synchronous = options.synchronous { postgresql["synchronous"] = .object(synchronous) }
        return postgresql
    }

    mutating func proxy() {
        if let proxy = plan.proxy { companions.append(pooler(proxy)) }
        guard let service = exposedService() else { return }
        spec["managed"] = ["services": ["additional": [service]]]
    }

    private func pooler(_ proxy: ProxySpec) -> DesiredObject {
        var pgbouncer: JSONObject = ["poolMode": .string(options.poolMode)]
        if !options.poolerParameters.isEmpty { pgbouncer["parameters"] = .object(options.poolerParameters) }
        var spec: JSONObject = [
            "cluster": ["name": .string(cluster.metadata.name)], "type": "rw", "instances": JSONValue(proxy.replicas),
            "pgbouncer": .object(pgbouncer),
        ]
        if let resources = proxy.resources?.json, resources.object?.isEmpty == false {
            spec["template"] = ["spec": ["containers": [["name": "pgbouncer", "resources": resources]]]]
        }
        return companion(.cnpgPooler, plan.names.pooler, .object(spec))
    }

    private func exposedService() -> JSONValue? {
        let expose = cluster.spec.expose
        guard expose.type != .clusterIP else { return nil }
        var metadata: JSONObject = [
            "name": .string(plan.names.exposedService), "labels": [CNPGLabel.exposed: "primary"],
        ]
        if !expose.annotations.isEmpty { metadata["annotations"] = JSONValue(expose.annotations) }
        var service: JSONObject = ["type": .string(expose.type.rawValue)]
        if !expose.loadBalancerSourceRanges.isEmpty {
            service["loadBalancerSourceRanges"] = JSONValue(expose.loadBalancerSourceRanges)
        }
        return [
            "selectorType": "rw", "updateStrategy": "patch",
            "serviceTemplate": ["metadata": .object(metadata), "spec": .object(service)],
        ]
    }

    mutating func monitoring() {
        guard let scraping = plan.scraping, plan.observed.installed.contains(.podMonitor) else { return }
        let monitor = companion(
            .podMonitor,
            plan.names.podMonitor,
            labels: scraping.labels,
            [
                "selector": [
                    "matchLabels": [
                        CNPGLabel.cluster: .string(cluster.metadata.name), CNPGLabel.podRole: "instance",
                    ]
                ],
                "podMetricsEndpoints": [["port": "metrics", "interval": .string(scraping.interval)]],
            ]
        )
        companions.append(monitor)
    }

    mutating func podSchedulingPolicy() {
        guard let policy = cluster.spec.podSchedulingPolicy else { return }
        if !policy.nodeSelector.isEmpty { affinity["nodeSelector"] = JSONValue(policy.nodeSelector) }
        if !policy.tolerations.isEmpty { affinity["tolerations"] = .array(policy.tolerations) }
        affinity["nodeAffinity"] = nonEmpty(policy.affinity?["nodeAffinity"])
        affinity["additionalPodAffinity"] = nonEmpty(policy.affinity?["podAffinity"])
        if let separation = nonEmpty(policy.affinity?["podAntiAffinity"]) {
            // The child operator's own rule would be added to it.
            affinity["enablePodAntiAffinity"] = false
            affinity["additionalPodAntiAffinity"] = separation
        }
        if !affinity.isEmpty { spec["affinity"] = .object(affinity) }
        if !policy.topologySpreadConstraints.isEmpty {
            spec["topologySpreadConstraints"] = .array(policy.topologySpreadConstraints)
        }
        spec["priorityClassName"] = policy.priorityClassName.map(JSONValue.string)
    }

    mutating func backup() {
        guard plan.backups.usesPlugin else { return }
        if case .configured(let store) = plan.backups { stores.append(store) }
        spec["plugins"] = [plan.archive.plugin(major: plan.version.major)]
        for schedule in cluster.spec.backup?.schedules ?? [] {
            companions.append(scheduledBackup(schedule))
        }
    }

    /// The schedule gets a field for seconds in front: with five, CloudNativePG would read the minutes as seconds.
    private func scheduledBackup(_ schedule: BackupSchedule) -> DesiredObject {
        var spec: JSONObject = [
            "cluster": ["name": .string(cluster.metadata.name)], "schedule": .string("0 \(schedule.schedule)"),
            "method": "plugin", "pluginConfiguration": ["name": .string(CNPGArchive.pluginName)],
            "backupOwnerReference": "none",
            // The backup of a stopped cluster fails at once.
            "suspend": .bool(cluster.spec.stopped),
        ]
        spec["target"] = options.backupTarget.map(JSONValue.string)
        return companion(.cnpgScheduledBackup, plan.names.scheduledBackup(schedule.name), .object(spec))
    }

    mutating func dataSource() {
        guard case .ready(let source) = plan.source else { return }
        spec["bootstrap"] = source.bootstrap
        spec["externalClusters"] = source.externalClusters
        if let store = source.store { stores.append(store) }
    }

    func result() -> [DesiredObject] {
        let child = DesiredObject(
            .cnpgCluster,
            plan.names.key(cluster.metadata.name),
            labels: labels,
            annotations: annotations,
            owner: owner,
            spec: .object(spec)
        )
        return stores + [child] + companions
    }

    private func companion(
        _ resource: ResourceType,
        _ name: String,
        labels extra: [String: String] = [:],
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

    private func nonEmpty(_ value: JSONValue?) -> JSONValue? { value?.object?.isEmpty == false ? value : nil }
}
