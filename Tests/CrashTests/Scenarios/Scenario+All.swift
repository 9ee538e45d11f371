import JSON

extension Scenario {
    static let backup: JSONValue = ["backup": ["enabled": true, "storage": "s3"]]

    /// Where a second cluster comes up meanwhile, whose looks are merged now so, now so.
    private static let ofTwoClusters = 10

    /// Every type of operation with CloudNativePG and every other end of one, and the most telling ones with each other
    /// provider.
    static let all = cnpg + interrupted + others

    /// Every type of operation, and a cluster's beginning and end.
    private static let cnpg: [Scenario] = [
        Scenario(name: "Creation", trigger: .creation),
        Scenario(name: "Deletion", trigger: .deletion, end: "Gone"),
        Scenario(name: "Restart", trigger: .request(["type": "Restart"])),
        Scenario(
            name: "HorizontalScaling up",
            trigger: .request(["type": "HorizontalScaling", "horizontalScaling": ["replicas": 3]])
        ),
        Scenario(
            name: "HorizontalScaling down",
            trigger: .request(["type": "HorizontalScaling", "horizontalScaling": ["replicas": 1]])
        ),
        Scenario(
            name: "VerticalScaling",
            trigger: .request([
                "type": "VerticalScaling",
                "verticalScaling": [
                    "resources": ["requests": ["cpu": "1", "memory": "2Gi"], "limits": ["cpu": "1", "memory": "2Gi"]]
                ],
            ])
        ),
        Scenario(
            name: "Scaling",
            trigger: .request([
                "type": "Scaling", "horizontalScaling": ["replicas": 3],
                "verticalScaling": [
                    "resources": ["requests": ["cpu": "1", "memory": "2Gi"], "limits": ["cpu": "1", "memory": "2Gi"]]
                ],
            ])
        ),
        Scenario(
            name: "VolumeExpansion",
            trigger: .request(["type": "VolumeExpansion", "volumeExpansion": ["storage": "2Gi"]])
        ),
        Scenario(name: "Stop", trigger: .request(["type": "Stop"]), end: "Stopped"),
        Scenario(name: "Start", trigger: .request(["type": "Start"]), preparation: [["type": "Stop"]]),
        Scenario(name: "Backup", trigger: .request(["type": "Backup"]), spec: backup),
        Scenario(
            name: "Reconfiguring",
            trigger: .request([
                "type": "Reconfiguring", "reconfiguring": ["config": [["name": "max_connections", "value": "300"]]],
            ]),
            mostlyWaits: true
        ),
        Scenario(
            name: "Upgrade, minor",
            trigger: .request(["type": "Upgrade", "upgrade": ["version": "16.11"]])
        ),
        Scenario(name: "Upgrade, major", trigger: .request(["type": "Upgrade", "upgrade": ["version": "17.6"]])),
        Scenario(
            name: "Restore",
            trigger: .request(["type": "Restore", "restore": ["backup": "before-0", "into": "restored"]]),
            spec: backup,
            preparation: [["type": "Backup"]],
            tolerance: ofTwoClusters
        ),
        Scenario(
            name: "Restore, point in time",
            trigger: .request(["type": "Restore", "restore": ["pointInTime": "now", "into": "restored"]]),
            spec: backup,
            preparation: [["type": "Backup"]],
            tolerance: ofTwoClusters
        ),
        Scenario(name: "Switchover", trigger: .request(["type": "Switchover"])),
        Scenario(
            name: "RebuildInstance",
            trigger: .request(["type": "RebuildInstance", "rebuildInstance": ["instance": "db-2"]])
        ),
        Scenario(
            name: "Custom, fence",
            trigger: .request(["type": "Custom", "custom": ["operation": "fence", "parameters": ["instance": "db-2"]]]),
            end: "Degraded"
        ),
        Scenario(
            name: "Custom, unfence",
            trigger: .request([
                "type": "Custom", "custom": ["operation": "unfence", "parameters": ["instance": "db-2"]],
            ]),
            preparation: [["type": "Custom", "custom": ["operation": "fence", "parameters": ["instance": "db-2"]]]]
        ),
        Scenario(
            name: "Custom, restart-instance",
            trigger: .request([
                "type": "Custom", "custom": ["operation": "restart-instance", "parameters": ["instance": "db-1"]],
            ])
        ),
        Scenario(
            name: "Custom, analyze-backup-chain",
            trigger: .request(["type": "Custom", "custom": ["operation": "analyze-backup-chain"]]),
            spec: backup,
            preparation: [["type": "Backup"]]
        ),
        // A reload leaves no trace but that the members stay healthy for half a minute.
        Scenario(
            name: "Custom, reload",
            trigger: .request(["type": "Custom", "custom": ["operation": "reload"]]),
            mostlyWaits: true
        ),
    ]
}
