import JSON

extension Scenario {
    /// What is tried with every provider but CloudNativePG, and what only some of them can do.
    static let others =
        [Subject.psmdb, .pxc, .strimzi, .kubedbPostgres, .kubedbMongoDB].flatMap(common)
        + [Subject.psmdb, .pxc].map { subject in
            Scenario("Backup", subject, .request(["type": "Backup"]), spec: backup)
        }
        + [Subject.kubedbPostgres, .kubedbMongoDB].flatMap(kubedb)

    private static func kubedb(_ subject: Subject) -> [Scenario] {
        [
            // Two of KubeDB's own requests, one after the other.
            Scenario(
                "Scaling",
                subject,
                .request([
                    "type": "Scaling", "horizontalScaling": ["replicas": 5],
                    "verticalScaling": ["size": "db.t3.large"],
                ])
            ),
            // The operator files two requests of its own for it.
            Scenario("Edit", subject, .edit(["clusterSize": 5, "size": "db.t3.large"])),
        ]
    }

    private static func common(_ subject: Subject) -> [Scenario] {
        [
            Scenario("Creation", subject, .creation),
            Scenario("Deletion", subject, .deletion, end: "Gone"),
            // Strimzi begins with the pods that are marked when it looks: a stop amid the marking makes it take two
            // rounds, and each pod is made anew once all the same.
            Scenario(
                "Restart",
                subject,
                .request(["type": "Restart"]),
                uncounted: subject.provider == "strimzi" ? ["restarts"] : []
            ),
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
        kinds: [Point.Kind] = Point.Kind.kills,
        uncounted: Set<String> = []
    ) {
        self.init(
            name: "\(operation), \(subject)",
            subject: subject,
            trigger: trigger,
            spec: spec,
            end: end,
            kinds: Set(kinds),
            uncounted: uncounted
        )
    }
}
