import JSON

extension Scenario {
    /// Operations that do not go straight to their end, with CloudNativePG.
    static let interrupted: [Scenario] = [
        Scenario(
            name: "Rollback",
            trigger: .request([
                "type": "Reconfiguring", "rollbackPolicy": "OnFailure",
                "reconfiguring": ["config": [["name": "max_worker_processes", "value": "300000"]]],
            ]),
            requestEnd: RequestEnd(phase: "Failed", reason: "MemberCannotStart"),
            mostlyWaits: true,
            // Its member gets well by its next start or by a new pod, whichever comes first.
            uncounted: ["podCreations"]
        ),
        Scenario(
            name: "Cancel in the middle",
            trigger: .request(homeless),
            midway: Midway(at: .withoutNode, .cancel),
            requestEnd: RequestEnd(phase: "Cancelled", reason: "Cancelled")
        ),
        Scenario(
            name: "Deletion of the request in the middle",
            trigger: .request(homeless),
            midway: Midway(at: .withoutNode, .deletionOfRequest),
            requestEnd: .gone
        ),
        Scenario(
            name: "Deletion of the cluster in the middle",
            trigger: .request(homeless),
            midway: Midway(at: .withoutNode, .deletionOfCluster),
            requestEnd: .gone,
            end: "Gone"
        ),
        Scenario(
            name: "Retry",
            trigger: .request(["type": "Backup", "maxRetries": 1]),
            spec: backup,
            trouble: "backup",
            midway: Midway(at: .failedBackup, .cure),
            mostlyWaits: true
        ),
    ]

    /// Members larger than any node of the sandbox: the first that is made anew finds none, and the operation stays there.
    private static let homeless: JSONValue = [
        "type": "VerticalScaling",
        "verticalScaling": [
            "resources": ["requests": ["cpu": "65", "memory": "1Gi"], "limits": ["cpu": "65", "memory": "1Gi"]]
        ],
    ]
}
