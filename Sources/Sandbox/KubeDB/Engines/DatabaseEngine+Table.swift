import KubernetesAPI

/// The databases that KubeDB runs here, as its API and its documentation describe them.
extension DatabaseEngine {
    static let all: [DatabaseEngine] = [
        mongodb, postgres, mysql, mariadb, redis, redisSentinel, elasticsearch, kafka,
    ]

    private static let checkReady = (type: "CheckPodReady", words: "check pod ready")
    private static let evict = (type: "EvictPod", words: "evict pod")

    static let mongodb = DatabaseEngine(
        name: "mongodb",
        database: .kubeDB("mongodbs", "MongoDB"),
        catalogue: .kubeDBVersion("mongodbversions", "MongoDBVersion"),
        operation: .kubeDBOperation("mongodbopsrequests", "MongoDBOpsRequest"),
        container: "mongodb",
        sidecar: "replication-mode-detector",
        initContainer: "copy-config",
        port: 27017,
        scheme: "mongodb",
        administrator: "root",
        volume: "datadir",
        roles: .primaryStandby,
        hasPrimaryService: true,
        pausesHealthCheck: true,
        steps: StepWords(before: [("CheckIsMaster", "check is master"), evict], ready: checkReady),
        ownOperations: ["Reprovision", "Horizons"],
        forbiddenVariables: ["MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"],
        deletionSubject: "mongodb"
    )

    static let postgres = DatabaseEngine(
        name: "postgres",
        database: .kubeDB("postgreses", "Postgres"),
        catalogue: .kubeDBVersion("postgresversions", "PostgresVersion"),
        operation: .kubeDBOperation("postgresopsrequests", "PostgresOpsRequest"),
        container: "postgres",
        sidecar: "pg-coordinator",
        sidecarIsAlways: true,
        initContainer: "postgres-init-container",
        port: 5432,
        scheme: "postgresql",
        administrator: "postgres",
        roles: .primaryStandby,
        hasPrimaryService: true,
        hasStandbyService: true,
        steps: StepWords(before: [evict], ready: checkReady, forgetsPod: true),
        ownOperations: ["ReconnectStandby", "ForceFailOver", "SetRaftKeyPair"],
        forbiddenVariables: ["POSTGRES_PASSWORD", "POSTGRES_USER"],
        deletionSubject: "postgres"
    )

    static let mysql = DatabaseEngine(
        name: "mysql",
        database: .kubeDB("mysqls", "MySQL"),
        catalogue: .kubeDBVersion("mysqlversions", "MySQLVersion"),
        operation: .kubeDBOperation("mysqlopsrequests", "MySQLOpsRequest"),
        container: "mysql",
        sidecar: "mysql-coordinator",
        initContainer: "mysql-init",
        port: 3306,
        scheme: "mysql",
        administrator: "root",
        roles: .primaryStandby,
        hasPrimaryService: true,
        hasStandbyService: true,
        steps: StepWords(before: [evict], ready: checkReady),
        ownOperations: ["ReplicationModeTransformation"],
        forbiddenVariables: rootPasswords,
        deletionSubject: "mysql"
    )

    static let mariadb = DatabaseEngine(
        name: "mariadb",
        database: .kubeDB("mariadbs", "MariaDB"),
        catalogue: .kubeDBVersion("mariadbversions", "MariaDBVersion"),
        operation: .kubeDBOperation("mariadbopsrequests", "MariaDBOpsRequest"),
        container: "mariadb",
        sidecar: "md-coordinator",
        initContainer: "mariadb-init",
        port: 3306,
        scheme: "mysql",
        administrator: "root",
        roles: .masterSlave,
        hasPrimaryService: true,
        hasStandbyService: true,
        steps: StepWords(before: [evict], ready: checkReady),
        forbiddenVariables: rootPasswords,
        deletionSubject: "mariadb"
    )

    static let redis = DatabaseEngine(
        name: "redis",
        database: .kubeDB("redises", "Redis"),
        catalogue: .kubeDBVersion("redisversions", "RedisVersion"),
        operation: .kubeDBOperation("redisopsrequests", "RedisOpsRequest"),
        container: "redis",
        sidecar: "rd-coordinator",
        initContainer: "redis-init",
        port: 6379,
        scheme: "redis",
        administrator: "default",
        roles: nil,
        hasPrimaryService: true,
        hasStandbyService: true,
        steps: StepWords(before: [evict], ready: (type: "IsPodReady", words: "is pod ready")),
        ownOperations: ["ReplaceSentinel", "Announce"],
        forbiddenVariables: redisPasswords,
        deletionSubject: "redis"
    )

    static let redisSentinel = DatabaseEngine(
        name: "redissentinel",
        database: .kubeDB("redissentinels", "RedisSentinel"),
        catalogue: .kubeDBVersion("redisversions", "RedisVersion"),
        operation: .kubeDBOperation("redissentinelopsrequests", "RedisSentinelOpsRequest"),
        container: "redissentinel",
        initContainer: "sentinel-init",
        port: 26379,
        scheme: "redis",
        administrator: "root",
        roles: nil,
        hasPrimaryService: true,
        steps: StepWords(before: [evict], ready: (type: "IsPodReady", words: "is pod ready")),
        missingOperations: ["VolumeExpansion", "StorageMigration"],
        forbiddenVariables: redisPasswords,
        deletionSubject: "sentinel"
    )

    static let elasticsearch = DatabaseEngine(
        name: "elasticsearch",
        database: .kubeDB("elasticsearches", "Elasticsearch"),
        catalogue: .kubeDBVersion("elasticsearchversions", "ElasticsearchVersion"),
        operation: .kubeDBOperation("elasticsearchopsrequests", "ElasticsearchOpsRequest"),
        container: "elasticsearch",
        initContainer: "config-merger",
        port: 9200,
        scheme: "http",
        administrator: "elastic",
        roles: nil,
        hasPrimaryService: true,
        startsInParallel: true,
        pausesHealthCheck: true,
        steps: StepWords(before: [evict], ready: checkReady),
        forbiddenVariables: [
            "node.name", "node.ingest", "node.master", "node.data", "node.ml", "node.data_hot", "node.data_warm",
            "node.data_cold", "node.data_frozen", "node.data_content",
        ],
        deletionSubject: "ElasticSearch"
    )

    static let kafka = DatabaseEngine(
        name: "kafka",
        database: .kubeDB("kafkas", "Kafka"),
        catalogue: .kubeDBVersion("kafkaversions", "KafkaVersion"),
        operation: .kubeDBOperation("kafkaopsrequests", "KafkaOpsRequest"),
        container: "kafka",
        initContainer: "kafka-init",
        port: 9092,
        scheme: "http",
        administrator: "admin",
        roles: nil,
        hasPrimaryService: false,
        startsInParallel: true,
        pausesHealthCheck: true,
        steps: StepWords(
            before: [("GetPod", "get pod"), evict],
            ready: (type: "CheckPodRunning", words: "check pod running")
        ),
        failureThreshold: 3,
        forbiddenVariables: [],
        deletionSubject: "kafka"
    )

    private static let rootPasswords: Set<String> = [
        "MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD", "MYSQL_ONETIME_PASSWORD",
    ]
    private static let redisPasswords: Set<String> = ["REDISCLI_AUTH", "VALKEYCLI_AUTH", "SENTINEL_PASSWORD"]
}
