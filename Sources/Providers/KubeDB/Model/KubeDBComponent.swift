import CRDs
import JSON

/// A part of a database whose pods have their number, storage and resources in common.
struct KubeDBComponent: Sendable, Equatable {
    /// As KubeDB's requests name it in `verticalScaling` and `volumeExpansion`.
    let key: String
    /// Where its `podTemplate`, `storage` and `configuration` stand.
    let path: [String]
    /// Where the number of its members stands.
    let replicasPath: [String]
    /// Where the number of its shards stands; nil when it has none.
    var shardsPath: [String]?
    /// What stands between the database's name and the number in its pods' names; empty for none.
    ///
    /// Of shards it is what stands before their number.
    var infix = ""
    /// What its pods are when no label says more.
    var role = MemberRole.unknown
    /// Whether `clusterSize`, `size` and `storage` of a cluster are about it.
    var isData = true

    var storagePath: [String] { path + ["storage"] }
    var sizePath: [String] { storagePath + ["resources", "requests", "storage"] }
    var containersPath: [String] { path + ["podTemplate", "spec", "containers"] }
    /// Where its configuration stands.
    var configurationPath: [String] {
        path.contains("topology") ? ["spec", "configuration"] : path + ["configuration"]
    }

    /// Whether a pod of this infix, with the number of a shard where there are shards, is one of its pods.
    func owns(infix found: Substring) -> Bool {
        guard shardsPath != nil, !infix.isEmpty else { return found == infix }
        return found.hasPrefix(infix) && found.dropFirst(infix.count).allSatisfy(\.isNumber)
    }
}

/// How a database is put together; it is chosen when the database is created, and stays.
enum KubeDBMode: String, Sendable {
    /// One member alone, without what several would need.
    case standalone
    /// A MongoDB replica set, PostgreSQL of any size, combined nodes of Elasticsearch or Kafka.
    case replicated
    /// MongoDB or Redis whose data is spread over shards.
    case sharded
    /// Elasticsearch or Kafka whose nodes have different duties.
    case dedicated
    case groupReplication = "GroupReplication"
    case innoDBCluster = "InnoDBCluster"
    case semiSync = "SemiSync"
    case remoteReplica = "RemoteReplica"
    case galera = "GaleraCluster"
    case mariaDBReplication = "MariaDBReplication"
    case sentinel = "Sentinel"
}

/// The parts that a database consists of.
struct KubeDBLayout: Sendable, Equatable {
    let engine: KubeDBEngine
    let mode: KubeDBMode
    /// The one that `clusterSize`, `size` and `storage` are about is the first.
    let components: [KubeDBComponent]

    /// The one that `clusterSize`, `size` and `storage` are about.
    var data: KubeDBComponent { components[0] }

    /// The file that engine parameters of the data's members are written to.
    var configFile: String { engine.configFile(in: mode) }

    /// The component of that key; nil when there is none.
    subscript(key: String) -> KubeDBComponent? { components.first { $0.key == key } }
}

extension KubeDBLayout {
    /// The roles of dedicated Elasticsearch nodes; those that hold data come first.
    static let elasticsearchRoles = [
        "data", "dataHot", "dataContent", "dataWarm", "dataCold", "dataFrozen", "master", "ingest", "ml", "transform",
        "coordinating",
    ]

    /// The layout of a database by its kind's `spec`.
    init(_ engine: KubeDBEngine, spec: JSONValue) {
        self.engine = engine
        switch engine.engine {
        case .mongodb: (mode, components) = Self.mongodb(spec)
        case .postgresql: (mode, components) = (.replicated, [Self.plain("postgres")])
        case .mysql:
            let mode = spec.at("topology", "mode")?.string.flatMap { KubeDBMode(rawValue: $0) }
            (self.mode, components) = (mode ?? .standalone, [Self.plain("mysql")])
        case .mariadb: (mode, components) = Self.mariadb(spec)
        case .redis: (mode, components) = Self.redis(spec)
        case .elasticsearch: (mode, components) = Self.elasticsearch(spec)
        case .kafka: (mode, components) = Self.kafka(spec)
        }
    }

    private static func plain(_ key: String, role: MemberRole = .unknown) -> KubeDBComponent {
        KubeDBComponent(key: key, path: ["spec"], replicasPath: ["spec", "replicas"], role: role)
    }

    private static func part(
        _ key: String,
        at path: [String],
        infix: String,
        role: MemberRole,
        isData: Bool = false
    ) -> KubeDBComponent {
        let place = ["spec"] + path
        return KubeDBComponent(
            key: key,
            path: place,
            replicasPath: place + ["replicas"],
            infix: infix,
            role: role,
            isData: isData
        )
    }

    private static func mongodb(_ spec: JSONValue) -> (KubeDBMode, [KubeDBComponent]) {
        guard spec["shardTopology"] != nil else {
            return spec["replicaSet"] == nil
                ? (.standalone, [plain("standalone")]) : (.replicated, [plain("replicaSet")])
        }
        var shard = part("shard", at: ["shardTopology", "shard"], infix: "shard", role: .unknown, isData: true)
        shard.shardsPath = ["spec", "shardTopology", "shard", "shards"]
        return (
            .sharded,
            [
                shard,
                part("configServer", at: ["shardTopology", "configServer"], infix: "configsvr", role: .configServer),
                part("mongos", at: ["shardTopology", "mongos"], infix: "mongos", role: .mongos),
            ]
        )
    }

    private static func mariadb(_ spec: JSONValue) -> (KubeDBMode, [KubeDBComponent]) {
        guard let mode = spec.at("topology", "mode")?.string.flatMap({ KubeDBMode(rawValue: $0) }) else {
            return (.standalone, [plain("mariadb")])
        }
        guard spec.at("topology", "maxscale") != nil else { return (mode, [plain("mariadb")]) }
        let maxscale = part("maxscale", at: ["topology", "maxscale"], infix: "mx", role: .unknown)
        return (mode, [plain("mariadb"), maxscale])
    }

    private static func redis(_ spec: JSONValue) -> (KubeDBMode, [KubeDBComponent]) {
        switch spec["mode"]?.string {
        case "Cluster":
            let shards = KubeDBComponent(
                key: "redis",
                path: ["spec"],
                replicasPath: ["spec", "cluster", "replicas"],
                shardsPath: ["spec", "cluster", "shards"],
                infix: "shard"
            )
            return (.sharded, [shards])
        case "Sentinel": return (.sentinel, [plain("redis")])
        default: return (.standalone, [plain("redis")])
        }
    }

    private static func elasticsearch(_ spec: JSONValue) -> (KubeDBMode, [KubeDBComponent]) {
        guard let topology = spec["topology"]?.object else { return (.replicated, [plain("node", role: .data)]) }
        let roles = elasticsearchRoles.filter { topology[$0] != nil }
        let first = roles.first ?? "data"
        let components = roles.map { role in
            part(
                role,
                at: ["topology", role],
                infix: topology[role]?["suffix"]?.string ?? defaultSuffix(of: role),
                role: role.hasPrefix("data") ? .data : role == "master" ? .controller : .unknown,
                isData: role == first
            )
        }
        guard !components.isEmpty else { return (.replicated, [plain("node", role: .data)]) }
        return (.dedicated, components)
    }

    /// `dataHot` becomes `data-hot` (`apis/kubedb/v1/elasticsearch_helpers.go`).
    private static func defaultSuffix(of role: String) -> String {
        role.reduce(into: "") { text, letter in
            text += letter.isUppercase ? "-\(letter.lowercased())" : String(letter)
        }
    }

    private static func kafka(_ spec: JSONValue) -> (KubeDBMode, [KubeDBComponent]) {
        guard let topology = spec["topology"] else { return (.replicated, [plain("node", role: .broker)]) }
        func node(_ key: String, _ role: MemberRole, isData: Bool) -> KubeDBComponent {
            part(
                key,
                at: ["topology", key],
                infix: topology[key]?["suffix"]?.string ?? key,
                role: role,
                isData: isData
            )
        }
        return (
            .dedicated, [node("broker", .broker, isData: true), node("controller", .controller, isData: false)]
        )
    }
}
