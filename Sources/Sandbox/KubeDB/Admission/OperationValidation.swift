import JSON
import KubernetesAPI

/// What a webhook finds wrong with a request; it looks only at the block that belongs to the request's type.
struct OperationValidation {
    /// What a webhook answers that follows a pointer to nothing.
    static let panic = "panic: runtime error: invalid memory address or nil pointer dereference [recovered]"

    let engine: DatabaseEngine
    let request: JSONValue
    /// The spec of the database; empty where it is not there and the webhook goes on all the same.
    let database: JSONValue
    let stored: any StoredObjectReader

    var spec: JSONValue { request["spec"] ?? [:] }
    /// Whether the request has not begun; some rules hold only until then.
    var isNew: Bool { ["", "Pending"].contains(request.at("status", "phase")?.string ?? "") }

    /// The block of the spec that belongs to a type.
    static func block(of type: String) -> String {
        switch type {
        case "UpdateVersion": "updateVersion"
        case "HorizontalScaling": "horizontalScaling"
        case "VerticalScaling": "verticalScaling"
        case "VolumeExpansion": "volumeExpansion"
        case "Reconfigure": "configuration"
        case "ReconfigureTLS": "tls"
        case "RotateAuth": "authentication"
        case "StorageMigration": "migration"
        case "ReplicationModeTransformation": "replicationModeTransformation"
        case "ReplaceSentinel": "sentinel"
        case "Announce": "announce"
        case "Horizons": "horizons"
        default: "type"
        }
    }

    /// Nil when there is nothing wrong.
    func complaint(about type: String) -> String? {
        switch type {
        case "UpdateVersion": updateVersion()
        case "HorizontalScaling": horizontalScaling()
        case "VerticalScaling": verticalScaling()
        case "VolumeExpansion": volumeExpansion()
        case "Reconfigure": reconfigure()
        case "ReconfigureTLS": reconfigureTLS()
        case "RotateAuth": rotateAuth()
        case "StorageMigration": storageMigration()
        case "Horizons": horizons()
        case "ReplaceSentinel": replaceSentinel()
        case "Announce": announce()
        default: nil
        }
    }

    func warnings(about type: String) -> [String] {
        guard type == "VerticalScaling", spec.at("verticalScaling", "mode")?.string == "InPlace" else { return [] }
        switch engine.name {
        case "kafka":
            return [
                "in-place vertical scaling is not recommended for Kafka: JVM heap is derived from container resources and "
                    + "requires a pod restart to take effect"
            ]
        case "elasticsearch":
            return [
                "in-place vertical scaling is not recommended for Elasticsearch: JVM heap (ES_JAVA_OPTS -Xms/-Xmx) is "
                    + "derived from container resources and requires a pod restart to take effect"
            ]
        default: return []
        }
    }

    func missing(_ block: String, in type: String) -> String {
        let isQuoted =
            ["postgres", "redis", "redissentinel"].contains(engine.name)
            || block == "updateVersion"
                && engine.name == "mongodb"
        let name = isQuoted ? "`spec.\(block)`" : "spec.\(block)"
        return "\(name) nil not supported in \(type) type"
    }

    private func version(_ name: String) -> JSONValue? {
        stored.object(engine.catalogue, ObjectKey(namespace: "", name: name))
    }

    private func updateVersion() -> String? {
        guard let target = spec.at("updateVersion", "targetVersion")?.string ?? spec["updateVersion"].map({ _ in "" })
        else { return missing("updateVersion", in: "UpdateVersion") }
        let current = database["version"]?.string ?? ""
        guard let source = version(current) else {
            return "\(engine.catalogue.plural).catalog.kubedb.com \"\(current)\" not found"
        }
        let refusal = "upgrade from version \(current) to \(target) is not supported"
        if engine.name == "mysql" {
            let mode = database.at("topology", "mode")?.string
            // Only two of the cluster modes are looked at, and any other has no version to go to.
            if database["topology"] != nil, mode != "GroupReplication", mode != "InnoDBCluster" { return refusal }
        }
        guard engine.name != "postgres" || isNew else { return nil }
        guard let release = version(target), mayFollow(source, release) else { return refusal }
        return incompatibility(of: source, release, target)
    }

    /// Whether the constraints of one release let another follow it.
    private func mayFollow(_ source: JSONValue, _ target: JSONValue) -> Bool {
        guard let version = target.at("spec", "version")?.string.flatMap({ Semver($0) }) else { return false }
        func ranges(_ list: String) -> [SemverRange] {
            let constraints = source.at("spec", "updateConstraints", list)
            let texts = engine.name == "mysql" ? constraints?["groupReplication"] : constraints
            return (texts?.array ?? []).compactMap { $0.string.flatMap { SemverRange($0) } }
        }
        let allowed = ranges("allowlist")
        return (allowed.isEmpty || allowed.contains { $0.contains(version) })
            && !ranges("denylist").contains { $0.contains(version) }
    }

    private func incompatibility(of source: JSONValue, _ target: JSONValue, _ name: String) -> String? {
        func field(_ release: JSONValue, _ path: String...) -> String {
            release.at(path: ["spec"] + path)?.string ?? ""
        }
        let (from, to) = (field(source, "distribution"), field(target, "distribution"))
        if engine.name == "postgres" {
            let (base, newBase) = (field(source, "db", "baseOS"), field(target, "db", "baseOS"))
            if !base.isEmpty, !newBase.isEmpty, base != newBase {
                return "upgrading between different base OS variants is not allowed: current version "
                    + "\"\(source.objectName)\" uses baseOS \"\(base)\" but target version \"\(name)\" uses baseOS "
                    + "\"\(newBase)\""
            }
            if !from.isEmpty, !to.isEmpty, from != to {
                return "upgrading between different distributions is not allowed: current version "
                    + "\"\(source.objectName)\" uses distribution \"\(from)\" but target version \"\(name)\" uses "
                    + "distribution \"\(to)\""
            }
        }
        if engine.name == "redis" || engine.name == "redissentinel", from != to,
            Semver(field(source, "version"))?.major != Semver(field(target, "version"))?.major
        {
            return
                "\(engine.operation.kind) \(request.objectNamespace)/\(request.objectName): can't upgrade Official to "
                + "Valkey with a different major version"
        }
        return nil
    }

    private func verticalScaling() -> String? {
        guard let block = spec["verticalScaling"] else {
            return switch engine.name {
            case "mongodb": nil
            case "mysql", "mariadb": "`spec.Scale.Vertical` field is empty"
            default: missing("verticalScaling", in: "VerticalScaling")
            }
        }
        func hasAny(_ keys: String...) -> Bool { keys.contains { block[$0] != nil } }
        switch engine.name {
        case "postgres" where !hasAny("postgres", "coordinator", "arbiter", "readReplicas"):
            return
                "`spec.verticalScaling.Postgres`, `spec.verticalScaling.Coordinator`, `spec.verticalScaling.Arbiter`, "
                + "`spec.verticalScaling.ReadReplica` at least any of them should be present in vertical scaling ops "
                + "request"
        case "redis" where !hasAny("redis", "exporter", "coordinator"):
            return "at least one of `spec.verticalScaling.redis`, `spec.verticalScaling.exporter`, or "
                + "`spec.verticalScaling.coordinator` must be specified"
        case "redissentinel" where !hasAny("redissentinel", "exporter"):
            return "at least one of `spec.verticalScaling.redissentinel` or `spec.verticalScaling.exporter` must be "
                + "specified"
        case "kafka":
            if hasAny("broker", "controller"), hasAny("node") {
                return "spec.verticalScaling.Node && spec.verticalScaling.Topology both can't be non-empty at the same "
                    + "ops request"
            }
            if database["topology"] != nil, !hasAny("broker", "controller") {
                return "spec.verticalScaling.topology can not be empty as reference database mode is topology"
            }
            if database["topology"] == nil, !hasAny("node") {
                return "spec.verticalScaling.node can not be empty as reference database mode is combined"
            }
            return nil
        default: return nil
        }
    }

    private func reconfigure() -> String? {
        guard let block = spec["configuration"] else {
            return switch engine.name {
            case "mongodb": nil
            case "mysql", "mariadb": "`.Spec.Configuration` field is nil"
            case "elasticsearch":
                "configuration can not be empty for \(request.objectNamespace)/\(request.objectName)"
            default: missing("configuration", in: "Reconfigure")
            }
        }
        let isOpenSearch = version(database["version"]?.string ?? "")?.at("spec", "authPlugin")?.string == "OpenSearch"
        if engine.name == "elasticsearch", isOpenSearch, database["enableSSL"]?.bool != true {
            return "opsrequest \(request.objectNamespace)/\(request.objectName) is not compatible for version "
                + "\(database["version"]?.string ?? "")"
        }
        guard !["mongodb", "elasticsearch"].contains(engine.name) else { return nil }
        let removes = block["removeCustomConfig"]?.bool == true
        let files = block["applyConfig"]?.object?.names ?? []
        let applies = engine.name == "postgres" ? files.contains("user.conf") : !files.isEmpty
        let extra = engine.name == "postgres" ? block["tuning"] : engine.name == "redis" ? block["auth"] : nil
        if !removes, block["configSecret"] == nil, !applies, extra == nil {
            return switch engine.name {
            case "postgres":
                "at least one of `RemoveCustomConfig`, `ConfigSecret`, `Tuning` or `ApplyConfig` must be specified"
            case "redis":
                "at least one of `RemoveCustomConfig`, `ConfigSecret`, `ApplyConfig` or `Auth` must be specified"
            default: "at least one of `RemoveCustomConfig`, `ConfigSecret`, or `ApplyConfig` must be specified"
            }
        }
        if engine.name == "postgres", removes, block["restart"]?.string == "false" {
            return
                "`spec.configuration.restart: false` is not allowed when `spec.configuration.removeCustomConfig: true` "
                + "for postgres"
        }
        return nil
    }

    private func reconfigureTLS() -> String? {
        guard engine.name != "mongodb", engine.name != "elasticsearch" else { return nil }
        guard let block = spec["tls"] else {
            return switch engine.name {
            case "mariadb": Self.panic
            case "mysql": Self.oneOfTLS
            case "kafka": "spec.TLS nil not supported in ReconfigureTLS type"
            default: missing("tls", in: "ReconfigureTLS")
            }
        }
        let (removes, rotates) = (block["remove"]?.bool == true, block["rotateCertificates"]?.bool == true)
        if engine.name == "mysql" { return removes && rotates ? Self.oneOfTLS : nil }
        guard engine.name != "postgres" else { return nil }
        let changes = block["issuerRef"] != nil || block["certificates"] != nil || block["requireSSL"] != nil
        let count = [removes, rotates, changes].count { $0 }
        if count == 0 { return "no reconfiguration is provided in TLS spec" }
        if count > 1 {
            return "more than 1 field have assigned to spec.reconfigureTLS but at a time one is allowed to run one "
                + "operation"
        }
        return nil
    }

    private static let oneOfTLS =
        "more than 1 field have assigned to reconfigureTLS to your database but at a time you you are allowed to run one "
        + "operation(`Remove` or `RotateCertificates`)"

    private func rotateAuth() -> String? {
        guard engine.name != "mongodb" else { return nil }
        if database["disableAuth"]?.bool == true {
            let name = spec.at("databaseRef", "name")?.string ?? ""
            return "\(name) is running in disable auth mode. RotateAuth is not applicable"
        }
        guard let reference = spec.at("authentication", "secretRef") else { return nil }
        let name = reference["name"]?.string ?? ""
        guard !name.isEmpty else { return "spec.authentication.secretRef.name can not be empty" }
        let namespace = request.objectNamespace
        guard let secret = stored.object(.secret, ObjectKey(namespace: namespace, name: name)) else {
            return "referenced secret \(namespace)/\(name) not found"
        }
        guard ["postgres", "mysql", "mariadb"].contains(engine.name) else { return nil }
        let current = database.at("authSecret", "name")?.string ?? ""
        let former = stored.object(.secret, ObjectKey(namespace: namespace, name: current))
        return former?.at("data", "username") == secret.at("data", "username")
            ? nil : "database username cannot be changed"
    }
}
