import JSON

/// A provider with one of its engines, as the scenarios try it: a small cluster, and what must be gone with it.
struct Subject: Sendable, CustomStringConvertible {
    let engine: String
    let provider: String
    /// The rest of the cluster's spec.
    let spec: JSONValue
    /// What the provider makes beside pods and volumes, each as group, version and plural; first what a cluster is to the
    /// child operator, which has its name.
    let children: [String]

    var description: String { "\(engine) by \(provider)" }

    /// The cluster of a trial, with some more in its spec.
    func cluster(with more: JSONValue) -> JSONValue {
        let base: JSONValue = ["engine": .string(engine), "provider": .string(provider)]
        return [
            "apiVersion": "dbaas.io/v1alpha1", "kind": "DatabaseCluster", "metadata": ["name": "db"],
            "spec": JSONMergePatch.apply(more, to: JSONMergePatch.apply(spec, to: base)),
        ]
    }
}

extension Subject {
    static let cnpg = Subject(
        engine: "postgresql",
        provider: "cnpg",
        spec: [
            "version": "16.10", "clusterSize": 2, "storage": "1Gi",
            "resources": [
                "requests": ["cpu": "500m", "memory": "1Gi"], "limits": ["cpu": "500m", "memory": "1Gi"],
            ],
        ],
        children: ["postgresql.cnpg.io/v1/clusters", "barmancloud.cnpg.io/v1/objectstores"]
    )

    static let psmdb = Subject(
        engine: "mongodb",
        provider: "percona-psmdb",
        spec: threeMembers("7.0.30-16"),
        children: ["psmdb.percona.com/v1/perconaservermongodbs"]
    )

    static let pxc = Subject(
        engine: "mysql",
        provider: "percona-pxc",
        spec: threeMembers("8.0.42-33.1"),
        children: ["pxc.percona.com/v1/perconaxtradbclusters"]
    )

    static let strimzi = Subject(
        engine: "kafka",
        provider: "strimzi",
        spec: threeMembers("4.2.0"),
        children: [
            "kafka.strimzi.io/v1/kafkas", "kafka.strimzi.io/v1/kafkanodepools", "kafka.strimzi.io/v1/kafkausers",
            "core.strimzi.io/v1/strimzipodsets",
        ]
    )

    static let kubedbPostgres = Subject(
        engine: "postgresql",
        provider: "kubedb",
        spec: threeMembers("16.13"),
        children: ["kubedb.com/v1/postgreses", "ops.kubedb.com/v1alpha1/postgresopsrequests"]
    )

    static let kubedbMongoDB = Subject(
        engine: "mongodb",
        provider: "kubedb",
        spec: threeMembers("7.0.28"),
        children: ["kubedb.com/v1/mongodbs", "ops.kubedb.com/v1alpha1/mongodbopsrequests"]
    )

    private static func threeMembers(_ version: String) -> JSONValue {
        ["version": .string(version), "clusterSize": 3, "storage": "10Gi", "size": "db.t3.medium"]
    }
}
