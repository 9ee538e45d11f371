import CRDs
import KubernetesAPI

/// What KubeDB calls the parts of one engine (apimachinery v0.66, `apis/kubedb/constants.go` and the definitions).
struct KubeDBEngine: Sendable, Equatable {
    let engine: Engine
    /// The kind of the databases, in `kubedb.com/v1`.
    let database: ResourceType
    /// The kind of the requests that change a running database, in `ops.kubedb.com/v1alpha1`.
    let operation: ResourceType
    /// The kind of the versions that can be had, in `catalog.kubedb.com/v1alpha1`; it has no namespace.
    let catalogue: ResourceType
    /// The container that the database runs in; another name would add a second container beside it.
    let container: String
    /// The file that engine parameters are written to, where all members have the same duties.
    let configFile: String
    /// What the name of a member's volume claim begins with, a dash before the pod's name.
    let claimPrefix: String
    let port: Int
    /// The versions that a cluster without one gets, first that is in the catalogue counts.
    let preferredVersions: [String]
    /// With less memory, in MiB, it starts and then dies of want of it; MongoDB before 6 lives with half.
    let memoryFloor: Int64

    /// The value of `app.kubernetes.io/name` on all that belongs to a database of this engine.
    var nameLabel: String { "\(database.plural).kubedb.com" }

    /// The file that engine parameters of the members that hold data are written to.
    func configFile(in mode: KubeDBMode) -> String {
        engine == .kafka && mode == .dedicated ? "broker.properties" : configFile
    }

    /// The kind's name, for sentences.
    var kind: String { database.kind }

    static func of(_ engine: Engine) -> KubeDBEngine {
        switch engine {
        case .mongodb: mongodb
        case .postgresql: postgresql
        case .mysql: mysql
        case .mariadb: mariadb
        case .redis: redis
        case .elasticsearch: elasticsearch
        case .kafka: kafka
        }
    }

    /// In the order in which providers list engines: as the document has them.
    static let all = [mongodb, postgresql, mysql, mariadb, redis, elasticsearch, kafka]
}

extension KubeDBEngine {
    private init(
        _ engine: Engine,
        _ kind: String,
        _ plural: String,
        container: String,
        config: String,
        claims: String = "data",
        port: Int,
        versions: [String],
        memoryFloor: Int64 = 1024
    ) {
        self.init(
            engine: engine,
            database: ResourceType(group: "kubedb.com", version: "v1", plural: plural, kind: kind),
            operation: ResourceType(
                group: "ops.kubedb.com",
                version: "v1alpha1",
                plural: "\(kind.lowercased())opsrequests",
                kind: "\(kind)OpsRequest"
            ),
            catalogue: ResourceType(
                group: "catalog.kubedb.com",
                version: "v1alpha1",
                plural: "\(kind.lowercased())versions",
                kind: "\(kind)Version",
                isNamespaced: false
            ),
            container: container,
            configFile: config,
            claimPrefix: claims,
            port: port,
            preferredVersions: versions,
            memoryFloor: memoryFloor
        )
    }

    static let mongodb = KubeDBEngine(
        .mongodb,
        "MongoDB",
        "mongodbs",
        container: "mongodb",
        config: "mongod.conf",
        claims: "datadir",
        port: 27017,
        versions: ["8.0.17", "7.0.28", "6.0.24"],
        memoryFloor: 2048
    )
    static let postgresql = KubeDBEngine(
        .postgresql,
        "Postgres",
        "postgreses",
        container: "postgres",
        config: "user.conf",
        port: 5432,
        versions: ["18.3", "17.9", "16.13"]
    )
    static let mysql = KubeDBEngine(
        .mysql,
        "MySQL",
        "mysqls",
        container: "mysql",
        config: "my-config.cnf",
        port: 3306,
        versions: ["8.4.8", "8.0.36"]
    )
    static let mariadb = KubeDBEngine(
        .mariadb,
        "MariaDB",
        "mariadbs",
        container: "mariadb",
        config: "my-config.cnf",
        port: 3306,
        versions: ["11.8.5", "11.4.3", "10.11.6"]
    )
    static let redis = KubeDBEngine(
        .redis,
        "Redis",
        "redises",
        container: "redis",
        config: "redis.conf",
        port: 6379,
        versions: ["8.2.2", "7.4.6", "6.2.16"],
        memoryFloor: 512
    )
    static let elasticsearch = KubeDBEngine(
        .elasticsearch,
        "Elasticsearch",
        "elasticsearches",
        container: "elasticsearch",
        config: "elasticsearch.yml",
        port: 9200,
        versions: ["xpack-9.2.3", "xpack-8.19.9"],
        memoryFloor: 2048
    )
    static let kafka = KubeDBEngine(
        .kafka,
        "Kafka",
        "kafkas",
        container: "kafka",
        config: "server.properties",
        port: 9092,
        versions: ["4.2.0", "4.0.0", "3.9.0"],
        memoryFloor: 2048
    )
}

extension ResourceType {
    /// The sentinels that watch over replicated Redis; they must be there before it.
    static let kubedbRedisSentinel = ResourceType(
        group: "kubedb.com",
        version: "v1",
        plural: "redissentinels",
        kind: "RedisSentinel"
    )
    /// How clients reach a database, whatever its engine; has the database's name.
    static let appBinding = ResourceType(
        group: "appcatalog.appscode.com",
        version: "v1alpha1",
        plural: "appbindings",
        kind: "AppBinding"
    )
    /// Where pods may stand; has no namespace.
    static let placementPolicy = ResourceType(
        group: "apps.k8s.appscode.com",
        version: "v1",
        plural: "placementpolicies",
        kind: "PlacementPolicy",
        isNamespaced: false
    )
}
