import JSON

/// What the mutating webhook of CloudNativePG writes into a Cluster.
enum ClusterDefaults {
    static func applied(to cluster: JSONValue) -> JSONValue {
        var spec = cluster["spec"] ?? [:]
        if spec["imageName"] == nil, spec["imageCatalogRef"] == nil { spec["imageName"] = .string(CNPG.defaultImage) }
        if spec["logLevel"] == nil { spec["logLevel"] = "info" }
        spec["bootstrap"] = bootstrap(spec["bootstrap"] ?? [:])
        spec["postgresql"] = postgresql(spec["postgresql"] ?? [:], of: cluster)
        var affinity = spec["affinity"] ?? [:]
        if affinity["podAntiAffinityType"] == nil { affinity["podAntiAffinityType"] = "preferred" }
        spec["affinity"] = affinity
        spec["replicationSlots"] = replicationSlots(spec["replicationSlots"] ?? [:])
        spec["probes"] = probes(spec["probes"] ?? [:])
        spec["monitoring"] = monitoring(spec["monitoring"] ?? [:])
        if let tablespaces = spec["tablespaces"]?.array {
            let owner = spec.at("bootstrap", "initdb", "owner")?.string ?? "postgres"
            spec["tablespaces"] = .array(
                tablespaces.map { tablespace in
                    guard tablespace.at("owner", "name")?.string ?? "" == "" else { return tablespace }
                    var owned = tablespace
                    owned["owner"] = ["name": .string(owner)]
                    return owned
                }
            )
        }
        var result = cluster
        result["spec"] = spec
        return result
    }

    private static func bootstrap(_ bootstrap: JSONValue) -> JSONValue {
        var bootstrap = bootstrap
        let isEmpty = ["initdb", "recovery", "pg_basebackup"].allSatisfy { bootstrap[$0] == nil }
        if isEmpty { bootstrap["initdb"] = [:] }
        for method in ["initdb", "recovery", "pg_basebackup"] {
            guard var options = bootstrap[method] else { continue }
            if options["database"] == nil, options["owner"] == nil { options["database"] = "app" }
            if options["owner"] == nil, let database = options["database"] { options["owner"] = database }
            if method == "initdb" {
                let usesProvider = options["localeProvider"] != nil || options["locale"] != nil
                for (name, value) in [("encoding", "UTF8"), ("localeCollate", "C"), ("localeCType", "C")]
                where options[name] == nil && (name == "encoding" || !usesProvider) {
                    options[name] = .string(value)
                }
            }
            bootstrap[method] = options
        }
        return bootstrap
    }

    private static func postgresql(_ postgresql: JSONValue, of cluster: JSONValue) -> JSONValue {
        var parameters = postgresql["parameters"]?.object ?? [:]
        for (name, value) in ServerParameters.defaults where parameters[name] == nil {
            parameters[name] = .string(value)
        }
        for (name, value) in ClusterValidation.computed(for: cluster) where parameters[name] == nil {
            parameters[name] = .string(value)
        }
        var result = postgresql
        result["parameters"] = .object(parameters)
        return result
    }

    private static func replicationSlots(_ slots: JSONValue) -> JSONValue {
        var slots = slots
        var availability = slots["highAvailability"] ?? [:]
        if availability["enabled"] == nil { availability["enabled"] = true }
        if availability["slotPrefix"] == nil { availability["slotPrefix"] = "_cnpg_" }
        slots["highAvailability"] = availability
        if slots["synchronizeReplicas"] == nil { slots["synchronizeReplicas"] = ["enabled": true] }
        if slots["updateInterval"] == nil { slots["updateInterval"] = 30 }
        return slots
    }

    private static func probes(_ probes: JSONValue) -> JSONValue {
        var probes = probes
        var liveness = probes["liveness"] ?? [:]
        if liveness["isolationCheck"] == nil {
            liveness["isolationCheck"] = ["enabled": true, "requestTimeout": 1000, "connectionTimeout": 1000]
        }
        probes["liveness"] = liveness
        return probes
    }

    private static func monitoring(_ monitoring: JSONValue) -> JSONValue {
        guard monitoring["disableDefaultQueries"]?.bool != true else { return monitoring }
        var monitoring = monitoring
        let standard: JSONValue = ["name": "cnpg-default-monitoring", "key": "queries"]
        let maps = monitoring["customQueriesConfigMap"]?.array ?? []
        if !maps.contains(standard) { monitoring["customQueriesConfigMap"] = .array([standard] + maps) }
        if monitoring["disableDefaultQueries"] == nil { monitoring["disableDefaultQueries"] = false }
        if monitoring["enablePodMonitor"] == nil { monitoring["enablePodMonitor"] = false }
        return monitoring
    }
}
