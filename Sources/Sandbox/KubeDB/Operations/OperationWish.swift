import JSON
import KubernetesAPI

/// What the definition of a database becomes by a request.
struct OperationWish {
    let engine: DatabaseEngine
    let request: OperationRequest
    let database: JSONValue

    private var asked: JSONValue { request.spec }
    private var former: JSONValue { database["spec"] ?? [:] }

    /// The spec that the ops-manager writes when it has succeeded; the same again when that is done.
    var spec: JSONValue {
        var spec = former
        switch request.type {
        case "UpdateVersion": if let version = asked.at("updateVersion", "targetVersion") { spec["version"] = version }
        case "HorizontalScaling": scale(&spec)
        case "VerticalScaling": setResources(&spec)
        case "VolumeExpansion": setSizes(&spec)
        case "Reconfigure": reconfigure(&spec)
        case "ReconfigureTLS": setTLS(&spec)
        case "RotateAuth":
            if let secret = asked.at("authentication", "secretRef", "name") {
                spec["authSecret"] = ["kind": "Secret", "name": secret, "externallyManaged": true]
            }
        case "StorageMigration": migrate(&spec)
        case "ReplicationModeTransformation":
            spec.set(
                ["topology", "group", "mode"],
                asked.at("replicationModeTransformation", "mode") ?? "Single-Primary"
            )
        case "ReplaceSentinel": spec["sentinelRef"] = asked.at("sentinel", "ref") ?? spec["sentinelRef"]
        case "Announce": spec.set(["cluster", "announce"], asked["announce"])
        default: break
        }
        return spec
    }

    private var groups: [NodeGroup] { engine.groups(of: database.objectName, former) }

    private func scale(_ spec: inout JSONValue) {
        let block = asked["horizontalScaling"] ?? [:]
        func take(_ value: JSONValue?, _ path: [String]) {
            guard let value, spec.at(path: path) != nil || path.count == 1 else { return }
            spec.set(path, value)
        }
        switch engine.name {
        case "mongodb":
            take(block["replicas"], ["replicas"])
            take(block.at("hidden", "replicas"), ["hidden", "replicas"])
            take(block.at("shard", "shards"), ["shardTopology", "shard", "shards"])
            for key in ["shard", "configServer", "mongos"] {
                take(block.at(key, "replicas"), ["shardTopology", key, "replicas"])
            }
        case "postgres":
            take(block["replicas"], ["replicas"])
            // The schema fills these in where the request says nothing, and they are taken like anything else.
            take(block["standbyMode"], ["standbyMode"])
            take(block["streamingMode"], ["streamingMode"])
            if block["streamingMode"]?.string == "Asynchronous" { spec["synchronousReplicationConfig"] = nil }
        case "mysql": take(block["member"], ["replicas"])
        case "mariadb":
            let isMaxScale = block["maxscale"]?.bool == true
            take(block["member"], isMaxScale ? ["topology", "maxscale", "replicas"] : ["replicas"])
        case "redis" where spec["mode"]?.string == "Cluster":
            take(block["shards"], ["cluster", "shards"])
            take(block["replicas"], ["cluster", "replicas"])
        case "redis", "redissentinel": take(block["replicas"], ["replicas"])
        default:
            if spec["topology"] == nil { take(block["node"], ["replicas"]) }
            for field in block["topology"]?.object ?? [:] { take(field.value, ["topology", field.name, "replicas"]) }
        }
    }

    /// Resources for the containers that the keys mean; a key that does not fit the topology changes nothing.
    private func setResources(_ spec: inout JSONValue) {
        for field in asked["verticalScaling"]?.object ?? [:] where field.name != "mode" {
            guard let resources = field.value["resources"] else { continue }
            for group in groups {
                let container =
                    field.name == group.key
                    ? group.container
                    : field.name == "coordinator" ? group.sidecar : field.name == "exporter" ? "exporter" : nil
                guard let container else { continue }
                if group.key == "arbiter", engine.name == "postgres" {
                    var arbiter = spec.at("arbiter", "resources") ?? [:]
                    merge(resources, into: &arbiter)
                    spec.set(["arbiter", "resources"], arbiter)
                    continue
                }
                let path = group.templatePath + ["spec", "containers"]
                var containers = spec.at(path: path)?.array ?? []
                guard let index = containers.firstIndex(where: { $0["name"]?.string == container }) else { continue }
                var own = containers[index]["resources"] ?? [:]
                merge(resources, into: &own)
                containers[index]["resources"] = own
                spec.set(path, .array(containers))
            }
        }
    }

    private func merge(_ resources: JSONValue, into own: inout JSONValue) {
        own = JSONMergePatch.apply(resources, to: own)
        // What only limits or only requests name is filled from what was there.
        DatabaseDefaults.fillResources(&own, ["requests": [:], "limits": [:]])
    }

    private func setSizes(_ spec: inout JSONValue) {
        for field in asked["volumeExpansion"]?.object ?? [:] where field.name != "mode" {
            if engine.name == "postgres", field.name == "arbiter" {
                spec.set(["arbiter", "resources", "requests", "storage"], field.value)
                continue
            }
            for group in groups where group.key == field.name || group.key == "standalone" && field.name == "standalone"
            {
                guard let path = group.storagePath, spec.at(path: path) != nil else { continue }
                spec.set(path + ["resources", "requests", "storage"], .string(field.value.quantity?.description ?? ""))
            }
        }
    }

    private func reconfigure(_ spec: inout JSONValue) {
        let block = asked["configuration"] ?? [:]
        guard engine.name == "mongodb" else { return configure(&spec, ["configuration"], block) }
        for group in groups {
            if let own = block[group.key] { configure(&spec, group.configurationPath, own) }
        }
    }

    private func configure(_ spec: inout JSONValue, _ path: [String], _ block: JSONValue) {
        var configuration = spec.at(path: path) ?? [:]
        if block["removeCustomConfig"]?.bool == true { configuration = [:] }
        if let secret = block.at("configSecret", "name") {
            configuration["secretName"] = secret
            configuration["inline"] = nil
        }
        for file in block["applyConfig"]?.object ?? [:] { configuration.set(["inline", file.name], file.value) }
        if let tuning = block["tuning"] { configuration["tuning"] = tuning }
        spec.set(path, configuration == [:] ? nil : configuration)
    }

    private func setTLS(_ spec: inout JSONValue) {
        let block = asked["tls"] ?? [:]
        let isRemoval = block["remove"]?.bool == true
        // New certificates of the same issuer change nothing in the definition.
        if block["rotateCertificates"]?.bool == true { return }
        if isRemoval {
            spec["tls"] = nil
        } else {
            for part in ["issuerRef", "certificates"] {
                if let value = block[part] { spec.set(["tls", part], value) }
            }
        }
        let hasTLS = spec["tls"] != nil
        switch engine.name {
        case "mongodb":
            spec["sslMode"] = hasTLS ? "requireSSL" : "disabled"
            if spec["clusterAuthMode"] != nil { spec["clusterAuthMode"] = hasTLS ? "x509" : "keyFile" }
        case "postgres": spec["sslMode"] = hasTLS ? block["sslMode"] ?? "verify-full" : "disable"
        case "mysql", "mariadb":
            if let required = block["requireSSL"] { spec["requireSSL"] = required }
            if isRemoval { spec["requireSSL"] = nil }
        case "elasticsearch", "kafka": spec["enableSSL"] = hasTLS ? true : Optional.none
        default: break
        }
    }

    private func migrate(_ spec: inout JSONValue) {
        let block = asked["migration"] ?? [:]
        for group in groups {
            guard let path = group.storagePath,
                let name = block["storageClassName"] ?? block.at(group.key, "storageClassName")
            else { continue }
            spec.set(path + ["storageClassName"], name)
        }
    }

    // MARK: What it takes

    /// Whether the pods are made anew.
    var restartsPods: Bool {
        switch request.type {
        case "HorizontalScaling", "ForceFailOver", "ReconnectStandby": return false
        case "VerticalScaling": return !isInPlace
        case "VolumeExpansion": return asked.at("volumeExpansion", "mode")?.string == "Offline"
        case "Reconfigure": return restartsForConfiguration
        default: return true
        }
    }

    /// Whether containers get their resources while they run.
    var isInPlace: Bool {
        request.type == "VerticalScaling" && asked.at("verticalScaling", "mode")?.string == "InPlace"
    }

    private var restartsForConfiguration: Bool {
        let block = asked["configuration"] ?? [:]
        let blocks = engine.name == "mongodb" ? (block.object ?? [:]).map(\.value) : [block]
        let wishes = blocks.map { $0["restart"]?.string ?? "auto" }
        if wishes.contains("true") { return true }
        guard wishes.contains("auto") else { return false }
        guard engine.name == "postgres", block["configSecret"] == nil, block["removeCustomConfig"]?.bool != true else {
            return true
        }
        // A server of PostgreSQL loads most of its parameters without a restart.
        return PostgresConfiguration.needsRestart(from: former, to: spec)
    }

    /// What the stand-in has counted when such a request begins.
    var counts: [StandInCounters.Count] {
        let restart: [StandInCounters.Count] = restartsPods ? [.restarts] : []
        switch request.type {
        case "UpdateVersion": return [isMajor ? .majorUpgrades : .minorUpgrades] + restart
        case "HorizontalScaling": return [.scalings]
        case "VerticalScaling": return [.resourceChanges] + restart
        case "VolumeExpansion": return [.resizes] + restart
        case "Reconfigure": return [.reconfigurations] + restart
        case "ReconfigureTLS", "RotateAuth": return [.credentialRenewals] + restart
        case "StorageMigration", "ReconnectStandby", "Reprovision": return [.rebuilds]
        case "ForceFailOver": return [.switchovers]
        default: return [.restarts]
        }
    }

    private var isMajor: Bool {
        func major(_ name: String?) -> Substring? {
            name?.drop { !$0.isNumber }.prefix { $0.isNumber }
        }
        return major(former["version"]?.string) != major(asked.at("updateVersion", "targetVersion")?.string)
    }

    /// The word in the failure annotation that makes such a request fail.
    var failure: String {
        switch request.type {
        case "UpdateVersion": "upgrade"
        case "HorizontalScaling", "VerticalScaling": "scale"
        case "Reconfigure": "reconfigure"
        case "ForceFailOver": "switchover"
        case "RotateAuth", "ReconfigureTLS": "credentials"
        default: "restart"
        }
    }
}
