import JSON
import KubernetesAPI

/// The validating webhook of KubeDB for databases, in its order and words.
struct DatabaseValidation {
    let engine: DatabaseEngine
    /// The catalogue's object for the version.
    let version: JSONValue
    /// The database after the mutating webhook.
    let database: JSONValue
    let refusal: Refusal
    let stored: any StoredObjectReader

    var spec: JSONValue { database["spec"] ?? [:] }
    var groups: [NodeGroup] { engine.groups(of: database.objectName, spec) }
    /// What runs in that version, such as "8.0.17".
    var released: Semver? { version.at("spec", "version")?.string.flatMap { Semver($0) } }

    func check() throws(APIFailure) {
        guard engine.name != "kafka" else { return try checkKafka() }
        switch engine.name {
        case "mongodb": try checkMongoDB()
        case "postgres": try checkPostgres()
        case "mysql": try checkMySQL()
        case "mariadb": try checkMariaDB()
        case "redis": try checkRedis()
        case "elasticsearch": try checkElasticsearch()
        default: try checkSentinelVersion()
        }
        try checkVariables()
        try checkStorage()
        if spec.at("authSecret", "externallyManaged")?.bool == true, (spec.at("authSecret", "name")?.string ?? "") == ""
        {
            throw refusal.plain("for externallyManaged auth secret, user must configure \"spec.authSecret.name\"")
        }
        if isEphemeral, spec["deletionPolicy"]?.string == "Halt" {
            throw refusal.plain("'spec.deletionPolicy: Halt' can not be used for 'Ephemeral' storage")
        }
        try checkMonitor()
        try checkHealth()
    }

    var isEphemeral: Bool { spec["storageType"]?.string == "Ephemeral" }

    private func checkVariables() throws(APIFailure) {
        for group in groups {
            for container in spec.at(path: group.templatePath + ["spec", "containers"])?.array ?? [] {
                for variable in container["env"]?.array ?? [] {
                    guard let name = variable["name"]?.string, engine.forbiddenVariables.contains(name) else {
                        continue
                    }
                    throw refusal.plain("environment variable \(name) is forbidden to use in \(engine.kind) spec")
                }
            }
        }
    }

    /// Storage must be there for durable databases; its size is never compared with what there was.
    private func checkStorage() throws(APIFailure) {
        let type = spec["storageType"]?.string ?? ""
        guard type == "Durable" || type == "Ephemeral" else {
            throw refusal.plain("'spec.storageType' \(type) is invalid")
        }
        if engine.name == "mongodb", isEphemeral, spec["storage"] != nil {
            throw refusal.plain(
                "'spec.storage' is not supported for Ephemeral storage type, use 'spec.ephemeralStorage' to configure "
                    + "Ephemeral storage type"
            )
        }
        guard !isEphemeral else { return }
        // A sentinel may do without a volume's size being asked for in words of its own; its rule is the same.
        for path in Set(groups.compactMap(\.storagePath)).sorted(by: { $0.count < $1.count }) {
            let name = engine.name == "mongodb" ? "spec." + path.joined(separator: ".") : "spec.storage"
            guard let storage = spec.at(path: path) else {
                throw refusal.plain("\(name) is missing for durable storage type")
            }
            if let storageClass = storage["storageClassName"]?.string,
                stored.object(.storageClass, ObjectKey(namespace: "", name: storageClass)) == nil
            {
                throw refusal.plain("\(name).storageClassName \"\(storageClass)\" not found")
            }
            guard let size = storage.at("resources", "requests", "storage")?.quantity else {
                throw refusal.plain("missing ResourceStorage request")
            }
            guard size.value > 0 else { throw refusal.plain("invalid ResourceStorage request") }
        }
    }

    private func checkMonitor() throws(APIFailure) {
        guard let monitor = spec["monitor"] else { return }
        let agent = monitor["agent"]?.string ?? ""
        guard !agent.isEmpty else { throw refusal.plain("object 'Agent' is missing in '\(monitor)'") }
        guard ["prometheus.io", "prometheus.io/operator", "prometheus.io/builtin"].contains(agent) else {
            throw refusal.plain("unknown monitoring agent type \(agent)")
        }
        let port = monitor.at("prometheus", "exporter", "port")?.integer ?? 0
        guard (1024...65535).contains(port) else {
            throw refusal.plain(
                "invalid 'monitor.prometheus' in '\(monitor)'. prometheus.exporter.port value must be between 1024 and "
                    + "65535, inclusive"
            )
        }
    }

    private func checkHealth() throws(APIFailure) {
        for field in ["periodSeconds", "timeoutSeconds", "failureThreshold"] {
            guard let value = spec.at("healthChecker", field)?.integer, value <= 0 else { continue }
            throw refusal.plain("spec.healthCheck.\(field): can not be less than 1")
        }
    }

    /// What may not change while the database lives, which is little.
    func checkFrozen(since old: JSONValue) throws(APIFailure) {
        let before = DatabaseDefaults(engine: engine, version: version).applied(to: old)["spec"] ?? [:]
        var fields = ["spec.storageType"]
        var changed: [String] = []
        if before["storageType"] != spec["storageType"] { changed.append("spec.storageType") }
        if engine.name == "mongodb" {
            fields += ["spec.replicaSet.name", "spec.shardTopology.*.prefix"]
            if before.at("replicaSet", "name") != spec.at("replicaSet", "name") {
                changed.append("spec.replicaSet.name")
            }
            for key in ["shard", "configServer", "mongos"]
            where before.at("shardTopology", key, "prefix") != spec.at("shardTopology", key, "prefix") {
                changed.append("spec.shardTopology.\(key).prefix")
            }
        }
        if engine.name == "elasticsearch" {
            fields.append("spec.topology.*.suffix")
            for (key, _) in DatabaseEngine.elasticsearchRoles
            where before.at("topology", key, "suffix") != spec.at("topology", key, "suffix") {
                changed.append("spec.topology.\(key).suffix")
            }
        }
        if before.at("init", "initialized")?.bool == true {
            fields.append("spec.init")
            if before["init"] != spec["init"] { changed.append("spec.init") }
        }
        if let first = changed.first { throw refusal.frozen(first, of: fields) }
    }
}
