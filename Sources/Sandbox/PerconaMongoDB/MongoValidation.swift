import JSON
import KubernetesAPI
import YAML

/// What the operator finds wrong in a spec that every API server takes: it has no webhook, so its status tells.
struct MongoValidation {
    private let cluster: JSONValue
    private let spec: JSONValue
    private var unsafe: JSONValue { spec["unsafeFlags"] ?? [:] }
    /// Sizes are not looked at while a cluster is stopped or goes.
    private var checksSizes: Bool { spec["pause"]?.bool != true && !cluster.isBeingDeleted }

    init(_ cluster: JSONValue) {
        self.cluster = cluster
        spec = cluster["spec"] ?? [:]
    }

    /// The first complaint, in the operator's words; nil when there is none.
    var complaint: String? {
        guard spec["replsets"]?.array != nil else { return "at least one replica set should be specified" }
        if spec["image"]?.string ?? "" == "" { return "Required value for spec.image" }
        if spec.at("tls", "mode")?.string == "disabled", unsafe["tls"]?.bool != true {
            return "TLS must be enabled. Set spec.unsafeFlags.tls to true to disable this check"
        }
        if spec.at("sharding", "enabled")?.bool == true {
            if spec.at("sharding", "configsvrReplSet") == nil { return "config replica set should be specified" }
            if spec.at("sharding", "mongos") == nil { return "mongos should be specified" }
        }
        for replset in MongoReplset.all(spec) {
            if let complaint = complaint(replset) { return complaint }
        }
        return backupComplaint ?? strategyComplaint
    }

    private var strategyComplaint: String? {
        guard spec["unmanaged"]?.bool == true else { return nil }
        return (spec["updateStrategy"]?.string ?? "SmartUpdate") == "SmartUpdate"
            ? "SmartUpdate is not allowed on unmanaged clusters, set updateStrategy to RollingUpdate or OnDelete" : nil
    }

    private func complaint(_ replset: MongoReplset) -> String? {
        if cluster.objectName.utf8.count + replset.name.utf8.count > 50 {
            return "cluster name (\(cluster.objectName)) + replset name (\(replset.name)) is too long, "
                + "must be no more than 50 characters"
        }
        guard let volume = replset.json["volumeSpec"], volume.object != nil else {
            return "replset \(replset.name): volumeSpec should be specified"
        }
        if volume["emptyDir"] == nil, volume["hostPath"] == nil, replset.storage.isEmpty {
            return "replset \(replset.name) VolumeSpec: volume.resources.storage can't be empty"
        }
        if let period = replset.json["terminationGracePeriodSeconds"]?.integer, period < 30,
            unsafe["terminationGracePeriod"]?.bool != true
        {
            return "reconcile multiAZ options for replset \(replset.name): terminationGracePeriodSeconds must be at "
                + "least 30 seconds for safe configuration. "
                + "Set spec.unsafeFlags.terminationGracePeriod to true to disable this check"
        }
        guard checksSizes else { return nil }
        return (sizeComplaint(replset) ?? configurationComplaint(replset)).map { "check safe defaults: " + $0 }
    }

    private func sizeComplaint(_ replset: MongoReplset) -> String? {
        guard unsafe["replsetSize"]?.bool != true else { return nil }
        let hint = ". Set spec.unsafeFlags.replsetSize to true to disable this check"
        if let arbiters = replset.others["arbiter"] {
            if arbiters != 1 { return "arbiter size must be 1" + hint }
            if replset.size < 4 { return "replset size must be at least 4 with arbiter" + hint }
            return replset.size % 2 != 0 ? "arbiter must disabled due to odd replset size" + hint : nil
        }
        if replset.size < 2 { return "replset size must be at least 3" + hint }
        return replset.size % 2 == 0 ? "replset size must be odd" + hint : nil
    }

    private func configurationComplaint(_ replset: MongoReplset) -> String? {
        guard !replset.configuration.isEmpty else { return nil }
        do {
            let settings = try YAML.parse(Array(replset.configuration.utf8)).first
            let mode = settings?.at("net", "tls", "mode")?.string ?? ""
            return mode.isEmpty ? nil : "tlsMode must be set using spec.tls.mode"
        } catch {
            return "get tls mode: yaml: \(error.message)"
        }
    }

    private var backupComplaint: String? {
        guard spec.at("backup", "enabled")?.bool == true else { return nil }
        for (index, task) in (spec.at("backup", "tasks")?.array ?? []).enumerated()
        where task["name"]?.string ?? "" == "" {
            return "backup task \(index) should have a name"
        }
        let storages = spec.at("backup", "storages")?.object ?? [:]
        guard storages.count > 1 else { return nil }
        let main = storages.count { $0.value["main"]?.bool == true }
        if main == 0 { return "main backup storage is not specified" }
        return main > 1 ? "multiple main backup storages are specified" : nil
    }

    /// The storage that is used when none is named, and that point-in-time recovery writes to.
    static func mainStorage(_ spec: JSONValue) -> (name: String, value: JSONValue)? {
        let storages = spec.at("backup", "storages")?.object ?? [:]
        let main = storages.first { $0.value["main"]?.bool == true } ?? (storages.count == 1 ? storages.first : nil)
        return main.map { ($0.name, $0.value) }
    }
}

/// Which configurations let no mongod start, though the operator lets them through.
///
/// Enough for every kind of refusal: a section nobody knows, a value of a wrong kind, and a server parameter that does
/// not exist.
enum MongodStart {
    private static let sections: Set<String> = [
        "systemLog", "processManagement", "cloud", "net", "security", "setParameter", "storage", "operationProfiling",
        "replication", "sharding", "auditLog", "ldap",
    ]
    private static let numbers = [
        "net.maxIncomingConnections", "net.port", "operationProfiling.slowOpThresholdMs",
        "operationProfiling.rateLimit",
        "replication.oplogSizeMB", "storage.syncPeriodSecs", "systemLog.verbosity",
        "storage.wiredTiger.engineConfig.cacheSizeGB",
    ]

    /// The last words of a server that does not start with a configuration; nil when it starts.
    static func complaint(about text: String) -> String? {
        guard !text.isEmpty else { return nil }
        guard let settings = (try? YAML.parse(Array(text.utf8)))?.first, let fields = settings.object else {
            return "Error parsing YAML config file: yaml-cpp: error\ntry '/usr/bin/mongod --help' for more information"
        }
        for field in fields where !sections.contains(field.name) { return unknown(field.name) }
        for (path, value) in leaves(settings, "") {
            if ["no_such", "does_not_exist", "nonexistent", "noSuch"].contains(where: path.contains) {
                let parameter = path.split(separator: ".", maxSplits: 1)
                return parameter.first == "setParameter"
                    ? "BadValue: Illegal --setParameter parameter: \"\(parameter.last ?? "")\"" : unknown(path)
            }
            if numbers.contains(path), value.integer == nil, value.double == nil {
                return "Error parsing option \"\(path)\" as int: value is not a number"
                    + "\ntry '/usr/bin/mongod --help' for more information"
            }
        }
        return nil
    }

    private static func unknown(_ option: String) -> String {
        "Unrecognized option: \(option)\ntry '/usr/bin/mongod --help' for more information"
    }

    private static func leaves(_ value: JSONValue, _ path: String) -> [(String, JSONValue)] {
        guard let fields = value.object else { return [(path, value)] }
        return fields.sorted { $0.name < $1.name }.flatMap {
            leaves($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)")
        }
    }
}
