package import JSON
package import KubernetesAPI

/// The definitions of our kinds, as `config/crd` carries them.
package enum CustomResourceDefinitions {
    /// DatabaseCluster, OpsRequest and BackupStorage, as `apiextensions.k8s.io/v1` objects.
    package static var all: [JSONValue] { [databaseCluster, opsRequest, backupStorage] }

    /// The schema of each kind, whose ``Schema/violations(new:old:)`` are what its CEL rules refuse.
    package static let schemas: [ResourceType: Schema] = [
        DatabaseCluster.resource: DatabaseCluster.schema,
        OpsRequest.resource: OpsRequest.schema,
        BackupStorage.resource: BackupStorage.schema,
    ]

    package static var databaseCluster: JSONValue {
        definition(
            of: DatabaseCluster.resource,
            shortName: "dbc",
            schema: DatabaseCluster.schema,
            columns: [
                Column("Engine", ".spec.engine", "Which database it is"),
                Column("Version", ".status.version", "The engine's version that runs"),
                Column("Phase", ".status.phase", "A summary of the state"),
                Column("Ready", ".status.ready", "Ready members of all members"),
                Column("Size", ".status.current.size", "The size class that runs"),
                Column("Storage", ".spec.storage", "Volume size of each member"),
                .age,
                Column("Provider", ".status.provider", "Which database operator runs it", isWide: true),
                Column("Primary", ".status.primary", "The member that takes writes", isWide: true),
                Column("Endpoint", ".status.endpoints.primary", "Where clients connect", isWide: true),
                Column("Message", ".status.message", "What keeps it from being ready", isWide: true),
            ],
            scale: [
                "specReplicasPath": ".spec.clusterSize",
                "statusReplicasPath": ".status.instances",
                "labelSelectorPath": ".status.selector",
            ]
        )
    }

    package static var opsRequest: JSONValue {
        definition(
            of: OpsRequest.resource,
            shortName: "ops",
            schema: OpsRequest.schema,
            columns: [
                Column("Type", ".spec.type", "What shall be done"),
                Column("Cluster", ".spec.clusterRef", "To which DatabaseCluster"),
                Column("Phase", ".status.phase", "How far it is"),
                Column("Progress", ".status.progress", "Percent done", type: "integer"),
                .age,
                Column("Reason", ".status.reason", "Why it is in this phase", isWide: true),
                Column("Message", ".status.message", "Why, in a sentence", isWide: true),
                Column("Duration", ".status.duration", "From start to completion", isWide: true),
            ],
            scale: nil
        )
    }

    package static var backupStorage: JSONValue {
        definition(
            of: BackupStorage.resource,
            shortName: "bks",
            schema: BackupStorage.schema,
            columns: [
                Column("Type", ".spec.type", "What kind of place it is"),
                Column("Bucket", ".spec.bucket", "Bucket, container or directory"),
                Column(
                    "Ready",
                    #".status.conditions[?(@.type=="Ready")].status"#,
                    "Whether it can be used"
                ),
                Column("Used By", ".status.usedBy", "How many clusters name it", type: "integer"),
                .age,
                Column("Endpoint", ".spec.endpoint", "The service's URL", isWide: true),
            ],
            scale: nil
        )
    }

    /// A column of `kubectl get`.
    private struct Column {
        let json: JSONValue

        init(
            _ name: String,
            _ path: String,
            _ description: String,
            type: String = "string",
            isWide: Bool = false
        ) {
            var fields: JSONObject = [
                "name": .string(name), "jsonPath": .string(path), "description": .string(description),
                "type": .string(type),
            ]
            if isWide { fields["priority"] = 1 }
            json = .object(fields)
        }

        static var age: Column {
            Column("Age", ".metadata.creationTimestamp", "Time since it was created", type: "date")
        }
    }

    private static func definition(
        of resource: ResourceType,
        shortName: String,
        schema: Schema,
        columns: [Column],
        scale: JSONValue?
    ) -> JSONValue {
        var subresources: JSONObject = ["status": [:]]
        subresources["scale"] = scale
        return [
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": [
                "name": .string("\(resource.plural).\(resource.group)"),
                "labels": ["app.kubernetes.io/name": "dbaas-operator"],
            ],
            "spec": [
                "group": .string(resource.group),
                "scope": "Namespaced",
                "names": [
                    "kind": .string(resource.kind),
                    "listKind": .string(resource.kind + "List"),
                    "plural": .string(resource.plural),
                    "singular": .string(resource.kind.lowercased()),
                    "shortNames": [.string(shortName)],
                    "categories": ["dbaas"],
                ],
                "versions": [
                    [
                        "name": .string(resource.version),
                        "served": true,
                        "storage": true,
                        "additionalPrinterColumns": .array(columns.map(\.json)),
                        "subresources": .object(subresources),
                        "schema": ["openAPIV3Schema": schema.json],
                    ]
                ],
            ],
        ]
    }
}
