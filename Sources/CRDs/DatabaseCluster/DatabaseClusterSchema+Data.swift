extension DatabaseCluster {
    static let backup = Schema.object(
        "Which backups are made, and where they go.",
        [
            "enabled": .boolean("Whether backups are made.", default: true),
            "storage": .name("The BackupStorage of this namespace that they go to."),
            "schedules": .mapList(
                "Recurring backups. Each name occurs once.",
                count: 20,
                key: "name",
                of: .object(
                    "One recurring backup.",
                    [
                        "name": .string(
                            "The schedule's name.",
                            length: 1...40,
                            pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
                        ),
                        "schedule": .string(
                            "When: five cron fields in UTC (minute, hour, day of month, month, day of week).",
                            length: 1...100,
                            pattern: "^[-0-9A-Za-z*,/?]+( +[-0-9A-Za-z*,/?]+){4}$"
                        ),
                        "retention": .integer(
                            "How many backups of this schedule are kept.",
                            1...1000,
                            default: Default.backupsKept
                        ),
                    ],
                    required: ["name", "schedule"]
                )
            ),
            "pointInTimeRecovery": .boolean(
                "Whether the log is archived too, so that any point in time can be restored.",
                default: false
            ),
        ]
    ).ruled(DatabaseClusterRules.schedulesNeedStorage)

    static let dataSource = Schema.object(
        "Where the first data comes from; acts at creation only. Exactly one of the three.",
        [
            "backup": .object(
                "A backup that an OpsRequest or a schedule has made.",
                ["name": .name("The backup's name, as a cluster's status shows it.")],
                required: ["name"]
            ),
            "cluster": .object(
                "Another DatabaseCluster of this namespace.",
                [
                    "name": .clusterName("The cluster's name."),
                    "pointInTime": .time(
                        "The state of that time, from the cluster's archive. Without it the cluster is cloned as it is."
                    ),
                ],
                required: ["name"]
            ),
            "external": .object(
                "Backups that some other installation has written.",
                [
                    "storage": .name("The BackupStorage where they are."),
                    "path": .string("The path of the backups inside the storage.", length: 1...1024),
                    "backupID": .string("Which backup; without it the latest one.", length: 1...253),
                ],
                required: ["storage", "path"]
            ),
        ]
    ).ruled(DatabaseClusterRules.exactlyOneSource)

    static let status = Schema.object(
        "What the database is now, as the operator sees it.",
        [
            "phase": .word(DatabaseClusterPhase.self, "A summary for people. Programs read conditions."),
            "message": .text("One sentence when phase is not Ready.", 32_768),
            "observedGeneration": .observedGeneration(),
            "conditions": .conditions(
                "Ready, Accepted, ProviderAvailable, ChildSynced, BackupConfigured, Drifted; Reconciling, Stalled and "
                    + "UpdatePending only when True."
            ),
            "provider": .word(ProviderName.self, "Which database operator runs it."),
            "version": .text("The engine's version that runs.", 63),
            "instances": .integer("How many members there are.", 0...100_000),
            "readyInstances": .integer("How many of them are ready.", 0...100_000),
            "ready": .text("Ready members of all members, like 2/3.", 16),
            "primary": .text("The member that takes writes.", 253),
            "members": members,
            "current": current,
            "endpoints": .object(
                "Where clients connect, as host:port.",
                [
                    "primary": .text("For reads and writes."),
                    "replica": .text("For reads."),
                    "proxy": .text("Through the proxy."),
                    "external": .text("From outside of the Kubernetes cluster."),
                ]
            ),
            "credentialsSecret": .text("The Secret with the application's user and password.", 253),
            "backup": backupStatus,
            "monitoring": .object(
                "The state of monitoring.",
                [
                    "enabled": .boolean("Whether metrics were asked for."),
                    "ready": .boolean("Whether they can be scraped."),
                ]
            ),
            "proxy": .object(
                "The state of the proxies.",
                [
                    "replicas": .integer("How many proxies there are.", 0...10_000),
                    "readyReplicas": .integer("How many of them are ready.", 0...10_000),
                ]
            ),
            "child": .reference("The database operator's object that stands for this cluster."),
            "operation": .object(
                "The operation that runs now.",
                [
                    "name": .text("The OpsRequest's name.", 253),
                    "type": .word(OpsRequestType.self, "What it does."),
                    "progress": .integer("How far it is, in percent.", 0...100),
                ]
            ),
            "selector": .text("A label selector of the members' pods, for the scale subresource.", 1024),
        ]
    )

    private static let members = Schema.mapList(
        "The members one by one.",
        count: 1000,
        key: "name",
        of: .object(
            "One member.",
            [
                "name": .text("The pod's name.", 253),
                "role": .word(MemberRole.self, "What the member does."),
                "ready": .boolean("Whether it is ready."),
            ],
            required: ["name"]
        )
    )

    private static let current = Schema.object(
        "What really runs. A field is left out while it is not known.",
        [
            "clusterSize": .integer("How many members hold data.", 0...100_000),
            "shards": .integer("How many shards there are.", 0...100_000),
            "size": .text("The size class that the members have, when there is one.", 63),
            "resources": .reportedResources("What the database container of each member has."),
            "storage": .quantity("The smallest capacity of the data volumes."),
        ]
    )

    private static let backupStatus = Schema.object(
        "The state of backups.",
        [
            "lastSuccessfulTime": .time("When the last successful backup ended."),
            "lastBackupName": .text("The name of the last successful backup.", 253),
            "firstRecoverabilityPoint": .time("The earliest time that can be restored."),
            "schedules": .integer("How many schedules are in force.", 0...1000),
        ]
    )
}
