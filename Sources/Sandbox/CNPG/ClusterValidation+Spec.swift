import JSON
import KubernetesAPI

extension ClusterValidation {
    static func replicas(_ spec: JSONValue) -> [Cause] {
        var causes: [Cause] = []
        let instances = spec["instances"]?.integer ?? 1
        let least = spec["minSyncReplicas"]?.integer ?? 0
        let most = spec["maxSyncReplicas"]?.integer ?? 0
        if spec["primaryUpdateStrategy"]?.string == "supervised", instances == 1 {
            causes.append(
                .invalid(
                    "spec.primaryUpdateStrategy",
                    quoted("supervised"),
                    "supervised update strategy is not allowed for clusters with a single instance"
                )
            )
        }
        if most >= instances, most > 0 {
            causes.append(
                .invalid(
                    "spec.maxSyncReplicas",
                    String(most),
                    "maxSyncReplicas must be lower than the number of instances"
                )
            )
        }
        if least > most {
            causes.append(
                .invalid(
                    "spec.minSyncReplicas",
                    String(least),
                    "minSyncReplicas cannot be greater than maxSyncReplicas"
                )
            )
        }
        guard let synchronous = spec.at("postgresql", "synchronous") else { return causes }
        if least > 0 || most > 0 {
            causes.append(
                .invalid(
                    "spec.postgresql.synchronous",
                    synchronous.description,
                    "Can't have both legacy synchronous replica configuration and new one"
                )
            )
        }
        let named = ["standbyNamesPre", "standbyNamesPost"].reduce(0) { $0 + (synchronous[$1]?.array?.count ?? 0) }
        if (synchronous["number"]?.integer ?? 0) >= instances + Int64(named) {
            causes.append(
                .invalid(
                    "spec.postgresql.synchronous",
                    synchronous.description,
                    "Invalid synchronous configuration: the number of synchronous replicas must be less than the "
                        + "total number of instances and the provided standby names."
                )
            )
        }
        return causes
    }

    static func parameters(_ cluster: JSONValue) -> [Cause] {
        let spec = cluster["spec"] ?? [:]
        let parameters = spec.at("postgresql", "parameters")?.strings ?? [:]
        let computed = computed(for: cluster)
        let base = "spec.postgresql.parameters."
        var causes: [Cause] = []
        for (name, value) in parameters.sorted(by: { $0.key < $1.key })
        where ServerParameters.fixed.contains(name) && computed[name] != value {
            causes.append(.invalid(base + name, quoted(value), "Can't set fixed configuration parameter"))
        }
        let level = parameters["wal_level"] ?? "logical"
        let instances = spec["instances"]?.integer ?? 1
        if !["minimal", "replica", "logical"].contains(level) {
            causes.append(
                .invalid(
                    base + "wal_level",
                    quoted(level),
                    "unrecognized `wal_level` value - allowed values: `logical`, `replica`, `minimal`"
                )
            )
        } else if level == "minimal" {
            if instances > 1 || computed["archive_mode"] != "off" || isReplica(spec) {
                causes.append(
                    .invalid(
                        base + "wal_level",
                        quoted(level),
                        "`wal_level` should be set at `logical` or `replica` when `archive_mode` is `on`, "
                            + "'.instances' field is greater than 1, or this is a replica cluster"
                    )
                )
            }
            if parameters["max_wal_senders"] != "0" {
                causes.append(
                    .invalid(
                        base + "max_wal_senders",
                        quoted(level),
                        "`max_wal_senders` should be set at `0` when `wal_level` is `minimal`"
                    )
                )
            }
        }
        if let hints = parameters["wal_log_hints"], instances > 1, !["on", "true", "yes", "1"].contains(hints) {
            causes.append(
                .invalid(
                    base + "wal_log_hints",
                    quoted(hints),
                    "`wal_log_hints` must be set to `on` when `instances` > 1"
                )
            )
        }
        return causes + sizes(parameters, spec)
    }

    private static func sizes(_ parameters: [String: String], _ spec: JSONValue) -> [Cause] {
        let base = "spec.postgresql.parameters."
        var causes: [Cause] = []
        if let buffers = parameters["shared_buffers"], serverSize(buffers) == nil {
            causes.append(
                .invalid(
                    base + "shared_buffers",
                    quoted("shared_buffers"),
                    "Invalid value for configuration parameter shared_buffers. More info on accepted values format: "
                        + "https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES"
                )
            )
        }
        let least = parameters["min_wal_size"] ?? "80MB"
        let most = parameters["max_wal_size"] ?? "1GB"
        for (name, value) in [("min_wal_size", least), ("max_wal_size", most)] where serverSize(value) == nil {
            causes.append(
                .invalid(base + name, quoted(value), "Invalid value for configuration parameter \(name)")
            )
        }
        if let low = serverSize(least), let high = serverSize(most), low >= high {
            causes.append(
                .invalid(
                    base + "min_wal_size",
                    quoted(least),
                    "Invalid vale. Parameter min_wal_size (default 80MB) should be smaller than parameter "
                        + "max_wal_size (default 1GB)"
                )
            )
        }
        if let volume = spec.at("walStorage", "size")?.string.flatMap({ Quantity($0) }),
            let set = parameters["max_wal_size"], let high = serverSize(set), high >= volume
        {
            causes.append(
                .invalid(
                    base + "max_wal_size",
                    quoted(set),
                    "Invalid value. Parameter max_wal_size (default 1GB) should be smaller than WAL volume size"
                )
            )
        }
        return causes
    }

    /// A size as PostgreSQL writes it, "128MB", or nil when it is none; without a unit it is in megabytes.
    static func serverSize(_ text: String) -> Quantity? {
        if Int64(text) != nil { return Quantity(text + "Mi") }
        guard text.hasSuffix("B") else { return nil }
        let number = text.dropLast().filter { $0 != " " }
        if Int64(number) != nil { return Quantity(String(number)) }
        return Quantity(number.replacing("k", with: "K") + "i")
    }

    static func resources(_ spec: JSONValue) -> [Cause] {
        var causes: [Cause] = []
        func quantity(_ part: String, _ name: String) -> Quantity? {
            spec.at("resources", part)?[name].flatMap { $0.string ?? $0.integer.map { String($0) } }
                .flatMap { Quantity($0) }
        }
        let asked = spec.at("resources", "requests", "memory")?.string
        if let buffers = spec.at("postgresql", "parameters", "shared_buffers")?.string.flatMap(serverSize),
            let memory = quantity("requests", "memory"), memory < buffers
        {
            causes.append(
                .invalid(
                    "spec.resources.requests.memory",
                    quoted(asked),
                    "Memory request is lower than PostgreSQL `shared_buffers` value"
                )
            )
        }
        for (name, field, what) in [
            ("cpu", "cpu", "CPU"), ("memory", "memory", "Memory"),
            ("ephemeral-storage", "storage", "Ephemeral storage"),
        ] {
            guard let request = quantity("requests", name), let limit = quantity("limits", name), request > limit
            else { continue }
            causes.append(
                .invalid(
                    "spec.resources.requests.\(field)",
                    quoted(spec.at("resources", "requests")?[name]?.string),
                    "\(what) request is greater than the limit"
                )
            )
        }
        return causes
    }

    static func services(_ cluster: JSONValue) -> [Cause] {
        let name = cluster.objectName
        let reserved = ["-rw", "-ro", "-r", "-any"].map { name + $0 }
        var causes: [Cause] = []
        for (index, service) in (cluster.at("spec", "managed", "services", "additional")?.array ?? []).enumerated() {
            let own = service.at("serviceTemplate", "metadata", "name")?.string ?? ""
            let field = "spec.managed.services.additional[\(index)]"
            if own.isEmpty || reserved.contains(own) {
                causes.append(
                    .invalid(field, quoted(own), "the service name '\(own)' is reserved for operator use")
                )
            }
        }
        return causes
    }

    static func annotations(_ cluster: JSONValue) -> [Cause] {
        guard let value = cluster.annotation(CNPG.Annotation.hibernation), value != "on", value != "off" else {
            return []
        }
        return [
            .invalid(
                "metadata.annotations.\(CNPG.Annotation.hibernation)",
                quoted(value),
                "Annotation value for hibernation should be \"on\" or \"off\""
            )
        ]
    }

    static func plugins(_ spec: JSONValue) -> [Cause] {
        let archivers = (spec["plugins"]?.array ?? []).filter {
            $0["enabled"]?.bool != false && $0["isWALArchiver"]?.bool == true
        }
        var causes: [Cause] = []
        if archivers.count > 1 {
            causes.append(
                .invalid("spec.plugins", String(archivers.count), "Cannot enable more than one WAL archiver plugin")
            )
        }
        if !archivers.isEmpty, spec.at("backup", "barmanObjectStore") != nil {
            causes.append(
                .invalid(
                    "spec.plugins",
                    String(archivers.count),
                    "Cannot enable a WAL archiver plugin when barmanObjectStore is configured"
                )
            )
        }
        return causes
    }
}
