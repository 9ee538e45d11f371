import JSON

extension Scenario {
    /// What is tried with Percona's operators and Strimzi; backups only with those that make them.
    static let others =
        [Subject.psmdb, .pxc, .strimzi].flatMap(common)
        + [Subject.psmdb, .pxc].map { subject in
            Scenario("Backup", subject, .request(["type": "Backup"]), spec: backup)
        }

    private static func common(_ subject: Subject) -> [Scenario] {
        [
            Scenario("Creation", subject, .creation),
            Scenario("Deletion", subject, .deletion, end: "Gone"),
            Scenario("Restart", subject, .request(["type": "Restart"])),
            // The one in which everything befalls the operator: with all of them the suite would take hours.
            Scenario(
                "HorizontalScaling up",
                subject,
                .request(["type": "HorizontalScaling", "horizontalScaling": ["replicas": 5]]),
                kinds: Point.Kind.allCases
            ),
            Scenario(
                "VolumeExpansion",
                subject,
                .request(["type": "VolumeExpansion", "volumeExpansion": ["storage": "20Gi"]])
            ),
        ]
    }

    private init(
        _ operation: String,
        _ subject: Subject,
        _ trigger: Trigger,
        spec: JSONValue = [:],
        end: String = "Ready",
        kinds: [Point.Kind] = Point.Kind.kills
    ) {
        self.init(
            name: "\(operation), \(subject)",
            subject: subject,
            trigger: trigger,
            spec: spec,
            end: end,
            kinds: Set(kinds)
        )
    }
}
