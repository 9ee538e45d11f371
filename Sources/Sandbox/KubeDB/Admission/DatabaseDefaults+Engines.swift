import JSON
import KubernetesAPI

/// What the webhook fills in for one engine only.
extension DatabaseDefaults {
    func fillOwn(_ spec: inout JSONValue, of database: JSONValue) {
        switch engine.name {
        case "mongodb": fillMongoDB(&spec)
        case "postgres": fillPostgres(&spec)
        case "mysql": fillMySQL(&spec, of: database)
        case "mariadb": fillMariaDB(&spec)
        case "redis": fillRedis(&spec, of: database)
        case "redissentinel": spec.fill(["replicas"], 1)
        case "elasticsearch": fillElasticsearch(&spec)
        default: fillKafka(&spec)
        }
    }

    private func fillMongoDB(_ spec: inout JSONValue) {
        spec.fill(["storageEngine"], "wiredTiger")
        spec.fill(["sslMode"], spec["tls"] == nil ? "disabled" : "requireSSL")
        if spec["replicaSet"] != nil || spec["shardTopology"] != nil {
            let isOpen = ["disabled", "allowSSL"].contains(spec["sslMode"]?.string)
            spec.fill(["clusterAuthMode"], isOpen ? "keyFile" : "x509")
        }
        if spec["shardTopology"] == nil { spec.fill(["replicas"], 1) }
    }

    private func fillPostgres(_ spec: inout JSONValue) {
        spec.fill(["replicas"], 1)
        spec.fill(["standbyMode"], "Hot")
        if spec["streamingMode"]?.string == "Synchronous" {
            spec.fill(["synchronousReplicationConfig", "mode"], "Any")
            spec.fill(["synchronousReplicationConfig", "numSyncReplicas"], 1)
            spec.fill(["synchronousReplicationConfig", "commitLevel"], "RemoteWrite")
        }
        spec.fill(
            ["leaderElection"],
            [
                "period": "300ms", "electionTick": 10, "heartbeatTick": 1, "maximumLagBeforeFailover": 67_108_864,
            ]
        )
        spec.fill(["leaderElection", "transferLeadershipInterval"], "1s")
        spec.fill(["leaderElection", "transferLeadershipTimeout"], "1m0s")
        spec.fill(["sslMode"], spec["tls"] == nil ? "disable" : "verify-full")
        let major = version.at("spec", "version")?.string.flatMap { Semver($0) }?.major ?? 0
        spec.fill(["clientAuthMode"], major < 18 ? "md5" : "scram")
        spec.fill(["replication", "walLimitPolicy"], major <= 12 ? "WALKeepSegment" : "WALKeepSize")
        switch spec.at("replication", "walLimitPolicy")?.string {
        case "WALKeepSegment": spec.fill(["replication", "walKeepSegment"], 96)
        case "WALKeepSize": spec.fill(["replication", "walKeepSize"], 1536)
        case "ReplicationSlot": spec.fill(["replication", "maxSlotWALKeepSize"], -1)
        default: break
        }
        if (spec["replicas"]?.integer ?? 0) % 2 == 0 {
            spec.fill(
                ["arbiter"],
                [
                    "resources": [
                        "requests": ["cpu": "200m", "memory": "256Mi", "storage": "2Gi"], "limits": ["memory": "256Mi"],
                    ]
                ]
            )
        }
    }

    private func fillMySQL(_ spec: inout JSONValue, of database: JSONValue) {
        let mode = spec.at("topology", "mode")?.string
        spec.fill(["replicas"], ["GroupReplication", "InnoDBCluster", "SemiSync"].contains(mode) ? 3 : 1)
        switch mode {
        case "GroupReplication":
            // Where the name is missing, every write gives the group another one.
            spec.fill(["topology", "group", "name"], .string(Self.groupName(for: database)))
            spec.fill(["topology", "group", "mode"], "Single-Primary")
        case "SemiSync":
            spec.fill(["topology", "semiSync", "sourceWaitForReplicaCount"], 1)
            spec.fill(["topology", "semiSync", "sourceTimeout"], "24h0m0s")
            spec.fill(["topology", "semiSync", "errantTransactionRecoveryPolicy"], "PseudoTransaction")
        case "InnoDBCluster":
            spec.fill(["topology", "innoDBCluster", "router", "replicas"], 1)
        default: break
        }
    }

    /// A UUID that follows from the object as it is written, so that another write gives another one.
    private static func groupName(for database: JSONValue) -> String {
        let first = stableHash(of: database)
        let second = stableHash(of: ["": database])
        func hex(_ value: UInt64, _ count: Int) -> String {
            let digits = String(value, radix: 16)
            return String((String(repeating: "0", count: 16) + digits).suffix(count))
        }
        let (a, b) = (hex(first, 16), hex(second, 16))
        return "\(a.prefix(8))-\(a.dropFirst(8).prefix(4))-4\(a.suffix(3))-8\(b.prefix(3))-\(b.suffix(12))"
    }

    private func fillMariaDB(_ spec: inout JSONValue) {
        if spec["topology"] != nil { spec.fill(["wsrepSSTMethod"], "rsync") }
        spec.fill(["replicas"], 1)
        if (spec["replicas"]?.integer ?? 1) > 1 { spec.fill(["topology", "mode"], "GaleraCluster") }
        guard spec.at("topology", "mode")?.string == "MariaDBReplication" else { return }
        spec["wsrepSSTMethod"] = "mariabackup"
        guard spec.at("topology", "maxscale") != nil else { return }
        spec.fill(["topology", "maxscale", "storageType"], "Durable")
        spec.fill(["topology", "maxscale", "replicas"], 1)
        spec.fill(["topology", "maxscale", "enableUI"], true)
    }

    private func fillRedis(_ spec: inout JSONValue, of database: JSONValue) {
        if spec["mode"]?.string != "Cluster" { spec.fill(["replicas"], 1) }
        spec.fill(["mode"], "Standalone")
        switch spec["mode"]?.string {
        case "Cluster":
            spec.fill(["cluster", "shards"], 3)
            spec.fill(["cluster", "replicas"], 2)
        case "Sentinel" where spec["sentinelRef"] != nil:
            spec.fill(["sentinelRef", "namespace"], .string(database.objectNamespace))
        default: break
        }
    }

    private func fillElasticsearch(_ spec: inout JSONValue) {
        spec.fill(["heapSizePercentage"], 50)
        spec.fill(
            ["kernelSettings"],
            ["privileged": true, "sysctls": [["name": "vm.max_map_count", "value": "262144"]]]
        )
        if spec["disableSecurity"]?.bool != true {
            spec.fill(["internalUsers", administrator], ["backendRoles": ["superuser"]])
        }
        guard spec["topology"] != nil else {
            spec.fill(["replicas"], 1)
            if (spec["replicas"]?.integer ?? 1) > 1 { spec.fill(["maxUnavailable"], 1) }
            return
        }
        for (key, suffix) in DatabaseEngine.elasticsearchRoles where spec.at("topology", key) != nil {
            spec.fill(["topology", key, "suffix"], .string(suffix))
            spec.fill(["topology", key, "replicas"], 1)
            if (spec.at("topology", key, "replicas")?.integer ?? 1) > 1 {
                spec.fill(["topology", key, "maxUnavailable"], 1)
            }
        }
    }

    private func fillKafka(_ spec: inout JSONValue) {
        guard spec["topology"] != nil else { return spec.fill(["replicas"], 1) }
        for key in ["controller", "broker"] where spec.at("topology", key) != nil {
            spec.fill(["topology", key, "suffix"], .string(key))
            spec.fill(["topology", key, "replicas"], 1)
        }
    }

    /// The name of the user that may do everything.
    var administrator: String {
        guard engine.name == "elasticsearch" else { return engine.administrator }
        return version.at("spec", "authPlugin")?.string == "X-Pack" ? "elastic" : "admin"
    }
}
