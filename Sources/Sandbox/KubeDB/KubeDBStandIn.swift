import JSON
import KubernetesAPI

extension ChildOperator {
    /// The sandbox's stand-in for KubeDB 2026.7: its webhooks, its provisioner and its ops-manager.
    ///
    /// PetSets belong to a controller of their own, which it plays too. Pods and volumes are run by
    /// ``SandboxControllers``, which must run beside it.
    static let kubedb = ChildOperator(
        engine: .kubedb,
        fieldManager: "kubedb",
        definitions: { EmbeddedDefinitions.kubeDB + [PetSetDefinition.object] },
        webhooks: [DatabaseAdmission(), OperationAdmission()],
        installed: { VersionCatalogue.objects + [(.kubeDBPlacementPolicy, PetSetDefinition.placementPolicy)] },
        reconciler: { api, delays, counters in KubeDBReconciler(api: api, delays: delays, counters: counters) }
    )
}

/// What the controller of PetSets brings, which KubeDB needs and which is not among its own definitions.
enum PetSetDefinition {
    /// The kind, with as much of a schema as its stand-in needs.
    static var object: JSONValue {
        let anything: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": "petsets.apps.k8s.appscode.com"],
            "spec": [
                "group": "apps.k8s.appscode.com",
                "names": [
                    "kind": "PetSet", "listKind": "PetSetList", "plural": "petsets", "singular": "petset",
                    "categories": ["all"],
                ],
                "scope": "Namespaced",
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "schema": [
                            "openAPIV3Schema": [
                                "type": "object", "properties": ["spec": anything, "status": anything],
                            ]
                        ],
                        "subresources": ["status": [:]],
                    ]
                ],
            ],
        ]
    }

    /// The policy that pod templates name by default.
    static let placementPolicy: JSONValue = [
        "apiVersion": "apps.k8s.appscode.com/v1", "kind": "PlacementPolicy", "metadata": ["name": "default"],
        "spec": [
            "nodeSpreadConstraint": ["maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"],
            "zoneSpreadConstraint": ["maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"],
        ],
    ]
}
