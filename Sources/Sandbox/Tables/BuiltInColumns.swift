import JSON
import KubernetesAPI

/// The columns of built-in kinds, as `kubectl get` shows them.
enum BuiltInColumns {
    static let namespaces: [TableColumn] = [.name, .field("Status", "string", "status", "phase"), .ageAsText]

    static let secrets: [TableColumn] = [
        .name, .field("Type", "string", "type"),
        TableColumn(name: "Data", type: "string") { object, _ in count(object["data"]?.object?.count) },
        .ageAsText,
    ]

    static let configMaps: [TableColumn] = [
        .name,
        TableColumn(name: "Data", type: "string") { object, _ in
            count((object["data"]?.object?.count ?? 0) + (object["binaryData"]?.object?.count ?? 0))
        },
        .ageAsText,
    ]

    static let leases: [TableColumn] = [.name, .field("Holder", "string", "spec", "holderIdentity"), .ageAsText]

    static let roles: [TableColumn] = [.name, createdAt]

    static let roleBindings: [TableColumn] = [
        .name,
        TableColumn(name: "Role", type: "string") { object, _ in
            .string("\(object.at("roleRef", "kind")?.string ?? "")/\(object.at("roleRef", "name")?.string ?? "")")
        },
        .ageAsText,
    ]

    static let definitions: [TableColumn] = [.name, createdAt]

    private static let createdAt = TableColumn(
        name: "Created At",
        type: "date",
        description: TableColumn.age.description
    ) { object, _ in object.at("metadata", "creationTimestamp") ?? .null }

    static let services: [TableColumn] = [
        .name, .field("Type", "string", "spec", "type"),
        TableColumn(name: "Cluster-IP", type: "string") { object, _ in orNone(object.at("spec", "clusterIP")) },
        TableColumn(name: "External-IP", type: "string") { object, _ in
            if let name = object.at("spec", "externalName")?.string { return .string(name) }
            let addresses = (object.at("status", "loadBalancer", "ingress")?.array ?? [])
                .compactMap { ($0["ip"] ?? $0["hostname"])?.string }
            if !addresses.isEmpty { return .string(addresses.joined(separator: ",")) }
            return object.at("spec", "type") == "LoadBalancer" ? "<pending>" : "<none>"
        },
        TableColumn(name: "Port(s)", type: "string") { object, _ in
            let ports = (object.at("spec", "ports")?.array ?? []).map { port in
                let node = (port["nodePort"]?.integer).map { ":\($0)" } ?? ""
                return "\(port["port"]?.integer ?? 0)\(node)/\(port["protocol"]?.string ?? "TCP")"
            }
            return .string(ports.isEmpty ? "<none>" : ports.joined(separator: ","))
        },
        .ageAsText,
        TableColumn(name: "Selector", type: "string", priority: 1) { object, _ in
            pairs(object.at("spec", "selector"))
        },
    ]

    static let persistentVolumeClaims: [TableColumn] = [
        .name,
        TableColumn(name: "Status", type: "string") { object, _ in
            object.at("metadata", "deletionTimestamp") == nil ? object.at("status", "phase") ?? "" : "Terminating"
        },
        .field("Volume", "string", "spec", "volumeName"),
        .field("Capacity", "string", "status", "capacity", "storage"),
        TableColumn(name: "Access Modes", type: "string") { object, _ in
            let short = [
                "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
            ]
            let modes = (object.at("status", "accessModes")?.array ?? []).compactMap(\.string)
            return .string(modes.map { short[$0] ?? $0 }.joined(separator: ","))
        },
        .field("StorageClass", "string", "spec", "storageClassName"),
        TableColumn(name: "VolumeAttributesClass", type: "string") { object, _ in
            object.at("spec", "volumeAttributesClassName") ?? "<unset>"
        },
        .ageAsText,
        TableColumn(name: "VolumeMode", type: "string", priority: 1) { object, _ in
            object.at("spec", "volumeMode") ?? "<unset>"
        },
    ]

    static let storageClasses: [TableColumn] = [
        TableColumn(name: "Name", type: "string", format: "name", description: TableColumn.name.description) {
            object,
            _ in
            let name = object.at("metadata", "name")?.string ?? ""
            let mark = object.at("metadata", "annotations", "storageclass.kubernetes.io/is-default-class")
            return .string(mark == "true" ? "\(name) (default)" : name)
        },
        .field("Provisioner", "string", "provisioner"),
        .field("ReclaimPolicy", "string", "reclaimPolicy"),
        .field("VolumeBindingMode", "string", "volumeBindingMode"),
        TableColumn(name: "AllowVolumeExpansion", type: "string") { object, _ in
            object["allowVolumeExpansion"]?.bool == true ? "true" : "false"
        },
        .ageAsText,
    ]

    static let podDisruptionBudgets: [TableColumn] = [
        .name,
        TableColumn(name: "Min Available", type: "string") { object, _ in
            text(object.at("spec", "minAvailable"), otherwise: "N/A")
        },
        TableColumn(name: "Max Unavailable", type: "string") { object, _ in
            text(object.at("spec", "maxUnavailable"), otherwise: "N/A")
        },
        TableColumn(name: "Allowed Disruptions", type: "integer") { object, _ in
            object.at("status", "disruptionsAllowed") ?? 0
        },
        .ageAsText,
    ]

    static func count(_ number: Int?) -> JSONValue { .string(String(number ?? 0)) }

    static func orNone(_ value: JSONValue?) -> JSONValue {
        guard let text = value?.string, !text.isEmpty else { return "<none>" }
        return .string(text)
    }

    static func pairs(_ value: JSONValue?) -> JSONValue {
        guard let fields = value?.object, !fields.isEmpty else { return "<none>" }
        return .string(fields.map { "\($0.name)=\($0.value.string ?? "")" }.joined(separator: ","))
    }

    static func text(_ value: JSONValue?, otherwise: String) -> JSONValue {
        switch value {
        case .string(let text): .string(text)
        case .integer(let number): .string(String(number))
        default: .string(otherwise)
        }
    }
}
