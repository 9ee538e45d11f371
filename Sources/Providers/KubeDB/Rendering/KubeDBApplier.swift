import CRDs
import JSON
import KubernetesAPI

/// Renders a database as KubeDB's kind of its engine, and the sentinels that replicated Redis needs.
///
/// What only KubeDB's own requests may change after creation is rendered as it stands then, so that applying neither
/// changes nor removes it; the rest is rendered as the cluster asks for.
struct KubeDBApplier: Applier {
    private let plan: KubeDBPlan
    private var labels: [String: String] = [:]
    private var owner: DatabaseCluster?
    /// What stays as it was made, whatever the cluster asks for later.
    private var created = JSONObject()
    /// What is kept as the cluster asks for.
    private var kept: JSONValue = [:]
    private var sentinel: DesiredObject?
    private let layout: KubeDBLayout

    init(_ plan: KubeDBPlan) {
        self.plan = plan
        let created = KubeDBCreation(plan).spec
        self.created = created
        layout = plan.child?.layout ?? KubeDBLayout(plan.engine, spec: .object(created))
    }

    private var cluster: DatabaseCluster { plan.cluster }

    mutating func metadata() {
        labels = ChildLabels.of(cluster: cluster.metadata.name)
        // A foreground deletion would take an owned database along before its policy could be set for the last time.
        owner = cluster.spec.deletionPolicy == .delete ? cluster : nil
        kept["autoOps"] = ["disabled": true]
        for component in layout.components {
            let template = component.path.dropFirst() + ["podTemplate", "metadata"]
            if !plan.options.labels.isEmpty { kept.set(.object(plan.options.labels), at: template + ["labels"]) }
            if !plan.options.annotations.isEmpty {
                kept.set(.object(plan.options.annotations), at: template + ["annotations"])
            }
        }
    }

    mutating func engine() {
        let halting = KubeDBHalting(plan)
        kept["halted"] = halting.halted(plan.child?.spec)
        kept["deletionPolicy"] = .string(halting.deletionPolicy)
        if !plan.options.healthChecker.isEmpty { kept["healthChecker"] = .object(plan.options.healthChecker) }
    }

    mutating func proxy() {
        let expose = cluster.spec.expose
        guard expose.type != .clusterIP else { return }
        var service: JSONObject = ["type": .string(expose.type.rawValue)]
        if !expose.loadBalancerSourceRanges.isEmpty {
            service["loadBalancerSourceRanges"] = JSONValue(expose.loadBalancerSourceRanges)
        }
        var template: JSONObject = ["alias": "primary", "spec": .object(service)]
        if !expose.annotations.isEmpty { template["metadata"] = ["annotations": JSONValue(expose.annotations)] }
        kept["serviceTemplates"] = [.object(template)]
    }

    mutating func monitoring() {
        guard let scraping = plan.scraping else { return }
        var monitor: JSONValue = ["prometheus": ["exporter": ["port": 56790]]]
        if plan.observed.installed.contains(.serviceMonitor) {
            monitor["agent"] = "prometheus.io/operator"
            monitor["prometheus"]?["serviceMonitor"] = ["interval": .string(scraping.interval)]
            if !scraping.labels.isEmpty {
                monitor["prometheus"]?["serviceMonitor"]?["labels"] = JSONValue(scraping.labels)
            }
        } else {
            // The service of the metrics carries the annotations by which Prometheus finds it without its operator.
            monitor["agent"] = "prometheus.io/builtin"
        }
        kept["monitor"] = monitor
    }

    mutating func podSchedulingPolicy() {
        let policy = cluster.spec.podSchedulingPolicy
        for component in layout.components {
            let spec = component.path.dropFirst() + ["podTemplate", "spec"]
            if let name = plan.options.placementPolicy {
                kept.set(.string(name), at: spec + ["podPlacementPolicy", "name"])
            }
            guard let policy else { continue }
            if !policy.nodeSelector.isEmpty { kept.set(JSONValue(policy.nodeSelector), at: spec + ["nodeSelector"]) }
            if !policy.tolerations.isEmpty { kept.set(.array(policy.tolerations), at: spec + ["tolerations"]) }
            if let name = policy.priorityClassName { kept.set(.string(name), at: spec + ["priorityClassName"]) }
        }
    }

    func backup() {}

    mutating func dataSource() {
        guard plan.makesSentinels else { return }
        sentinel = renderedSentinel
    }

    private var renderedSentinel: DesiredObject? {
        let live = plan.observed.child(.kubedbRedisSentinel, named: plan.sentinel.name)?.body as? DynamicObject
        guard let wanted = KubeDBCreation(plan).sentinel else { return nil }
        let spec = live.map { Self.frozen(wanted, as: $0.content["spec"] ?? [:]) } ?? wanted
        let halting = KubeDBHalting(plan)
        var kept: JSONValue = ["autoOps": ["disabled": true]]
        kept["halted"] = halting.halted(live?.content["spec"])
        kept["deletionPolicy"] = .string(halting.deletionPolicy)
        return object(.kubedbRedisSentinel, plan.sentinel, JSONMergePatch.apply(kept, to: spec))
    }

    func result() -> [DesiredObject] {
        let base = plan.child.map { Self.frozen(.object(created), as: $0.spec) } ?? .object(created)
        let database = object(plan.engine.database, plan.key, JSONMergePatch.apply(kept, to: base))
        return [sentinel, database].compactMap(\.self)
    }

    private func object(_ resource: ResourceType, _ key: ObjectKey, _ spec: JSONValue) -> DesiredObject {
        DesiredObject(resource, key, labels: labels, owner: owner, isBoundToVersion: true, spec: spec)
    }

    /// Of these fields what is there, as it is there; a list is one field.
    private static func frozen(_ wanted: JSONValue, as live: JSONValue) -> JSONValue {
        guard let fields = wanted.object, live.object != nil else { return live }
        return .object(
            JSONObject(
                fields.compactMap { field in live[field.name].map { (field.name, frozen(field.value, as: $0)) } }
            )
        )
    }
}
