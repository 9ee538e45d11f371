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

    var engines: Set<Engine> {
        switch self {
        case .rotateAuth, .rotateCertificates, .migrateStorage:
            [.mongodb, .postgresql, .mysql, .mariadb, .redis, .elasticsearch, .kafka]
        case .reconnectStandbys: [.postgresql]
        case .reprovision: [.mongodb]
        case .replaceSentinel: [.redis]
        case .replicationMode: [.mysql]
        }
    }

    /// The parameters that it takes.
    var parameters: [String] {
        switch self {
        case .rotateAuth: ["secret"]
        case .migrateStorage: ["storageClass"]
        case .replaceSentinel: ["name", "namespace"]
        case .replicationMode: ["mode"]
        case .rotateCertificates, .reconnectStandbys, .reprovision: []
        }
    }

    /// Those of them that must be given.
    var required: [String] {
        switch self {
        case .migrateStorage: ["storageClass"]
        case .replaceSentinel: ["name"]
        case .replicationMode: ["mode"]
        default: []
        }
    }

    /// KubeDB's word for it.
    var type: String {
        switch self {
        case .rotateAuth: "RotateAuth"
        case .rotateCertificates: "ReconfigureTLS"
        case .migrateStorage: "StorageMigration"
        case .reconnectStandbys: "ReconnectStandby"
        case .reprovision: "Reprovision"
        case .replaceSentinel: "ReplaceSentinel"
        case .replicationMode: "ReplicationModeTransformation"
        }
    }

    /// In the name of KubeDB's request.
    var word: String {
        switch self {
        case .rotateAuth: "auth"
        case .rotateCertificates: "tls"
        case .migrateStorage: "migrate"
        case .reconnectStandbys: "reconnect"
        case .reprovision: "reprovision"
        case .replaceSentinel: "sentinel"
        case .replicationMode: "repmode"
        }
    }

    /// Whether it is for databases that are not well.
    var isRepair: Bool { self == .reconnectStandbys || self == .reprovision }

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
