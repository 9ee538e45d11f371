import JSON
import KubernetesAPI

/// What the API server fills into new and changed objects of built-in kinds, beside the defaults of their schemas.
enum BuiltInDefaults {
    /// Defaults of a new object, which its writer owns as if it had named them.
    static func fillNew(_ object: inout JSONValue, _ kind: ServedKind, _ server: APIServer) {
        guard !kind.traits.isCustom else { return }
        prepare(&object, kind)
        switch kind.place.plural {
        case "namespaces":
            var labels = object.at("metadata", "labels") ?? [:]
            labels["kubernetes.io/metadata.name"] = object.at("metadata", "name")
            object["metadata", "labels"] = labels
        case "persistentvolumeclaims":
            if object.at("spec", "storageClassName") == nil, let name = server.defaultStorageClass {
                object["spec", "storageClassName"] = .string(name)
            }
        default: break
        }
    }

    /// The first state of a new object, which the server gives and nobody owns.
    static func prepareForCreate(_ object: inout JSONValue, _ kind: ServedKind, _ server: APIServer) {
        guard !kind.traits.isCustom else { return }
        switch kind.place.plural {
        case "namespaces":
            object["spec"] = ["finalizers": ["kubernetes"]]
            object["status"] = ["phase": "Active"]
        case "pods", "persistentvolumeclaims": object["status"] = ["phase": "Pending"]
        case "jobs":
            WorkloadDefaults.giveSelector(to: &object)
            object["status"] = [:]
        case "services":
            object["status"] = ["loadBalancer": [:]]
            giveAddress(&object, server)
        case "customresourcedefinitions":
            object["status"] = [
                "conditions": .null, "acceptedNames": ["plural": "", "kind": ""],
                "storedVersions": storedVersions(object),
            ]
        default:
            if kind.hasStatus { object["status"] = [:] }
        }
    }

    static func prepareForUpdate(_ object: inout JSONValue, _ old: JSONValue, _ kind: ServedKind) {
        guard !kind.traits.isCustom else { return }
        prepare(&object, kind)
        if kind.place.plural == "namespaces" { object["spec"] = old["spec"] }
        if kind.place.plural == "services" {
            // An address once given stays, when the writer does not know it.
            for field in ["clusterIP", "clusterIPs"] where object.at("spec", field) == nil {
                object["spec", field] = old.at("spec", field)
            }
        }
        if kind.place.plural == "persistentvolumeclaims" {
            for field in ["volumeName", "storageClassName"] where object.at("spec", field) == nil {
                object["spec", field] = old.at("spec", field)
            }
        }
    }

    /// Defaults that come with every write.
    private static func prepare(_ object: inout JSONValue, _ kind: ServedKind) {
        switch kind.place.plural {
        case "secrets": prepareSecret(&object)
        case "pods": WorkloadDefaults.fillPod(&object)
        case "deployments": WorkloadDefaults.fillDeployment(&object)
        case "statefulsets": WorkloadDefaults.fillTemplate(&object)
        case "jobs": WorkloadDefaults.fillJob(&object)
        case "persistentvolumeclaims": fill(&object, "spec", ["volumeMode": "Filesystem"])
        case "services": prepareService(&object)
        case "storageclasses":
            for (field, value) in [("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")]
            where object[field] == nil { object[field] = .string(value) }
        case "customresourcedefinitions": CustomResourceDefinitionForm.normalize(&object)
        default: break
        }
    }

    private static func fill(_ object: inout JSONValue, _ outer: String, _ defaults: JSONObject) {
        for field in defaults where object[outer, field.name] == nil { object[outer, field.name] = field.value }
    }

    private static func prepareSecret(_ object: inout JSONValue) {
        if object["type"]?.string ?? "" == "" { object["type"] = "Opaque" }
        guard let texts = object["stringData"]?.object else { return }
        var data = object["data"] ?? [:]
        for field in texts { data[field.name] = .string(Base64.encode(Array((field.value.string ?? "").utf8))) }
        object["stringData"] = nil
        object["data"] = data
    }

    private static func prepareService(_ object: inout JSONValue) {
        fill(
            &object,
            "spec",
            ["type": "ClusterIP", "sessionAffinity": "None", "ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]]
        )
        guard let ports = object.at("spec", "ports")?.array else { return }
        object["spec", "ports"] = .array(
            ports.map { port in
                var port = port
                if port["targetPort"] == nil { port["targetPort"] = port["port"] }
                return port
            }
        )
    }

    private static func giveAddress(_ object: inout JSONValue, _ server: APIServer) {
        guard object.at("spec", "type")?.string != "ExternalName" else { return }
        if object.at("spec", "clusterIP")?.string ?? "" == "" {
            object["spec", "clusterIP"] = .string(server.identifiers.serviceAddress())
        }
        if object.at("spec", "clusterIPs") == nil, let address = object.at("spec", "clusterIP") {
            object["spec", "clusterIPs"] = [address]
        }
    }

    private static func storedVersions(_ definition: JSONValue) -> JSONValue {
        let versions = definition.at("spec", "versions")?.array ?? []
        return .array(versions.filter { $0["storage"]?.bool == true }.compactMap { $0["name"] })
    }
}
