import JSON
import KubernetesAPI

/// What a webhook finds wrong with numbers and sizes.
extension OperationValidation {
    func horizontalScaling() -> String? {
        guard let block = spec["horizontalScaling"] else {
            return switch engine.name {
            case "mongodb": "`spec.horizontalScaling` field is nil"
            case "mysql", "mariadb": "`spec.Scale.HorizontalScaling` field is nil"
            case "elasticsearch": nil
            case "redis" where database["mode"]?.string != "Standalone": Self.panic
            case "redis": "horizontal scaling is not allowed for standalone redis"
            default: missing("horizontalScaling", in: "HorizontalScaling")
            }
        }
        switch engine.name {
        case "mongodb": return mongoDBScaling(block)
        case "postgres": return postgresScaling(block)
        case "mysql", "mariadb": return memberScaling(block)
        case "redis": return redisScaling(block)
        case "redissentinel":
            guard let replicas = block["replicas"]?.integer else {
                return "`spec.horizontalScaling.replicas` must be specified"
            }
            return replicas > 0 ? nil : "`spec.horizontalScaling.replicas` can not be less than or equal 0"
        case "kafka": return kafkaScaling(block)
        default: return nil
        }
    }

    private func mongoDBScaling(_ block: JSONValue) -> String? {
        let shardKeys = ["shard", "configServer", "mongos"].filter { block[$0] != nil }
        if let replicas = block["replicas"] {
            if !shardKeys.isEmpty {
                return "shard, configServer or mongos field can not be used when replicas field is already set"
            }
            if database["replicaSet"] == nil { return "replicas field can't be set on a non-replica mongoDB" }
            if replicas.integer == 0 { return "replicas count can not be 0" }
        }
        guard !shardKeys.isEmpty else { return nil }
        if database["shardTopology"] == nil {
            return "shard, configServer or mongos field can't be set on a non-sharded mongoDB"
        }
        if let shard = block["shard"], shard["replicas"]?.integer ?? 0 == 0 || shard["shards"]?.integer ?? 0 == 0 {
            return "replicas or shard count can not be 0 in Sharded MongoDB"
        }
        if let server = block["configServer"], server["replicas"]?.integer ?? 0 == 0 {
            return "configServer replicas count can not be 0"
        }
        if let mongos = block["mongos"], mongos["replicas"]?.integer ?? 0 == 0 { return "mongos count can not be 0" }
        return nil
    }

    private func postgresScaling(_ block: JSONValue) -> String? {
        let hasReadReplicas = !(block["readReplicas"]?.array ?? []).isEmpty
        guard let replicas = block["replicas"]?.integer else {
            return hasReadReplicas ? nil : "`spec.horizontalScaling.Replicas or `spec.readReplica` has to be mentioned"
        }
        if hasReadReplicas {
            return
                "either `spec.horizontalScaling.Replicas` or `spec.horizontalScaling.readReplicas` can be provided at "
                + "a time"
        }
        return replicas > 0 ? nil : "`spec.horizontalScaling.Replicas` can't be less than or equal 0"
    }

    private func memberScaling(_ block: JSONValue) -> String? {
        if database["topology"] == nil {
            return engine.name == "mysql"
                ? "OpsRequest haven't pointed to a Group Replication, Horizontal scaling applicable only for group "
                    + "Replication"
                : "OpsRequest haven't pointed to a MariaDB Cluster, Horizontal scaling applicable only for MariaDB Cluster"
        }
        guard let member = block["member"]?.integer else { return Self.panic }
        // The text allows nine members, the code of MySQL only eight.
        let most: Int64 = engine.name == "mysql" ? 8 : 9
        return (3...most).contains(member)
            ? nil : "Group size can not be less than 3 or greater than 9, range: [3,9]"
    }

    private func redisScaling(_ block: JSONValue) -> String? {
        let (shards, replicas) = (block["shards"]?.integer, block["replicas"]?.integer)
        switch database["mode"]?.string {
        case "Standalone": return "horizontal scaling is not allowed for standalone redis"
        case "Cluster": break
        default:
            if shards != nil { return "master count should not be specified for Sentinel mode" }
            guard let replicas else { return "pleaase specify replica for scaling" }
            return replicas < 1 ? "replica should be >= 1" : nil
        }
        if let shards, shards < 3 { return "shards should be >= 3 in cluster mode" }
        if let replicas, replicas < 2 { return "replica should be >= 2 in cluster mode" }
        if shards == nil, replicas == nil { return "please specify shards or replica for scaling" }
        let oldReplicas = database.at("cluster", "replicas")?.integer ?? 2
        let oldShards = database.at("cluster", "shards")?.integer ?? 3
        let (growth, spread) = ((replicas ?? oldReplicas) - oldReplicas, (shards ?? oldShards) - oldShards)
        if growth < 0 && spread > 0 || growth > 0 && spread < 0 { return "can't scale down and up at the same time" }
        if database.at("cluster", "announce") != nil, block["announce"] == nil, growth > 0 || spread > 0 {
            return "spec.horizontalScaling.announce is required for announce ops request"
        }
        return nil
    }

    private func kafkaScaling(_ block: JSONValue) -> String? {
        let (topology, node) = (block["topology"], block["node"]?.integer)
        if topology != nil, node != nil {
            return "spec.horizontalScaling.Node && spec.horizontalScaling.Topology both can't be non-empty at the same "
                + "ops request"
        }
        if database["topology"] != nil, topology == nil {
            return "spec.horizontalScaling.topology can not be empty as reference database mode is topology"
        }
        if database["topology"] == nil, node == nil {
            return "spec.horizontalScaling.node can not be empty as reference database mode is combined"
        }
        for key in ["broker", "controller"] {
            if let count = topology?[key]?.integer, count <= 0 {
                return "spec.horizontalScaling.topology.\(key) must be positive"
            }
        }
        if let node, node <= 0 { return "spec.horizontalScaling.node must be positive" }
        return nil
    }

    func volumeExpansion() -> String? {
        guard let block = spec["volumeExpansion"] else {
            return switch engine.name {
            case "mongodb": "`spec.volumeExpansion` field is nil"
            case "mysql", "mariadb": "`.Spec.VolumeExpansion` field is nil"
            case "redis": "`spec.volumeExpansion.redis` field is required, can not be nil"
            default: missing("volumeExpansion", in: "VolumeExpansion")
            }
        }
        let keys = (block.object?.names ?? []).filter { $0 != "mode" }
        switch engine.name {
        case "mysql" where !keys.contains("mysql"): return "`.Spec.VolumeExpansion` field is nil"
        case "mariadb" where keys.isEmpty: return "`.Spec.VolumeExpansion` field is nil"
        case "mariadb" where keys.count > 1: return "Volume expansion for both server at a time is not allowed"
        case "redis" where !keys.contains("redis"):
            return "`spec.volumeExpansion.redis` field is required, can not be nil"
        case "kafka" where database["topology"] == nil && !keys.contains("node"):
            return "spec.volumeExpansion.node can not be empty as reference database mode is combined"
        case "kafka" where database["topology"] != nil && !keys.contains("broker") && !keys.contains("controller"):
            return "spec.volumeExpansion.topology can not be empty as reference database mode is topology"
        default: break
        }
        for key in keys {
            if let why = expansion(of: key, to: block[key]) { return why }
        }
        return nil
    }

    private func expansion(of key: String, to size: JSONValue?) -> String? {
        let isTopology = database["topology"] != nil || database["shardTopology"] != nil
        let path: [String]
        switch engine.name {
        case "mongodb" where key == "shard" || key == "configServer":
            guard isTopology else { return "shardTopology not configured for this MongoDB" }
            path = ["shardTopology", key, "storage"]
        case "mongodb" where key == "replicaSet" && database["replicaSet"] == nil:
            return "replicaSet not configured for this MongoDB"
        case "mongodb" where key == "hidden":
            guard database["hidden"] != nil else { return "hidden not configured for this MongoDB" }
            path = ["hidden", "storage"]
        case "elasticsearch", "kafka":
            // A key that does not fit is passed over in silence.
            guard isTopology != (key == "node"), !isTopology || database.at("topology", key) != nil else { return nil }
            path = isTopology ? ["topology", key, "storage"] : ["storage"]
        case "mariadb" where key == "maxscale":
            guard database.at("topology", "mode")?.string == "MariaDBReplication" else {
                return "Topology is not mariadb replication"
            }
            path = ["topology", "maxscale", "storage"]
        case "postgres" where key == "arbiter":
            guard let arbiter = database.at("arbiter", "resources") else {
                return "arbiter storage is not configured for this Postgres"
            }
            return compare(arbiter, size, "arbiter")
        default: path = ["storage"]
        }
        guard let storage = database.at(path: path) else { return "storage not configured for \(nodeName(key))" }
        return compare(storage["resources"] ?? [:], size, nodeName(key))
    }

    private func compare(_ resources: JSONValue, _ size: JSONValue?, _ node: String) -> String? {
        guard let current = resources.at("requests", "storage"), let has = current.quantity else {
            return "failed to parse current \(node) storage size"
        }
        guard isNew, let wanted = size?.quantity, wanted <= has else { return nil }
        return "desired \(node) storage size must be greater than current storage. Current storage: \(has.description)"
    }

    private func nodeName(_ key: String) -> String {
        switch (engine.name, key) {
        case ("postgres", "postgres"): "Postgres"
        case ("mysql", _): "MySQL"
        case ("mariadb", "mariadb"): "MariaDB"
        case ("mariadb", _): "MaxScale"
        case ("redis", _): "Redis"
        case ("elasticsearch", "node"): "combined Elasticsearch"
        case ("kafka", "node"): "combined Kafka"
        default: key
        }
    }

    func storageMigration() -> String? {
        guard let block = spec["migration"] else {
            return engine.name == "mysql" ? Self.panic : "spec.migration is required for StorageMigration type"
        }
        let isPerComponent = ["mongodb", "elasticsearch", "kafka"].contains(engine.name)
        let parts = isPerComponent ? (block.object ?? [:]).map { $0.value } : [block]
        if parts.isEmpty { return "at least one component migration spec is required in spec.migration" }
        if spec["timeout"] == nil {
            return
                "spec.timeout is required for Storage Migration ops request, adjust timeout according to the size of "
                + "your database"
        }
        for part in parts {
            guard let name = part["storageClassName"]?.string else {
                return "spec.migration.storageClassName is required"
            }
            if stored.object(.storageClass, ObjectKey(namespace: "", name: name)) == nil {
                return "storage class \(name) not found"
            }
        }
        return nil
    }

    func horizons() -> String? {
        guard database["replicaSet"] != nil else { return "horizon opsRequest is only supported for ReplicaSet" }
        guard let block = spec["horizons"] else { return nil }
        guard database["tls"] != nil else { return "horizon opsRequest is only supported for TLS" }
        let replicas = database["replicas"]?.integer ?? 0
        return block["pods"]?.array?.count == Int(replicas)
            ? nil : "the length of ops.spec.horizons.pods has to be \(replicas)"
    }

    func replaceSentinel() -> String? {
        guard let reference = spec.at("sentinel", "ref"), let name = reference["name"]?.string, !name.isEmpty else {
            return "`spec.sentinel.ref` is required for ReplaceSentinel ops request"
        }
        guard database["mode"]?.string == "Sentinel" else {
            return "ReplaceSentinel is only applicable for Redis in Sentinel mode"
        }
        let namespace = reference["namespace"]?.string ?? request.objectNamespace
        let sentinel = stored.object(
            DatabaseEngine.redisSentinel.database,
            ObjectKey(namespace: namespace, name: name)
        )
        return sentinel == nil ? "referenced sentinel \(namespace)/\(name) not found" : nil
    }

    func announce() -> String? {
        guard database["mode"]?.string == "Cluster" else {
            return "announce is only applicable for redis cluster mode"
        }
        guard let shards = spec.at("announce", "shards")?.array else {
            return "spec.announce is required for announce ops request"
        }
        let wanted = database.at("cluster", "shards")?.integer ?? 0
        return shards.count == Int(wanted)
            ? nil
            : "number of shards in announce (\(shards.count)) does not match with redis cluster shards (\(wanted))"
    }
}
