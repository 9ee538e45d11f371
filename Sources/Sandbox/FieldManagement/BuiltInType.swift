import JSON

/// How the fields of kinds that come with Kubernetes are owned: by the names of the fields, which mean the same
/// wherever they stand, except for a few below a certain parent.
struct BuiltInType: Sendable {
    let name: String
    let parent: String

    static let root = BuiltInType(name: "", parent: "")
    static let metadata = BuiltInType(name: "metadata", parent: "")

    /// Whether the fields are a map's keys and not declared by the kind.
    var isMap: Bool { BuiltInType.maps.contains(name) }

    func field(_ field: String) -> BuiltInType { BuiltInType(name: field, parent: name) }

    /// Items are structures; what they hold knows the list's name as its parent.
    var item: BuiltInType {
        let isWhole = name == "ownerReferences" || name == "imagePullSecrets"
        return BuiltInType(name: isWhole ? "*atomic" : name + "[]", parent: name)
    }

    func form(of value: JSONValue) -> FieldType.Form {
        switch value {
        case .object: return BuiltInType.atomicMaps.contains(name) ? .leaf : .fields
        case .array:
            if BuiltInType.sets.contains(name) { return .set }
            guard let keys = BuiltInType.keys(name: name, parent: parent) else { return .leaf }
            return .list(keys: keys)
        default: return .leaf
        }
    }

    private static func keys(name: String, parent: String) -> [FieldType.Key]? {
        if name == "ports" {
            guard parent == "spec" || parent.hasSuffix("ontainers[]") else { return nil }
            let port = parent == "spec" ? "port" : "containerPort"
            return [FieldType.Key(name: port, standard: nil), FieldType.Key(name: "protocol", standard: "TCP")]
        }
        return listKeys[name].map { names in names.map { FieldType.Key(name: $0, standard: nil) } }
    }

    private static let listKeys: [String: [String]] = [
        "conditions": ["type"], "containers": ["name"], "env": ["name"], "ephemeralContainers": ["name"],
        "hostAliases": ["ip"], "hostIPs": ["ip"], "imagePullSecrets": ["name"], "initContainers": ["name"],
        "ownerReferences": ["uid"], "podIPs": ["ip"], "resourceClaims": ["name"], "schedulingGates": ["name"],
        "secrets": ["name"], "topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
        "volumeDevices": ["devicePath"], "volumeMounts": ["mountPath"], "volumes": ["name"], "webhooks": ["name"],
    ]

    private static let sets: Set<String> = ["finalizers"]

    private static let maps: Set<String> = [
        "allocatedResources", "allocatedResourceStatuses", "annotations", "binaryData", "capacity", "data", "labels",
        "limits", "matchLabels", "nodeSelector", "overhead", "parameters", "requests", "stringData", "allocatable",
    ]

    /// Objects that Kubernetes owns as a whole.
    private static let atomicMaps: Set<String> = [
        "*atomic", "nodeSelector", "selector", "labelSelector", "namespaceSelector", "podSelector", "secretKeyRef",
        "configMapKeyRef", "fieldRef", "resourceFieldRef", "secretRef", "claimRef", "involvedObject", "regarding",
        "related", "roleRef", "dataSource", "targetRef", "nodeSelectorTerms", "nodePublishSecretRef",
    ]
}

extension BuiltInType {
    /// What a kind holds before anything was written, beside its metadata.
    ///
    /// Structures that are part of a kind are always there, so that nobody becomes their owner by filling them.
    static func emptyObject(kind: String) -> JSONValue {
        switch kind {
        case "CustomResourceDefinition":
            let names: JSONValue = ["plural": "", "kind": ""]
            return [
                "spec": ["group": "", "names": names, "scope": "", "versions": .null],
                "status": ["conditions": .null, "acceptedNames": names, "storedVersions": .null],
            ]
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
            let template: JSONValue = ["metadata": [:], "spec": ["containers": .null]]
            let spec: JSONValue = [
                "selector": .null, "template": template, "strategy": [:], "updateStrategy": [:], "serviceName": "",
            ]
            return ["spec": spec, "status": ["replicas": 0]]
        case "Job": return ["spec": ["template": ["metadata": [:], "spec": ["containers": .null]]], "status": [:]]
        case "Pod": return ["spec": ["containers": .null], "status": [:]]
        case "PersistentVolumeClaim": return ["spec": ["resources": [:]], "status": [:]]
        case "Service": return ["spec": [:], "status": ["loadBalancer": [:]]]
        default: return ["spec": [:], "status": [:]]
        }
    }
}
