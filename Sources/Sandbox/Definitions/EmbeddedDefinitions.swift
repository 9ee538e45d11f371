import JSON

/// The definitions of child operators that the sandbox installs, as JSON without descriptions.
enum EmbeddedDefinitions {
    /// CloudNativePG's, and those of its Barman Cloud plugin.
    static var cnpg: [JSONValue] {
        parsed([
            clusters, backups, scheduledBackups, poolers, imageCatalogs, clusterImageCatalogs, objectStores,
        ])
    }

    /// Those of Percona's operator for MongoDB.
    static var perconaMongoDB: [JSONValue] {
        parsed([
            perconaServerMongoDBs, perconaServerMongoDBBackups, perconaServerMongoDBRestores,
        ])
    }

    /// Those of Percona's operator for XtraDB Cluster.
    static var perconaXtraDB: [JSONValue] {
        parsed([
            perconaXtraDBClusters, perconaXtraDBClusterBackups, perconaXtraDBClusterRestores,
        ])
    }

    /// Strimzi's.
    static var strimzi: [JSONValue] {
        parsed([
            kafkas, kafkaNodePools, kafkaUsers, kafkaTopics, kafkaRebalances, strimziPodSets,
        ])
    }

    /// KubeDB's: databases, catalogue, operations, and what they refer to.
    static var kubeDB: [JSONValue] {
        parsed([
            kubeDBMongoDBs, kubeDBPostgreses, kubeDBMySQLs, kubeDBMariaDBs, kubeDBRedises, kubeDBRedisSentinels,
            kubeDBElasticsearches, kubeDBKafkas, kubeDBMongoDBVersions, kubeDBPostgresVersions, kubeDBMySQLVersions,
            kubeDBMariaDBVersions, kubeDBRedisVersions, kubeDBElasticsearchVersions, kubeDBKafkaVersions,
            kubeDBMongoDBOpsRequests, kubeDBPostgresOpsRequests, kubeDBMySQLOpsRequests, kubeDBMariaDBOpsRequests,
            kubeDBRedisOpsRequests, kubeDBRedisSentinelOpsRequests, kubeDBElasticsearchOpsRequests,
            kubeDBKafkaOpsRequests, kubeDBAppBindings, kubeDBPlacementPolicies,
        ])
    }

    private static func parsed(_ texts: [String]) -> [JSONValue] {
        // Texts that a script has written are always JSON; a test reads each of them.
        texts.compactMap { try? JSONValue(parsing: $0) }
    }
}
