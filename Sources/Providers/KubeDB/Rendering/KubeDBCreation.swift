import CRDs
import JSON
import KubernetesAPI

/// What a new database is made with, and what only KubeDB's own requests change of it later.
struct KubeDBCreation {
    private let plan: KubeDBPlan

    init(_ plan: KubeDBPlan) { self.plan = plan }

    private var topology: KubeDBTopology { plan.topology }
    private var options: KubeDBOptions { plan.options }

    /// The fields of `spec`; none of them is empty.
    var spec: JSONObject {
        var spec = JSONObject()
        spec["version"] = (plan.version.name ?? plan.child?.version).map(JSONValue.string)
        spec["storageType"] = options.isEphemeral ? "Ephemeral" : "Durable"
        if let name = options.authSecret {
            spec["authSecret"] = ["kind": "Secret", "name": .string(name), "externallyManaged": true]
        }
        switch plan.engine.engine {
        case .mongodb: mongodb(&spec)
        case .postgresql: postgresql(&spec)
        case .mysql: mysql(&spec)
        case .mariadb: mariadb(&spec)
        case .redis: redis(&spec)
        case .elasticsearch: elasticsearch(&spec)
        case .kafka: kafka(&spec)
        }
        return spec
    }

    // MARK: - Parts

    /// The members that hold data, where they are described in the spec itself.
    private func data(_ spec: inout JSONObject) {
        spec["replicas"] = JSONValue(topology.replicas)
        storage(&spec)
        spec["podTemplate"] = template(plan.resources)
        spec["configuration"] = configuration
    }

    private func storage(_ part: inout JSONObject, size: Quantity? = nil) {
        guard !options.isEphemeral else {
            if plan.engine.engine == .mongodb {
                part["ephemeralStorage"] = ["sizeLimit": plan.cluster.spec.storage.json]
            }
            return
        }
        part["storage"] = claim((size ?? plan.cluster.spec.storage).json)
    }

    private func claim(_ size: JSONValue) -> JSONValue {
        var claim: JSONObject = ["accessModes": ["ReadWriteOnce"]]
        claim["storageClassName"] = plan.cluster.spec.storageClassName.map(JSONValue.string)
        claim["resources"] = ["requests": ["storage": size]]
        return .object(claim)
    }

    private func template(_ resources: ResourceRequirements?, container: String? = nil) -> JSONValue? {
        guard let resources = resources?.json, resources.object?.isEmpty == false else { return nil }
        let name = JSONValue.string(container ?? plan.engine.container)
        return ["spec": ["containers": [["name": name, "resources": resources]]]]
    }

    private var configuration: JSONValue? {
        plan.configuration.map { ["inline": [plan.engine.configFile(in: topology.mode): .string($0)]] }
    }

    /// A part beside the members that hold data: its own number and volumes, their resources.
    private func part(_ name: String, replicas: Int, hasStorage: Bool = true) -> JSONObject {
        let asked = options.part(name)
        var part: JSONObject = ["replicas": JSONValue(asked?["replicas"]?.integer.map { Int($0) } ?? replicas)]
        if hasStorage { storage(&part, size: asked?["storage"]?.string.flatMap { Quantity($0) }) }
        return part
    }

    // MARK: - Engines

    private func mongodb(_ spec: inout JSONObject) {
        guard topology.mode == .sharded else {
            // Also for one member: the set cannot be added later.
            spec["replicaSet"] = ["name": "rs0"]
            return data(&spec)
        }
        var shard: JSONObject = ["shards": JSONValue(topology.shards), "replicas": JSONValue(topology.replicas)]
        storage(&shard)
        shard["podTemplate"] = template(plan.resources)
        shard["configuration"] = configuration
        var mongos: JSONObject = ["replicas": JSONValue(plan.proxies ?? 2)]
        mongos["podTemplate"] = template(plan.cluster.spec.proxy?.resources)
        spec["shardTopology"] = [
            "shard": .object(shard), "configServer": .object(part("configServer", replicas: 3)),
            "mongos": .object(mongos),
        ]
    }

    private func postgresql(_ spec: inout JSONObject) {
        data(&spec)
        spec["standbyMode"] = options.standbyMode.map(JSONValue.string)
        spec["streamingMode"] = options.streamingMode.map(JSONValue.string)
    }

    private func mysql(_ spec: inout JSONObject) {
        data(&spec)
        var topology: JSONObject = ["mode": .string(self.topology.mode.rawValue)]
        switch self.topology.mode {
        case .innoDBCluster:
            topology["innoDBCluster"] = ["router": .object(part("router", replicas: 1, hasStorage: false))]
        case .semiSync: topology["semiSync"] = ["errantTransactionRecoveryPolicy": "PseudoTransaction"]
        case .groupReplication: break
        default: return
        }
        spec["topology"] = .object(topology)
    }

    private func mariadb(_ spec: inout JSONObject) {
        data(&spec)
        guard topology.mode != .standalone else { return }
        var topology: JSONObject = ["mode": .string(self.topology.mode.rawValue)]
        if self.topology.mode == .mariaDBReplication { topology["maxscale"] = .object(part("maxscale", replicas: 3)) }
        spec["topology"] = .object(topology)
    }

    private func redis(_ spec: inout JSONObject) {
        data(&spec)
        switch topology.mode {
        case .sharded:
            spec["mode"] = "Cluster"
            spec["replicas"] = nil
            spec["cluster"] = ["shards": JSONValue(topology.shards), "replicas": JSONValue(topology.replicas)]
        case .sentinel:
            spec["mode"] = "Sentinel"
            let place = plan.sentinel
            spec["sentinelRef"] = ["name": .string(place.name), "namespace": .string(place.namespace)]
        default: spec["mode"] = "Standalone"
        }
    }

    private func elasticsearch(_ spec: inout JSONObject) {
        guard topology.mode == .dedicated else { return data(&spec) }
        spec["topology"] = [
            "master": .object(node("master", replicas: 3)), "ingest": .object(node("ingest", replicas: 2)),
            "data": .object(members),
        ]
        spec["configuration"] = configuration
    }

    private func kafka(_ spec: inout JSONObject) {
        guard topology.mode == .dedicated else { return data(&spec) }
        spec["topology"] = ["controller": .object(node("controller", replicas: 3)), "broker": .object(members)]
        spec["configuration"] = configuration
    }

    /// The members that hold data, as one part of a topology.
    private var members: JSONObject {
        var part: JSONObject = ["replicas": JSONValue(topology.replicas)]
        storage(&part)
        part["podTemplate"] = template(plan.resources)
        return part
    }

    private func node(_ name: String, replicas: Int) -> JSONObject { part(name, replicas: replicas) }

    // MARK: - Sentinels

    /// What the sentinels of replicated Redis are made with; nil while the version is not known.
    var sentinel: JSONValue? {
        guard let version = plan.version.name else { return nil }
        var spec: JSONObject = ["version": .string(version), "replicas": JSONValue(options.sentinelReplicas)]
        spec["storageType"] = options.isEphemeral ? "Ephemeral" : "Durable"
        if !options.isEphemeral { spec["storage"] = claim("1Gi") }
        return .object(spec)
    }
}
