extension OpsRequest {
    static let status = Schema.object(
        "What has become of the request.",
        [
            "phase": .word(OpsRequestPhase.self, "How far it is."),
            "reason": .text("Why, in one CamelCase word that programs may rely on.", 128),
            "message": .text("Why, in a sentence for people.", 32_768),
            "progress": .integer("How much is done, in percent. Never goes down.", 0...100),
            "observedGeneration": .observedGeneration(),
            "attempt": .integer("How often it was executed.", 0...1000),
            "startTime": .time("When it was first executed."),
            "completionTime": .time("When it was finished."),
            "duration": .text("From start to completion, like 2m5s.", 32),
            "conditions": .conditions("Accepted, Executing, Succeeded; RolledBack when it was."),
            "actionLog": .atomicList(
                "What was done, oldest first. The last 50 entries are kept.",
                count: OpsRequestStatus.actionLogLimit,
                of: .object(
                    "One thing that was done.",
                    [
                        "timestamp": .time("When."),
                        "action": .text("What, in one CamelCase word.", 128),
                        "status": .text("What came of it, in one CamelCase word.", 128),
                        "message": .text("What it was about.", 4096),
                    ],
                    required: ["timestamp", "action"]
                )
            ),
            "previous": fields("The fields of the cluster's spec that the operation changed, as they stood before."),
            "applied": fields("The same fields as the operation wrote them; only what still stands so is taken back."),
            "evidence": .atomicList(
                "What shows that the operation had its effect.",
                count: 100,
                of: .text("One observation.", 4096)
            ),
            "nativeObjects": .atomicList(
                "Objects of the database operator that carry the operation out.",
                count: 100,
                of: .reference("One object.")
            ),
            "plan": .atomicList(
                "What would be done, when dryRun was asked for.",
                count: 100,
                of: .object(
                    "One write.",
                    [
                        "verb": .text("create, apply, patch or delete.", 32),
                        "object": .text("The object, as apiVersion, kind and name."),
                        "diff": .text("What would change.", 32_768),
                        "disruption": .text("What clients would notice, in one CamelCase word.", 128),
                    ],
                    required: ["verb", "object"]
                )
            ),
        ]
    )

    private static func fields(_ description: String) -> Schema {
        .object(
            description,
            [
                "clusterSize": .integer("spec.clusterSize.", 0...100_000),
                "shards": .integer("spec.shards.", 0...100_000),
                "size": .text("spec.size.", 63),
                "resources": .reportedResources("spec.resources."),
                "storage": .quantity("spec.storage."),
                "version": .text("spec.version.", 63),
                "stopped": .boolean("spec.stopped."),
                "config": .parameters.described("The changed items of spec.config."),
                "unset": .set(
                    "Fields that were not set, or names of parameters as config.NAME.",
                    count: 300,
                    of: .text("One field.", 300)
                ),
            ]
        )
    }
}
