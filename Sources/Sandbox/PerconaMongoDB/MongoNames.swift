import JSON
import KubernetesAPI

extension ResourceType {
    static let perconaMongoDB = psmdb("perconaservermongodbs", "PerconaServerMongoDB")
    static let perconaMongoDBBackup = psmdb("perconaservermongodbbackups", "PerconaServerMongoDBBackup")
    static let perconaMongoDBRestore = psmdb("perconaservermongodbrestores", "PerconaServerMongoDBRestore")

    private static func psmdb(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "psmdb.percona.com", version: "v1", plural: plural, kind: kind, isNamespaced: true)
    }
}

/// The names Percona's operator for MongoDB gives things.
enum Mongo {
    static let operatorVersion = "1.22.0"
    static let initImage = "percona/percona-server-mongodb-operator"
    static let claimTemplate = "mongod-data"
    static let configServers = "cfg"
    static let port: Int64 = 27017

    enum Label {
        static let replset = "app.kubernetes.io/replset"
    }

    enum Finalizer {
        static let chunks = "percona.com/delete-pitr-chunks"
        static let podsInOrder = "percona.com/delete-psmdb-pods-in-order"
        static let volumes = "percona.com/delete-psmdb-pvc"
        /// The order they are worked off in, whatever their order in the object.
        static let order = [chunks, podsInOrder, volumes]
    }

    /// The states of a replica set's member, with the numbers MongoDB gives them.
    enum Member {
        static let primary: (Int, String) = (1, "PRIMARY")
        static let secondary: (Int, String) = (2, "SECONDARY")
        static let startup: (Int, String) = (5, "STARTUP2")
        static let arbiter: (Int, String) = (7, "ARBITER")
        static let down: (Int, String) = (8, "(not reachable/healthy)")
    }

    static func labels(_ cluster: String) -> [String: String] {
        [
            "app.kubernetes.io/name": "percona-server-mongodb", Percona.Label.managedBy: MongoEngine.managedBy,
            "app.kubernetes.io/part-of": "percona-server-mongodb", Percona.Label.instance: cluster,
        ]
    }

    static func labels(_ cluster: String, replset: String, component: String? = nil) -> [String: String] {
        var labels = labels(cluster)
        labels[Label.replset] = replset
        labels[Percona.Label.component] = component
        return labels
    }

    /// The Secret with the system users, whose default name all clusters of a namespace share.
    static func usersSecret(_ spec: JSONValue) -> String {
        let named = spec.at("secrets", "users")?.string ?? ""
        return named.isEmpty ? "percona-server-mongodb-users" : named
    }

    static func secret(_ field: String, or standard: String, _ spec: JSONValue) -> String {
        let named = spec.at("secrets", field)?.string ?? ""
        return named.isEmpty ? standard : named
    }
}

/// The replica sets of a cluster as the operator works with them in memory: what the spec says, and what it decides.
struct MongoReplset: Sendable {
    let name: String
    let isConfigServer: Bool
    let json: JSONValue
    /// How many data-bearing members there are to be; less than the spec's while pods go one after the other.
    var size: Int
    /// How many members of each of the other kinds ("arbiter", "nv", "hidden") there are to be.
    var others: [String: Int]
    /// The size of the volumes as the spec has it, or the old one while it must not grow.
    var storage: String

    var component: String { isConfigServer ? Mongo.configServers : "mongod" }
    var totalSize: Int { size + others.values.reduce(0, +) }
    var configuration: String { json["configuration"]?.string ?? "" }

    init(_ json: JSONValue, index: Int, isConfigServer: Bool) {
        self.json = json
        self.isConfigServer = isConfigServer
        let named = json["name"]?.string ?? ""
        name = isConfigServer ? Mongo.configServers : (named.isEmpty ? "rs\(index)" : named)
        size = Int(json["size"]?.integer ?? 0)
        others = [:]
        for (field, short) in [("arbiter", "arbiter"), ("nonvoting", "nv"), ("hidden", "hidden")]
        where json[field]?["enabled"]?.bool == true && !(isConfigServer && field == "arbiter") {
            others[short] = Int(json[field]?["size"]?.integer ?? 0)
        }
        storage = Self.storage(json) ?? ""
    }

    static func storage(_ json: JSONValue) -> String? {
        json.at("volumeSpec", "persistentVolumeClaim", "resources", "requests", "storage")?.string
    }

    /// The replica sets of a spec: the shards or the only one; then the config servers, when it is sharded.
    static func all(_ spec: JSONValue) -> [MongoReplset] {
        var replsets = (spec["replsets"]?.array ?? []).enumerated().map {
            MongoReplset($0.element, index: $0.offset, isConfigServer: false)
        }
        if spec.at("sharding", "enabled")?.bool == true, let servers = spec.at("sharding", "configsvrReplSet") {
            replsets.append(MongoReplset(servers, index: 0, isConfigServer: true))
        }
        return replsets
    }

    /// The election priority that the spec gives a member.
    func priority(_ pod: String) -> Int {
        Int(json["replsetOverrides"]?[pod]?["priority"]?.integer ?? 2)
    }
}
