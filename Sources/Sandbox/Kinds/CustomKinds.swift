import JSON
import KubernetesAPI

/// The kinds that a definition makes, one for each version it serves.
enum CustomKinds {
    static func kinds(of definition: JSONValue) -> [ServedKind] {
        guard let spec = definition["spec"], let names = definition.at("status", "acceptedNames"),
            let group = spec["group"]?.string, let plural = names["plural"]?.string, let name = names["kind"]?.string
        else { return [] }
        let isNamespaced = spec["scope"]?.string != "Cluster"
        return (spec["versions"]?.array ?? []).compactMap { version -> ServedKind? in
            guard version["served"]?.bool == true, let versionName = version["name"]?.string else { return nil }
            let resource = ResourceType(
                group: group,
                version: versionName,
                plural: plural,
                kind: name,
                isNamespaced: isNamespaced
            )
            return kind(resource, names: names, version)
        }
    }

    private static func kind(_ resource: ResourceType, names: JSONValue, _ version: JSONValue) -> ServedKind {
        var kind = ServedKind(
            resource: resource,
            singular: names["singular"]?.string ?? resource.kind.lowercased(),
            fields: KindSchema(version.at("schema", "openAPIV3Schema") ?? ["type": "object"])
        )
        kind.explicitListKind = names["listKind"]?.string
        kind.shortNames = (names["shortNames"]?.array ?? []).compactMap(\.string)
        kind.categories = (names["categories"]?.array ?? []).compactMap(\.string)
        kind.hasStatus = version.at("subresources", "status") != nil
        kind.scale = scale(version.at("subresources", "scale"))
        kind.traits.isCustom = true
        kind.traits.allowsUnconditionalUpdate = false
        let columns = (version["additionalPrinterColumns"]?.array ?? []).compactMap(TableColumn.init(declaration:))
        kind.columns = [.name] + (columns.isEmpty ? [.age] : columns)
        kind.selectableFields = (version["selectableFields"]?.array ?? []).compactMap { field in
            field["jsonPath"]?.string?.split(separator: ".").map(String.init)
        }
        if version["deprecated"]?.bool == true {
            kind.warning =
                version["deprecationWarning"]?.string
                ?? "\(resource.apiVersion) \(resource.kind) is deprecated"
        }
        return kind
    }

    private static func scale(_ declaration: JSONValue?) -> ServedKind.Scale? {
        func path(_ name: String) -> [String]? {
            declaration?[name]?.string?.split(separator: ".").map(String.init)
        }
        guard let spec = path("specReplicasPath"), let status = path("statusReplicasPath") else { return nil }
        return ServedKind.Scale(
            specReplicas: spec,
            statusReplicas: status,
            labelSelector: path("labelSelectorPath")
        )
    }
}
