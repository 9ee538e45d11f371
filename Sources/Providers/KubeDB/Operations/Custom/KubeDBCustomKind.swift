import CRDs
import JSON
import KubernetesAPI

/// What can be asked for by name, and what it is among KubeDB's requests.
enum KubeDBCustomKind: String, CaseIterable {
    /// A new password for the database's administrator, or the one of a Secret.
    case rotateAuth = "rotate-auth"
    /// New certificates from the issuer that the database has.
    case rotateCertificates = "rotate-certificates"
    /// Volumes of another class of storage.
    case migrateStorage = "migrate-storage"
    /// All PostgreSQL standbys that do not follow their primary.
    case reconnectStandbys = "reconnect-standbys"
    /// All of MongoDB's members anew, on the volumes that they have.
    case reprovision
    /// Other sentinels for replicated Redis.
    case replaceSentinel = "replace-sentinel"
    /// MySQL's group with one member that takes writes, or with all of them.
    case replicationMode = "replication-mode"

    /// What is known of one of them.
    private struct Row {
        /// KubeDB's word for it.
        let type: String
        /// In the name of KubeDB's request.
        let word: String
        var engines = Set(Engine.allCases)
        var required: [String] = []
        var optional: [String] = []
        var isRepair = false
    }

    private var row: Row {
        switch self {
        case .rotateAuth: Row(type: "RotateAuth", word: "auth", optional: ["secret"])
        case .rotateCertificates: Row(type: "ReconfigureTLS", word: "tls")
        case .migrateStorage: Row(type: "StorageMigration", word: "migrate", required: ["storageClass"])
        case .reconnectStandbys:
            Row(type: "ReconnectStandby", word: "reconnect", engines: [.postgresql], isRepair: true)
        case .reprovision: Row(type: "Reprovision", word: "reprovision", engines: [.mongodb], isRepair: true)
        case .replaceSentinel:
            Row(
                type: "ReplaceSentinel",
                word: "sentinel",
                engines: [.redis],
                required: ["name"],
                optional: ["namespace"]
            )
        case .replicationMode:
            Row(type: "ReplicationModeTransformation", word: "repmode", engines: [.mysql], required: ["mode"])
        }
    }

    var engines: Set<Engine> { row.engines }
    /// The parameters that it takes.
    var parameters: [String] { row.required + row.optional }
    /// Those of them that must be given.
    var required: [String] { row.required }
    /// KubeDB's word for it.
    var type: String { row.type }
    /// In the name of KubeDB's request.
    var word: String { row.word }
    /// Whether it is for databases that are not well.
    var isRepair: Bool { row.isRepair }

    /// What stands in KubeDB's request; the parameters were checked.
    func blocks(_ parameters: [String: String], _ database: KubeDBDatabase) -> JSONObject {
        switch self {
        case .rotateAuth:
            guard let secret = parameters["secret"], !secret.isEmpty else { return [:] }
            return ["authentication": ["secretRef": ["kind": "Secret", "name": .string(secret)]]]
        case .rotateCertificates: return ["tls": ["rotateCertificates": true]]
        case .migrateStorage:
            let storageClass = parameters["storageClass"] ?? ""
            return ["migration": KubeDBBlocks.migration(database, storageClass: storageClass)]
        case .reconnectStandbys: return ["reconnectStandby": ["readyTimeOut": "5m"]]
        case .reprovision: return ["reprovision": [:]]
        case .replaceSentinel:
            let namespace = parameters["namespace"] ?? database.metadata.namespace
            let place: JSONValue = ["name": .string(parameters["name"] ?? ""), "namespace": .string(namespace)]
            return ["sentinel": ["ref": place]]
        case .replicationMode: return ["replicationModeTransformation": ["mode": .string(parameters["mode"] ?? "")]]
        }
    }
}
