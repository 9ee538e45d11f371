import JSON

extension DatabaseCluster {
    /// The schema of the kind; what `config/crd` and `kubectl explain` show.
    package static let schema = Schema.object(
        "A database: what it shall be, and what it is now.",
        [
            "apiVersion": .string("The group and version of this representation.", length: 0...253),
            "kind": .string("The kind of this object.", length: 0...63),
            "metadata": .metadata,
            "spec": spec,
            "status": status,
        ],
        required: ["spec"]
    ).ruled(DatabaseClusterRules.shortName, DatabaseClusterRules.labelName)

    private static let spec = Schema.object(
        "What the database shall be.",
        [
            "engine": .word(Engine.self, "Which database it is. Cannot be changed.")
                .ruled(DatabaseClusterRules.engineStays),
            "provider": .word(
                ProviderName.self,
                "Which database operator runs it. Without it the engine's default: cnpg for postgresql, percona-psmdb for "
                    + "mongodb, percona-pxc for mysql, strimzi for kafka, kubedb for the others. Cannot be changed."
            ),
            "version": .version(
                "The engine's version. Without it the provider's default, which status.version shows and which is kept "
                    + "until this field is set."
            ),
            "clusterSize": .integer("How many members hold data.", 1...1000, default: Default.clusterSize),
            "shards": .integer("How many shards there are, for mongodb and redis where the provider can.", 1...1000),
            "size": .sizeClass(
                "A size class, like db.t3.medium. Give this or resources; with neither, the default class is taken."
            ),
            "resources": .resources("Processor and memory of each member. Give this or size."),
            "storage": .quantity("Volume size of each member, at least 1Gi. May grow, never shrink.")
                .ruled(.atLeastOneGibibyte, DatabaseClusterRules.storageGrows),
            "storageClassName": .name(
                "The StorageClass of the volumes; without it the default class. Cannot be changed once set."
            ),
            "config": .parameters,
            "proxy": proxy,
            "expose": expose,
            "monitoring": monitoring,
            "podSchedulingPolicy": podSchedulingPolicy,
            "backup": backup,
            "dataSource": dataSource,
            "stopped": .boolean(
                "Whether the database is stopped: no member runs, the volumes are kept.",
                default: false
            ),
            "deletionPolicy": .word(
                DeletionPolicy.self,
                "What happens on deletion. Delete: children and data go. Retain: children go, volumes and backups stay. "
                    + "Protect: deletion is refused.",
                default: .delete
            ),
            "operations": operations,
            "maintenance": maintenance,
            "providerOptions": .opaqueObject(
                "What only this provider has. Free form; the provider validates it."
            ),
        ],
        required: ["engine", "storage"]
    ).ruled(
        DatabaseClusterRules.providerStays,
        DatabaseClusterRules.storageClassStays,
        DatabaseClusterRules.dataSourceStays,
        DatabaseClusterRules.sizeOrResources,
        DatabaseClusterRules.providerServesEngine,
        DatabaseClusterRules.proxyFitsEngine
    )

    private static let proxy = Schema.object(
        "The proxy or connection pooler in front of the members.",
        [
            "enabled": .boolean("Whether there is one.", default: true),
            "type": .word(
                ProxyType.self,
                "Which one: pgbouncer for postgresql, haproxy or proxysql for mysql and mariadb, mongos for mongodb. "
                    + "Without it the engine's default."
            ),
            "replicas": .integer("How many of them run.", 1...100, default: Default.proxyReplicas),
            "resources": .resources("Processor and memory of each proxy. Without it the provider's default."),
        ]
    )

    private static let expose = Schema.object(
        "How clients reach the database.",
        [
            "type": .word(
                ExposeType.self,
                "The type of the Service that clients use.",
                default: .clusterIP
            ),
            "annotations": .stringMap(
                "Annotations of that Service, as cloud load balancers read them.",
                count: 100,
                value: .string("The annotation's value.", length: 0...4096)
            ),
            "loadBalancerSourceRanges": .set(
                "Networks that may connect, in CIDR form; for a LoadBalancer only.",
                count: 100,
                of: .string("A network, like 10.0.0.0/8.", length: 1...43, pattern: "^[0-9a-fA-F.:]+/[0-9]{1,3}$")
            ),
        ]
    )

    private static let monitoring = Schema.object(
        "Which systems see the database's metrics.",
        [
            "enabled": .boolean("Whether metrics are offered.", default: true),
            "prometheus": .object(
                "Scraping by a Prometheus operator.",
                [
                    "interval": .string(
                        "Time between two scrapes.",
                        length: 2...16,
                        pattern: "^([0-9]+(ms|s|m|h))+$",
                        default: Default.scrapeInterval
                    ),
                    "labels": .stringMap(
                        "Labels of the monitor object, for a Prometheus that selects by them.",
                        count: 50,
                        value: .string("The label's value.", length: 0...63)
                    ),
                ]
            ),
            "pmm": .object(
                "Percona Monitoring and Management.",
                [
                    "serverHost": .string("The PMM server's host name.", length: 1...253),
                    "credentialsSecret": .name("The Secret with the server's token or API key."),
                ],
                required: ["serverHost"]
            ),
        ]
    )

    private static let podSchedulingPolicy = Schema.object(
        "Where the members' pods may run. The parts have the shape that a pod's spec gives them.",
        [
            "nodeSelector": .stringMap(
                "Labels that a node must have.",
                count: 50,
                value: .string("The label's value.", length: 0...63)
            ),
            "affinity": .opaqueObject("A pod's affinity."),
            "tolerations": .atomicList(
                "A pod's tolerations.",
                count: 50,
                of: .opaqueObject("One toleration.")
            ),
            "topologySpreadConstraints": .atomicList(
                "A pod's topology spread constraints.",
                count: 20,
                of: .opaqueObject("One constraint.")
            ),
            "priorityClassName": .optionalName("The PriorityClass of the pods."),
        ]
    )

    private static let operations = Schema.object(
        "Limits of the operations on this cluster.",
        [
            "historyLimit": .integer(
                "How many finished operations that the operator itself started are kept.",
                0...100,
                default: Default.historyLimit
            ),
            "defaultTimeoutSeconds": .integer(
                "How long an operation may take that does not say it itself.",
                1...86_400,
                default: Default.operationTimeout
            ),
        ]
    )
}
