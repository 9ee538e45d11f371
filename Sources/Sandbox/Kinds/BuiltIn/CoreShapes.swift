import JSON

/// The schemas of the core group's other kinds, of storage, leases, roles, events and definitions.
enum CoreShapes {
    static let namespace = Shape.kind([
        "spec": Shape.object(["finalizers": Shape.strings]),
        "status": Shape.object(["phase": Shape.string, "conditions": Shape.conditions]),
    ])

    static let configMap = Shape.kind([
        "data": Shape.stringMap, "binaryData": Shape.stringMap, "immutable": Shape.boolean,
    ])

    static let secret = Shape.kind([
        "data": Shape.stringMap, "stringData": Shape.stringMap, "type": Shape.string, "immutable": Shape.boolean,
    ])

    static let serviceAccount = Shape.kind([
        "secrets": Shape.list(Shape.objectReference, by: "name"),
        "imagePullSecrets": Shape.list(Shape.object(["name": Shape.string])),
        "automountServiceAccountToken": Shape.boolean,
    ])

    static let service = Shape.kind([
        "spec": Shape.openObject([
            "type": Shape.string, "clusterIP": Shape.string, "clusterIPs": Shape.strings,
            "externalName": Shape.string, "selector": Shape.atomic(Shape.stringMap),
            "sessionAffinity": Shape.string, "publishNotReadyAddresses": Shape.boolean,
            "externalIPs": Shape.strings, "loadBalancerSourceRanges": Shape.strings,
            "loadBalancerClass": Shape.string, "externalTrafficPolicy": Shape.string,
            "internalTrafficPolicy": Shape.string, "ipFamilies": Shape.strings, "ipFamilyPolicy": Shape.string,
            "allocateLoadBalancerNodePorts": Shape.boolean,
            "ports": Shape.list(
                Shape.object([
                    "name": Shape.string, "port": Shape.integer, "targetPort": Shape.intOrString,
                    "nodePort": Shape.integer, "appProtocol": Shape.string,
                    "protocol": ["type": "string", "default": "TCP"],
                ]),
                by: "port",
                "protocol"
            ),
        ]),
        "status": Shape.openObject(["conditions": Shape.conditions, "loadBalancer": Shape.open]),
    ])

    static let endpoints = Shape.kind(["subsets": Shape.list(Shape.open)])

    static let persistentVolumeClaim = Shape.kind([
        "spec": Shape.openObject([
            "accessModes": Shape.strings, "selector": Shape.labelSelector, "storageClassName": Shape.string,
            "resources": Shape.object(["requests": Shape.quantities, "limits": Shape.quantities]),
            "volumeName": Shape.string, "volumeMode": Shape.string, "dataSource": Shape.atomic(Shape.open),
            "volumeAttributesClassName": Shape.string, "dataSourceRef": Shape.open,
        ]),
        "status": Shape.openObject([
            "phase": Shape.string, "accessModes": Shape.strings, "capacity": Shape.quantities,
            "allocatedResources": Shape.quantities, "conditions": Shape.conditions,
        ]),
    ])

    static let storageClass = Shape.kind([
        "provisioner": Shape.string, "parameters": Shape.stringMap, "reclaimPolicy": Shape.string,
        "mountOptions": Shape.strings, "allowVolumeExpansion": Shape.boolean, "volumeBindingMode": Shape.string,
        "allowedTopologies": Shape.list(Shape.open),
    ])

    static let lease = Shape.kind([
        "spec": Shape.object([
            "holderIdentity": Shape.string, "leaseDurationSeconds": Shape.integer, "acquireTime": Shape.microTime,
            "renewTime": Shape.microTime, "leaseTransitions": Shape.integer, "strategy": Shape.string,
            "preferredHolder": Shape.string,
        ])
    ])

    private static let rules = Shape.list(
        Shape.object([
            "apiGroups": Shape.strings, "resources": Shape.strings, "verbs": Shape.strings,
            "resourceNames": Shape.strings, "nonResourceURLs": Shape.strings,
        ])
    )

    static let role = Shape.kind(["rules": rules])
    static let clusterRole = Shape.kind(["rules": rules, "aggregationRule": Shape.open])

    static let roleBinding = Shape.kind([
        "subjects": Shape.list(
            Shape.object([
                "kind": Shape.string, "apiGroup": Shape.string, "name": Shape.string, "namespace": Shape.string,
            ])
        ),
        "roleRef": Shape.atomic(
            Shape.object(["apiGroup": Shape.string, "kind": Shape.string, "name": Shape.string])
        ),
    ])

    static let coreEvent = Shape.kind([
        "involvedObject": Shape.objectReference, "related": Shape.objectReference, "reason": Shape.string,
        "message": Shape.string, "source": Shape.object(["component": Shape.string, "host": Shape.string]),
        "firstTimestamp": Shape.time, "lastTimestamp": Shape.time, "count": Shape.integer, "type": Shape.string,
        "eventTime": ["type": "string", "nullable": true],
        "series": Shape.object(["count": Shape.integer, "lastObservedTime": Shape.microTime]),
        "action": Shape.string, "reportingComponent": Shape.string, "reportingInstance": Shape.string,
    ])

    static let event = Shape.kind([
        "eventTime": ["type": "string", "nullable": true],
        "series": Shape.object(["count": Shape.integer, "lastObservedTime": Shape.microTime]),
        "reportingController": Shape.string, "reportingInstance": Shape.string, "action": Shape.string,
        "reason": Shape.string, "regarding": Shape.objectReference, "related": Shape.objectReference,
        "note": Shape.string, "type": Shape.string,
        "deprecatedSource": Shape.object(["component": Shape.string, "host": Shape.string]),
        "deprecatedFirstTimestamp": Shape.time, "deprecatedLastTimestamp": Shape.time,
        "deprecatedCount": Shape.integer,
    ])

    private static let names = Shape.object([
        "plural": Shape.string, "singular": Shape.string, "kind": Shape.string, "listKind": Shape.string,
        "shortNames": Shape.strings, "categories": Shape.strings,
    ])

    static let customResourceDefinition = Shape.kind([
        "spec": Shape.object([
            "group": Shape.string, "scope": Shape.string, "names": names,
            "versions": Shape.list(Shape.open), "preserveUnknownFields": Shape.boolean,
            "conversion": Shape.object(["strategy": Shape.string, "webhook": Shape.open]),
        ]),
        "status": Shape.object([
            "acceptedNames": names, "conditions": nullable(Shape.conditions), "storedVersions": Shape.strings,
            "observedGeneration": Shape.integer,
        ]),
    ])

    static let accessReview = Shape.kind(["spec": Shape.open, "status": Shape.open])

    private static func nullable(_ shape: JSONValue) -> JSONValue {
        var shape = shape
        shape["nullable"] = true
        return shape
    }
}
