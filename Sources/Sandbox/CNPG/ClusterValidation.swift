import JSON
import KubernetesAPI

/// What the validating webhook of CloudNativePG refuses in a Cluster, in its words.
enum ClusterValidation {
    typealias Cause = APIFailure.Cause

    /// What is wrong with a Cluster that has its defaults.
    static func causes(against cluster: JSONValue) -> [Cause] {
        let spec = cluster["spec"] ?? [:]
        return name(cluster) + bootstrap(spec) + image(spec) + storage(spec) + externalClusters(spec)
            + replicas(spec) + parameters(cluster) + resources(spec) + services(cluster) + annotations(cluster)
            + plugins(spec)
    }

    /// The sentences of Warning headers.
    static func warnings(about cluster: JSONValue) -> [String] {
        let spec = cluster["spec"] ?? [:]
        var warnings: [String] = []
        let external = spec["externalClusters"]?.array ?? []
        if spec.at("backup", "barmanObjectStore") != nil || external.contains(where: { $0["barmanObjectStore"] != nil })
        {
            warnings.append(
                "Native support for Barman Cloud backups and recovery is deprecated and will be completely removed in "
                    + "CloudNativePG 1.31. Use the Barman Cloud Plugin instead."
            )
        }
        if let memory = spec.at("postgresql", "parameters", "shared_buffers")?.string, Int64(memory) != nil {
            warnings.append("`shared_buffers` value '\(memory)' is missing a unit (e.g. MB, GB).")
        }
        if spec.at("monitoring", "enablePodMonitor")?.bool == true {
            warnings.append("spec.monitoring.enablePodMonitor is deprecated and will be removed in a future release.")
        }
        return warnings
    }

    /// The values the operator computes for fixed parameters of this very cluster.
    static func computed(for cluster: JSONValue) -> [String: String] {
        var computed = ServerParameters.computed
        if cluster.annotation("cnpg.io/skipWalArchiving") == "enabled" {
            computed["archive_mode"] = "off"
        } else if isReplica(cluster["spec"] ?? [:]) {
            computed["archive_mode"] = "always"
        }
        return computed
    }

    static func isReplica(_ spec: JSONValue) -> Bool { spec.at("replica", "enabled")?.bool == true }

    static func quoted(_ text: String?) -> String { "\"\(text ?? "")\"" }

    private static func name(_ cluster: JSONValue) -> [Cause] {
        let name = cluster.objectName
        var causes: [Cause] = []
        if name.wholeMatch(of: /[a-z]([-a-z0-9]*[a-z0-9])?/) == nil || name.utf8.count > 63 {
            causes.append(
                .invalid(
                    "metadata.name",
                    quoted(name),
                    "cluster name must be a valid DNS label: a DNS-1035 label must consist of lower case alphanumeric "
                        + "characters or '-', start with an alphabetic character, and end with an alphanumeric "
                        + "character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
                        + "'[a-z]([-a-z0-9]*[a-z0-9])?')"
                )
            )
        }
        if name.utf8.count > 50 {
            causes.append(
                .invalid("metadata.name", quoted(name), "the maximum length of a cluster name is 50 characters")
            )
        }
        return causes
    }

    private static func bootstrap(_ spec: JSONValue) -> [Cause] {
        let bootstrap = spec["bootstrap"] ?? [:]
        var causes: [Cause] = []
        let methods = ["initdb", "recovery", "pg_basebackup"].filter { bootstrap[$0] != nil }
        if methods.count > 1 {
            causes.append(.invalid("spec.bootstrap", quoted(""), "Too many bootstrap types specified"))
        }
        for method in methods {
            let options = bootstrap[method] ?? [:]
            let database = options["database"]?.string ?? ""
            let owner = options["owner"]?.string ?? ""
            if !owner.isEmpty, database.isEmpty {
                causes.append(
                    .invalid(
                        "spec.bootstrap.\(method).database",
                        quoted(""),
                        "You need to specify the database name for the \(method) method"
                    )
                )
            }
            guard method != "initdb" else { continue }
            let source = options["source"]?.string ?? ""
            let external = spec["externalClusters"]?.array?.first { $0["name"]?.string == source }
            if external == nil, !source.isEmpty || method == "pg_basebackup" {
                causes.append(
                    .invalid(
                        "spec.bootstrap.\(method).source",
                        quoted(source),
                        "External cluster \(source) not found"
                    )
                )
            } else if method == "recovery", let external, external["plugin"] == nil,
                external["barmanObjectStore"] == nil
            {
                causes.append(
                    .invalid(
                        "spec.bootstrap.recovery.source",
                        quoted(source),
                        "External cluster \(source) cannot be used for recovery: both Barman and CNPG-i plugin "
                            + "configurations are missing"
                    )
                )
            }
        }
        if let size = bootstrap.at("initdb", "walSegmentSize")?.integer, size > 0, size & (size - 1) != 0 {
            causes.append(
                .invalid("spec.bootstrap.initdb.walSegmentSize", String(size), "WAL segment size must be a power of 2")
            )
        }
        if let target = bootstrap.at("recovery", "recoveryTarget") { causes += recoveryTarget(target, bootstrap) }
        return causes
    }

    private static func recoveryTarget(_ target: JSONValue, _ bootstrap: JSONValue) -> [Cause] {
        let field = "spec.bootstrap.recovery.recoveryTarget"
        var causes: [Cause] = []
        let targets = ["targetImmediate", "targetLSN", "targetName", "targetXID", "targetTime"]
        if targets.filter({ target[$0] != nil }).count > 1 {
            causes.append(.invalid(field, target.description, "Recovery target options are mutually exclusive"))
        }
        let needsBackup = ["targetImmediate", "targetName", "targetXID"].contains { target[$0] != nil }
        if needsBackup, target["backupID"] == nil, bootstrap.at("recovery", "volumeSnapshots") == nil {
            causes.append(.required(field, "BackupID is missing"))
        }
        return causes
    }

    private static func image(_ spec: JSONValue) -> [Cause] {
        guard let image = spec["imageName"]?.string else { return [] }
        func refused(_ why: String) -> [Cause] { [.invalid("spec.imageName", quoted(image), why)] }
        switch CNPG.tag(of: image) {
        case "latest"?: return refused("Can't use 'latest' as image tag as we can't detect upgrades")
        case nil where image.contains("@"): return refused("Can't use just the image sha as we can't detect upgrades")
        case nil: return refused("Can't use 'latest' as image tag as we can't detect upgrades")
        default: break
        }
        guard let major = CNPG.major(of: image) else { return refused("invalid version tag") }
        return major < 12 ? refused("Unsupported PostgreSQL version. Versions 12 or newer are supported") : []
    }

    private static func storage(_ spec: JSONValue) -> [Cause] {
        var causes = size(spec["storage"] ?? [:], "spec.storage")
        if let wal = spec["walStorage"] { causes += size(wal, "spec.walStorage") }
        for (index, tablespace) in (spec["tablespaces"]?.array ?? []).enumerated() {
            causes += size(tablespace["storage"] ?? [:], "spec.tablespaces[\(index)]")
        }
        return causes
    }

    private static func size(_ storage: JSONValue, _ field: String) -> [Cause] {
        let size = storage["size"]?.string ?? ""
        if !size.isEmpty {
            return Quantity(size) == nil ? [.invalid(field + ".size", quoted(size), "Size value isn't valid")] : []
        }
        guard storage.at("pvcTemplate", "resources", "requests", "storage") == nil else { return [] }
        return [
            .invalid(
                field + ".size",
                quoted(""),
                "Size not configured. Please add it, or a storage request in the pvcTemplate."
            )
        ]
    }

    private static func externalClusters(_ spec: JSONValue) -> [Cause] {
        var causes: [Cause] = []
        var seen: Set<String> = []
        for (index, external) in (spec["externalClusters"]?.array ?? []).enumerated() {
            let name = external["name"]?.string ?? ""
            let field = "spec.externalClusters[\(index)]"
            if !seen.insert(name).inserted {
                causes.append(
                    Cause(
                        reason: "FieldValueDuplicate",
                        message: "Duplicate value: \(quoted(name))",
                        field: field + ".name"
                    )
                )
            }
            if ["connectionParameters", "plugin", "barmanObjectStore"].allSatisfy({ external[$0] == nil }) {
                causes.append(
                    .invalid(
                        field,
                        quoted(name),
                        "one of connectionParameters, plugin and barmanObjectStore is required"
                    )
                )
            }
        }
        return causes
    }
}
