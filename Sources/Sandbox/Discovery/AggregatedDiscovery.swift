import JSON
import KubernetesAPI

/// All groups with their resources in one document (apidiscovery.k8s.io/v2).
enum AggregatedDiscovery {
    static func group(_ group: String, _ kinds: ServedKinds) -> JSONValue {
        let versions = kinds.versions(of: group).map { version -> JSONValue in
            [
                "version": .string(version), "freshness": "Current",
                "resources": .array(kinds.kinds(group: group, version: version).map(resource)),
            ]
        }
        let metadata: JSONValue = group.isEmpty ? [:] : ["name": .string(group)]
        return ["metadata": metadata, "versions": .array(versions)]
    }

    private static func resource(_ kind: ServedKind) -> JSONValue {
        var entry: JSONValue = [
            "resource": .string(kind.resource.plural), "responseKind": responseKind(kind),
            "scope": kind.resource.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": JSONValue(kind.verbs),
        ]
        if !kind.shortNames.isEmpty { entry["shortNames"] = JSONValue(kind.shortNames) }
        if !kind.categories.isEmpty { entry["categories"] = JSONValue(kind.categories) }
        let subresources = kind.subresources.map { subresource -> JSONValue in
            let isScale = subresource.name == "scale"
            let shown: JSONValue =
                isScale ? ["group": "autoscaling", "version": "v1", "kind": "Scale"] : responseKind(kind)
            return [
                "subresource": .string(subresource.name), "responseKind": shown, "verbs": JSONValue(subresource.verbs),
            ]
        }
        if !subresources.isEmpty { entry["subresources"] = .array(subresources) }
        return entry
    }

    private static func responseKind(_ kind: ServedKind) -> JSONValue {
        [
            "group": .string(kind.resource.group), "version": .string(kind.resource.version),
            "kind": .string(kind.resource.kind),
        ]
    }
}
