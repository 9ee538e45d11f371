import JSON

extension OpsRequest {
    /// The schema of the kind; what `config/crd` and `kubectl explain` show.
    package static let schema = Schema.object(
        "One operation on a DatabaseCluster: what shall be done, and what has become of it.",
        [
            "apiVersion": .string("The group and version of this representation.", length: 0...253),
            "kind": .string("The kind of this object.", length: 0...63),
            "metadata": .metadata,
            "spec": spec,
            "status": status,
        ],
        required: ["spec"]
    )

    private static let spec = Schema.object(
        "What shall be done. Cannot be changed, but for cancel and ttlSecondsAfterFinished.",
        [
            "clusterRef": .clusterName("The DatabaseCluster of this namespace; it may be created later.").final,
            "type": .word(
                OpsRequestType.self,
                "What shall be done. The block of the same name says how; Start, Stop and Restart have none, Scaling has "
                    + "both scaling blocks, Backup and Switchover may leave theirs out."
            ).final,
            "horizontalScaling": horizontalScaling.final,
            "verticalScaling": verticalScaling.final,
            "volumeExpansion": .object(
                "Larger volumes.",
                [
                    "storage": .quantity("Volume size of each member, at least 1Gi and not less than now.")
                        .ruled(.atLeastOneGibibyte)
                ],
                required: ["storage"]
            ).final,
            "reconfiguring": reconfiguring.final,
            "upgrade": .object(
                "Another version of the engine.",
                ["version": .version("The version to run.")],
                required: ["version"]
            ).final,
            "backup": .object(
                "A backup now.",
                [
                    "name": .name("The backup's name; without it the request's."),
                    "storage": .name("The BackupStorage it goes to; without it the cluster's."),
                ]
            ).final,
            "restore": restore.final,
            "switchover": .object(
                "Another primary.",
                ["target": .optionalName("The member that shall be primary; without it the provider picks one.")]
            ).final,
            "rebuildInstance": .object(
                "One member made new from the others.",
                ["instance": .name("The member.")],
                required: ["instance"]
            ).final,
            "custom": custom.final,
            "timeoutSeconds": .integer(
                "How long it may take from its first execution on; without it the cluster's default.",
                1...86_400
            ).final,
            "maxRetries": .integer(
                "How often an attempt that failed is repeated, where repeating is safe.",
                0...100,
                default: Default.maxRetries
            ).final,
            "ttlSecondsAfterFinished": .integer(
                "How long the finished request is kept before it is deleted.",
                0...31_536_000,
                default: Default.secondsAfterFinished
            ),
            "preconditionDeadlineSeconds": .integer(
                "How long to wait for a cluster that exists and is in a phase that allows the operation.",
                0...86_400,
                default: Default.preconditionDeadline
            ).final,
            "rollbackPolicy": .word(
                RollbackPolicy.self,
                "What happens to the cluster's spec when the operation has failed: nothing, or it is as before again.",
                default: RollbackPolicy.none
            ).final,
            "force": .boolean(
                "Start in any phase of the cluster. Operations on one cluster still run one at a time.",
                default: false
            ).final,
            "cancel": .boolean("Stop, and put back what can be put back.", default: false)
                .ruled(OpsRequestRules.cancelStays),
            "dryRun": .boolean("Only tell in status.plan what would be done.", default: false).final,
        ],
        required: ["clusterRef", "type"]
    ).ruled(OpsRequestRules.blocks + [OpsRequestRules.intoAnother, OpsRequestRules.fieldsStay])

    private static let horizontalScaling = Schema.object(
        "More or fewer members.",
        [
            "replicas": .integer("How many members shall hold data.", 1...1000),
            "shards": .integer("How many shards there shall be.", 1...1000),
        ]
    ).ruled(OpsRequestRules.replicasOrShards)

    private static let verticalScaling = Schema.object(
        "Other processor and memory. Exactly one of size and resources.",
        [
            "size": .sizeClass("A size class, like db.t3.large."),
            "resources": .resources("Processor and memory of each member."),
            "component": .string(
                "A part of the cluster by the provider's name for it; without it the members that hold data.",
                length: 0...63,
                default: ""
            ),
        ]
    ).ruled(OpsRequestRules.sizeOrResources)

    private static let reconfiguring = Schema.object(
        "Other engine parameters.",
        [
            "config": .parameters.described("Parameters to set. Each name occurs once."),
            "remove": .set(
                "Parameters that go back to their default.",
                count: 200,
                of: .string("A parameter's name.", length: 1...253)
            ),
        ]
    ).ruled(OpsRequestRules.configOrRemove)

    private static let restore = Schema.object(
        "Data of an earlier time.",
        [
            "backup": .name("The backup to restore; without it the latest one before pointInTime."),
            "pointInTime": .time("The time whose state is restored, from the archive."),
            "into": .clusterName(
                "The name of a new DatabaseCluster; without it the data is restored in place, where the provider can."
            ),
        ]
    ).ruled(OpsRequestRules.backupOrTime)

    private static let custom = Schema.object(
        "One of the provider's own operations.",
        [
            "operation": .string("The operation's name, as the provider documents it.", length: 1...63),
            "parameters": .stringMap(
                "What the operation takes.",
                count: 50,
                value: .string("The parameter's value.", length: 0...4096)
            ),
        ],
        required: ["operation"]
    )
}

extension Schema {
    /// The same, never to be changed once stored.
    fileprivate var final: Schema { ruled(OpsRequestRules.valueStays) }
}
