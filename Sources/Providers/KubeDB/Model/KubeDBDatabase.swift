import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a database's own object; a field that is missing or of another kind than expected is nil or
/// empty.
///
/// Its number of members, resources, storage, version and configuration are what KubeDB last made of them: its requests
/// write them there when they have succeeded.
struct KubeDBDatabase: Sendable {
    let engine: KubeDBEngine
    let metadata: ObjectMeta
    let layout: KubeDBLayout
    /// All of `spec`, as it stands.
    let spec: JSONValue
    /// The parts, in the order of the layout's.
    let parts: [Part]
    /// The name of an object of the catalogue.
    let version: String?
    let isToldToHalt: Bool
    let deletionPolicy: String?

    // status
    /// One of Provisioning, DataRestoring, Ready, Critical, NotReady, Halted, Unknown; empty before the first look.
    let phase: String
    let conditions: [Condition]
    /// When the administrator's password was last changed, as far as KubeDB tells.
    let credentialsRenewedAt: Timestamp?

    /// What stands about one component.
    struct Part: Sendable {
        let component: KubeDBComponent
        let replicas: Int?
        let shards: Int?
        let storage: Quantity?
        let storageClass: String?
        /// Of the database's container.
        let resources: ResourceRequirements?
        /// By file name.
        let configuration: [String: String]
        /// The Secret that holds more configuration.
        let configurationSecret: String?

        /// How many members there shall be.
        var members: Int? { replicas.map { $0 * (shards ?? 1) } }
    }

    /// The sentinels that watch over it; nil where there are none.
    var sentinel: ObjectKey? {
        guard let name = spec.at("sentinelRef", "name")?.string else { return nil }
        return ObjectKey(
            namespace: spec.at("sentinelRef", "namespace")?.string ?? metadata.namespace,
            name: name
        )
    }

    /// The part that `clusterSize`, `size` and `storage` are about.
    var data: Part { parts[0] }

    /// How many members there shall be in all parts.
    var members: Int { parts.compactMap(\.members).reduce(0, +) }

    /// What the first of those conditions says that is False and has a message; nil when none is.
    func cause(_ types: [String]) -> String? {
        types.lazy.compactMap { conditions[$0] }.first { $0.status == .false && !$0.message.isEmpty }?.message
    }

    /// How many mongos stand before the shards; nil where there are none.
    var proxies: Int? { part("mongos")?.replicas }

    /// What stands about the component of that key.
    func part(_ key: String) -> Part? { parts.first { $0.component.key == key } }

    /// Nil when there is none.
    init?(_ observed: Observed, of cluster: DatabaseCluster) {
        let engine = KubeDBEngine.of(cluster.spec.engine)
        guard let child = observed.child(engine.database, named: cluster.metadata.name),
            let object = child.body as? DynamicObject
        else { return nil }
        var spec: JSONValue = [:]
        var phase = ""
        var conditions: [Condition] = []
        var renewed: String?
        // Of metadata the object has what is needed, so the rest of it is not made into values. A document that cannot
        // be read leaves everything empty, which counts as not looked at yet.
        try? object.read { (root) throws(JSONError) in
            spec = root["spec"]?.value() ?? [:]
            phase = root["status"]?["phase"]?.string ?? ""
            renewed = root["status"]?["authSecret"]?["lastUpdateTimestamp"]?.string
            root["status"]?["conditions"]?.forEachItem { item in
                if let condition = Condition(lenient: item.value()) { conditions.append(condition) }
            }
        }
        self.init(engine, object.metadata, spec: spec, phase: phase, conditions, renewed: renewed)
    }

    /// From all of an object.
    init(_ engine: KubeDBEngine, _ metadata: ObjectMeta, _ content: JSONValue) {
        let status = content["status"]
        self.init(
            engine,
            metadata,
            spec: content["spec"] ?? [:],
            phase: status?["phase"]?.string ?? "",
            (status?["conditions"]?.array ?? []).compactMap { Condition(lenient: $0) },
            renewed: status?.at("authSecret", "lastUpdateTimestamp")?.string
        )
    }

    private init(
        _ engine: KubeDBEngine,
        _ metadata: ObjectMeta,
        spec: JSONValue,
        phase: String,
        _ conditions: [Condition],
        renewed: String?
    ) {
        self.engine = engine
        self.metadata = metadata
        self.spec = spec
        self.phase = phase
        self.conditions = conditions
        credentialsRenewedAt = renewed.flatMap { Timestamp($0) }
        let layout = KubeDBLayout(engine, spec: spec)
        self.layout = layout
        let content: JSONValue = ["spec": spec]
        parts = layout.components.map { Part($0, engine, content) }
        version = spec["version"]?.string
        isToldToHalt = spec["halted"]?.bool ?? false
        deletionPolicy = spec["deletionPolicy"]?.string
    }

    /// The amounts that a container asks for.
    static func resources(_ container: JSONValue?) -> ResourceRequirements? {
        guard let resources = container?["resources"] else { return nil }
        return ResourceRequirements(requests: amounts(resources["requests"]), limits: amounts(resources["limits"]))
    }

    private static func amounts(_ value: JSONValue?) -> ResourceAmounts {
        ResourceAmounts(cpu: quantity(value?["cpu"]), memory: quantity(value?["memory"]))
    }

    /// A quantity from a text or an integer.
    static func quantity(_ value: JSONValue?) -> Quantity? {
        value.flatMap { Quantity($0.string ?? $0.integer.map { String($0) } ?? "") }
    }
}

extension KubeDBDatabase.Part {
    fileprivate init(_ component: KubeDBComponent, _ engine: KubeDBEngine, _ content: JSONValue) {
        self.component = component
        replicas = content.value(at: component.replicasPath)?.integer.map { Int($0) }
        shards = component.shardsPath.flatMap { content.value(at: $0)?.integer.map { Int($0) } }
        storage = KubeDBDatabase.quantity(content.value(at: component.sizePath))
        storageClass = content.value(at: component.storagePath)?["storageClassName"]?.string
        let name = component.key == "maxscale" ? "maxscale" : engine.container
        let container = content.value(at: component.containersPath)?.array?.first { $0["name"]?.string == name }
        resources = KubeDBDatabase.resources(container)
        let configuration = content.value(at: component.configurationPath)
        var files: [String: String] = [:]
        for file in configuration?["inline"]?.object ?? [:] { files[file.name] = file.value.string }
        self.configuration = files
        configurationSecret = configuration?["secretName"]?.string
    }
}

extension Condition {
    /// Nil when it has no type; what else is missing is empty.
    init?(lenient value: JSONValue) {
        guard let type = value["type"]?.string, let status = value["status"]?.string else { return nil }
        self.init(
            type: type,
            status: ConditionStatus(rawValue: status) ?? .unknown,
            reason: value["reason"]?.string ?? "",
            message: value["message"]?.string ?? "",
            lastTransitionTime: value["lastTransitionTime"]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0),
            observedGeneration: value["observedGeneration"]?.integer
        )
    }
}
