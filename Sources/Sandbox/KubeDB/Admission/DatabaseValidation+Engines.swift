import JSON
import KubernetesAPI

/// What the webhook checks for one engine only.
extension DatabaseValidation {
    private func count(_ path: String...) -> Int64 { spec.at(path: path)?.integer ?? 0 }

    func checkMongoDB() throws(APIFailure) {
        if spec["shardTopology"] != nil {
            // The webhook reads these before it looks for a template that it fills in itself.
            for field in ["replicas", "podTemplate", "configSecret", "storage"] where spec[field] != nil {
                throw refusal.plain("doesn't support 'spec.\(field)' when spec.shardTopology is set")
            }
            for path in [
                ["shard", "shards"], ["shard", "replicas"], ["configServer", "replicas"], ["mongos", "replicas"],
            ] {
                let value = spec.at(path: ["shardTopology"] + path)?.integer ?? 0
                guard value < 1 else { continue }
                throw refusal.plain(
                    "spec.shardTopology.\(path.joined(separator: ".")) \(value) invalid. Must be greater than zero when "
                        + "spec.shardTopology is set"
                )
            }
            return
        }
        guard count("replicas") >= 1 else {
            throw refusal.plain(
                "spec.replicas \"\(count("replicas"))\" invalid. Must be greater than zero in non-shardTopology"
            )
        }
        guard spec["replicaSet"] == nil else { return }
        guard count("replicas") == 1 else {
            throw refusal.plain(
                "spec.replicas \"\(count("replicas"))\" invalid for 'MongoDB Standalone' instance. Value must be one"
            )
        }
        for field in ["arbiter", "hidden"] where spec[field] != nil {
            throw refusal.plain("spec.\(field) \"\(spec[field] ?? [:])\" is invalid for Standalone MongoDB. ")
        }
    }

    func checkPostgres() throws(APIFailure) {
        guard count("replicas") >= 1 else {
            throw refusal.plain("spec.replicas \"\(count("replicas"))\" invalid. Value must be greater than zero")
        }
        if spec["synchronousReplicationConfig"] != nil {
            guard spec["streamingMode"]?.string == "Synchronous" else {
                throw refusal.plain(
                    "spec.synchronousReplicationConfig is only valid when spec.streamingMode is \"Synchronous\""
                )
            }
            let synchronous = count("synchronousReplicationConfig", "numSyncReplicas")
            if spec.at("synchronousReplicationConfig", "standbyNames") == nil, synchronous >= count("replicas") {
                throw refusal.plain(
                    "spec.synchronousReplicationConfig.numSyncReplicas (\(synchronous)) must be less than spec.replicas "
                        + "(\(count("replicas"))) to avoid blocking all writes if a standby goes down"
                )
            }
        }
        let files = spec.at("configuration", "inline")?.object?.names ?? []
        if files.count > 1 {
            throw refusal.plain(
                "only one configuration source is allowed in spec.configuration.applyConfig and it should be \"user.conf\""
            )
        }
        if files.count == 1, !files.contains("user.conf") {
            throw refusal.plain(
                "invalid configuration source found in spec.configuration.applyConfig. only \"user.conf\" is allowed"
            )
        }
        let mode = spec["sslMode"]?.string ?? ""
        if spec["tls"] != nil, mode == "disable" {
            throw refusal.plain("can't have disable set to postgres.spec.sslMode when postgres.spec.TLS is set ")
        }
        if spec["tls"] == nil, !mode.isEmpty, mode != "disable" {
            throw refusal.plain("can't have \(mode) set to postgres.Spec.SSLMode when postgres.Spec.TLS is null")
        }
    }

    func checkMySQL() throws(APIFailure) {
        if spec["topology"] != nil {
            guard let mode = spec.at("topology", "mode")?.string else {
                throw refusal.plain("a valid 'spec.topology.mode' must be set for MySQL clustering")
            }
            if mode == "InnoDBCluster", version.at("spec", "router", "image") == nil {
                throw refusal.plain("InnoDBCluster mode is not supported for MySQL version \(version.objectName)")
            }
            if mode == "GroupReplication", !(3...9).contains(count("replicas")) {
                throw refusal.plain("accepted value of 'spec.replicas' for group replication is in range [3, 9]")
            }
        }
        let address = "\(database.objectName).\(database.objectName)-pods.\(database.objectNamespace).svc"
        if released?.major == 5, address.utf8.count > 60 {
            throw refusal.plain(
                "MySQL 5.*.* does not support dns name longer than 60 characters. 'name.name-pods.namespace.svc' should "
                    + "not exceed 60 characters"
            )
        }
    }

    func checkMariaDB() throws(APIFailure) {
        let replicas = count("replicas")
        guard replicas >= 1 else {
            throw refusal.plain("spec.replicas \"\(replicas)\" invalid. Value must be greater than zero")
        }
        if spec["topology"] != nil {
            if replicas == 1 {
                throw refusal.plain(
                    "'spec.replicas' \"1\" invalid. Value must be greater than or equal to 3 for topology mode or "
                        + "topology should be nil for standalone mode"
                )
            }
            if replicas < 3 {
                throw refusal.plain("'spec.replicas' \"\(replicas)\" invalid. Value must be 3 for mariadb cluster")
            }
            if database.objectName.utf8.count > 32 {
                throw refusal.plain(
                    "'spec.md.clusterName' \"\(database.objectName)\" shouldn't have more than 32 characters'"
                )
            }
        }
        if spec["requireSSL"]?.bool == true, let released, let least = Semver("10.5.2"), released < least {
            throw refusal.plain("requireSSL is not supported for the MariaDDB Versions lower than 10.5.2")
        }
        if spec.at("topology", "mode")?.string == "MariaDBReplication", count("topology", "maxscale", "replicas") < 1 {
            throw refusal.plain(
                "spec.topology.maxscale.replicas \"\(count("topology", "maxscale", "replicas"))\" invalid. Value must be "
                    + "greater than zero"
            )
        }
    }

    func checkRedis() throws(APIFailure) {
        switch spec["mode"]?.string {
        case "Standalone" where count("replicas") != 1:
            throw refusal.plain("spec.replicas \"\(count("replicas"))\" invalid for standalone mode. Value must be one")
        case "Cluster" where count("cluster", "shards") < 3:
            throw refusal.plain("spec.cluster.shards \"\(count("cluster", "shards"))\" invalid. Value must be >= 3")
        case "Cluster" where count("cluster", "replicas") < 2:
            throw refusal.plain("spec.cluster.replicas \"\(count("cluster", "replicas"))\" invalid. Value must be > 1")
        case "Sentinel":
            let reference = spec["sentinelRef"]
            if (reference?["name"]?.string ?? "").isEmpty || (reference?["namespace"]?.string ?? "").isEmpty {
                throw refusal.plain(
                    "need to provide sentinelRef Name and Namespace while redis Mode set to Sentinel for redis "
                        + "\(database.objectNamespace)/\(database.objectName)"
                )
            }
            try checkSentinelVersion()
        default: break
        }
        if spec["disableAuth"]?.bool == true, spec["authSecret"] != nil {
            throw refusal.plain("auth Secret is not supported when disableAuth is true")
        }
        if spec["tls"] != nil, (released?.major ?? 0) < 6 {
            throw refusal.plain("ssl support is available only for v6 or later versions")
        }
    }

    func checkSentinelVersion() throws(APIFailure) {
        if let released, let least = Semver("6.2"), released < least {
            throw refusal.plain("minimum version needed to use kubedb managed redis sentinel is 6.2.5")
        }
    }

    func checkElasticsearch() throws(APIFailure) {
        if let topology = spec["topology"] {
            for field in ["replicas", "storage"] where spec[field] != nil {
                throw refusal.plain("doesn't support spec.\(field) when spec.topology is set")
            }
            let suffixes = groups.map(\.name)
            if Set(suffixes).count != suffixes.count {
                throw refusal.plain("two or more node cannot have same suffix")
            }
            for group in groups where group.replicas <= 0 {
                throw refusal.plain("replicas for node role \(group.key) must be alteast 1")
            }
            if version.at("spec", "distribution")?.string == "ElasticStack", topology["data"] == nil,
                topology["dataHot"] == nil || topology["dataContent"] == nil
            {
                throw refusal.plain("when data node is empty, you need to have both dataHot and dataContent nodes")
            }
        } else if count("replicas") < 1 {
            throw refusal.plain("spec.replicas \"\(count("replicas"))\" invalid. Value must be greater than zero")
        }
        for group in groups {
            let container = spec.at(path: group.templatePath + ["spec", "containers"])?.item(named: engine.container)
            guard let memory = container?.at("resources", "requests", "memory")?.quantity,
                memory.bytes < 256 * 1024 * 1024
            else { continue }
            let field =
                spec["topology"] == nil
                ? "PodTemplate.Spec.Resources.Requests.memory" : "\(group.key).resources.reqeusts.memory"
            throw refusal.plain("\(field) cannot be less than 256Mi, given \(memory.bytes / (1024 * 1024))Mi")
        }
        if version.at("spec", "deprecated")?.bool == true {
            throw refusal.plain(
                "elasticsearch \(database.objectNamespace)/\(database.objectName) is using deprecated version "
                    + "\(version.objectName). Skipped processing"
            )
        }
        if spec["disableSecurity"]?.bool == true, spec["enableSSL"]?.bool == true {
            throw refusal.plain("to enable 'spec.enableSSL', 'spec.disableSecurity' needs to be set to false")
        }
    }

    /// Kafka's webhook gathers what is wrong and answers 422.
    func checkKafka() throws(APIFailure) {
        var causes: [(String, String)] = []
        let hasTLS = spec["tls"] != nil
        if spec["enableSSL"]?.bool == true, !hasTLS {
            causes.append(("spec.enableSSL", ".spec.tls can't be nil, if .spec.enableSSL is true"))
        }
        if spec["enableSSL"]?.bool != true, hasTLS {
            causes.append(("spec.enableSSL", ".spec.tls must be nil, if .spec.enableSSL is disabled"))
        }
        if let topology = spec["topology"] {
            for key in ["controller", "broker"] where topology[key] == nil {
                causes.append(("spec.topology.\(key)", ".spec.topology.\(key) can't be empty in topology cluster"))
            }
            if spec["replicas"] != nil {
                causes.append(("spec.replicas", "doesn't support spec.replicas when spec.topology is set"))
            }
            if spec["storage"] != nil {
                causes.append(("spec.topology.broker", "doesn't support spec.storage when spec.topology is set"))
            }
            for group in groups where group.replicas <= 0 {
                let why =
                    group.key == "controller" ? "number of replicas can not be less be 0 or less" : Self.noReplicas
                causes.append(("spec.topology.\(group.key).replicas", why))
            }
            let names = groups.map(\.name)
            if Set(names).count != names.count {
                causes.append(("spec.topology", "two or more node cannot have same suffix"))
            }
        } else if let replicas = spec["replicas"]?.integer, replicas <= 0 {
            causes.append(("spec.replicas", Self.noReplicas))
        }
        if spec["halted"]?.bool == true, database.at("spec", "deletionPolicy")?.string == "DoNotTerminate" {
            causes.append(("spec.halted", "can't halt if deletionPolicy is set to \"DoNotTerminate\""))
        }
        if isEphemeral, spec["deletionPolicy"]?.string == "Halt" {
            causes.append(
                ("spec.deletionPolicy", "'spec.deletionPolicy: Halt' can not be used for 'Ephemeral' storage")
            )
        }
        guard !causes.isEmpty else { return }
        throw refusal.invalid(kind: "Kafka", group: "kafka.kubedb.com", name: database.objectName, causes)
    }

    private static let noReplicas = "number of replicas can not be 0 or less"
}
