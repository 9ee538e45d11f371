import CRDs
import JSON
import Testing

/// What the API server demands of a definition before it serves the kind.
@Suite struct DefinitionTests {
    @Test("Every field is described, has one type and a bound", arguments: CustomResourceDefinitions.all)
    func fieldsAreBounded(_ definition: JSONValue) throws {
        var places = 0
        for (path, node) in try root(of: definition).nodes() where path != "" && path != ".metadata" {
            places += 1
            #expect(node["description"]?.string?.isEmpty == false, "\(path) has no description")
            #expect(node.isTyped, "\(path) has no type")
            #expect(node.isBounded, "\(path) has no bound")
        }
        #expect(places > 10)
    }

    @Test("Only what a provider or a pod defines may have fields of its own", arguments: CustomResourceDefinitions.all)
    func openFields(_ definition: JSONValue) throws {
        let open = try root(of: definition).nodes().filter { $0.node["x-kubernetes-preserve-unknown-fields"] != nil }
        let allowed: Set = [
            ".spec.providerOptions", ".spec.podSchedulingPolicy.affinity",
            ".spec.podSchedulingPolicy.tolerations[*]", ".spec.podSchedulingPolicy.topologySpreadConstraints[*]",
        ]
        #expect(allowed.isSuperset(of: open.map(\.path)))
    }

    @Test("Keys of list maps are needed, and items of sets are scalars", arguments: CustomResourceDefinitions.all)
    func lists(_ definition: JSONValue) throws {
        for (path, node) in try root(of: definition).nodes() where node["type"] == "array" {
            let item = try #require(node["items"])
            switch node["x-kubernetes-list-type"]?.string {
            case "map":
                let required = item["required"]?.array ?? []
                for key in node["x-kubernetes-list-map-keys"]?.array ?? [] {
                    #expect(required.contains(key), "\(path) may lack its key \(key)")
                }
            case "set": #expect(item["type"] == "string", "\(path) is a set of something else")
            default: #expect(node["x-kubernetes-list-type"] == "atomic", "\(path) does not say how it is merged")
            }
        }
    }

    @Test("Defaults fit their own field, and no needed field has one", arguments: CustomResourceDefinitions.all)
    func defaults(_ definition: JSONValue) throws {
        for (path, node) in try root(of: definition).nodes() {
            if let value = node["default"] { #expect(node.takes(value), "\(path) does not take its default") }
            for name in node["required"]?.array?.compactMap(\.string) ?? [] {
                let field = node.at("properties", name)
                #expect(field != nil && field?["default"] == nil, "\(path).\(name)")
            }
        }
    }

    @Test("A rule names an existing field, and speaks of the old value exactly when it is about a change")
    func rulesAreWellFormed() {
        for schema in [DatabaseCluster.schema, OpsRequest.schema, BackupStorage.schema] {
            for (path, rule) in schema.placedRules {
                let isTransition = if case .transition = rule.check { true } else { false }
                #expect(isTransition == rule.expression.contains("oldSelf"), "\(path): \(rule.expression)")
                if let field = rule.fieldPath {
                    #expect(schema.json.node(at: path + field) != nil, "\(path): no field \(field)")
                }
            }
        }
    }

    @Test("Columns, scale and short names lead to fields that exist", arguments: CustomResourceDefinitions.all)
    func columns(_ definition: JSONValue) throws {
        let version = try #require(definition.at("spec", "versions")?[0])
        let root = try root(of: definition)
        var paths = (version["additionalPrinterColumns"]?.array ?? []).compactMap { $0["jsonPath"]?.string }
        #expect(paths.contains(".metadata.creationTimestamp"))
        paths += version.at("subresources", "scale")?.object?.compactMap(\.value.string) ?? []
        for path in paths where !path.hasPrefix(".metadata.") && !path.contains("[?") {
            #expect(root.node(at: path) != nil, "no field \(path)")
        }
        #expect(version.at("subresources", "status") != nil)
        #expect(definition.at("spec", "names", "categories") == ["dbaas"])
    }

    private func root(of definition: JSONValue) throws -> JSONValue {
        try #require(definition.at("spec", "versions")?[0]?.at("schema", "openAPIV3Schema"))
    }
}

extension JSONValue {
    /// This schema and all below it, by their paths; items as `[*]`, values of maps as `{*}`.
    fileprivate func nodes(_ path: String = "") -> [(path: String, node: JSONValue)] {
        var found = [(path: path, node: self)]
        for property in self["properties"]?.object ?? [:] { found += property.value.nodes("\(path).\(property.name)") }
        if let items = self["items"] { found += items.nodes(path + "[*]") }
        if let values = self["additionalProperties"] { found += values.nodes(path + "{*}") }
        return found
    }

    fileprivate func node(at path: String) -> JSONValue? { nodes().first { $0.path == path }?.node }

    fileprivate var isTyped: Bool { (self["type"] == nil) == (self["x-kubernetes-int-or-string"] == true) }

    fileprivate var isBounded: Bool {
        switch self["type"]?.string {
        case "array": self["maxItems"] != nil
        case "integer":
            // The server reads bounds as doubles; one that is not exact there makes it refuse every value.
            self["minimum"] != nil && (self["maximum"]?.integer).map { $0 <= 1 << 53 } == true
        case "object":
            self["properties"] != nil || self["maxProperties"] != nil
                || self["x-kubernetes-preserve-unknown-fields"] == true
        case "boolean": true
        default: self["maxLength"] != nil
        }
    }

    fileprivate func takes(_ value: JSONValue) -> Bool {
        if let words = self["enum"]?.array { return words.contains(value) }
        return switch self["type"]?.string {
        case "boolean": value.bool != nil
        case "integer":
            (self["minimum"]?.integer ?? .max)...(self["maximum"]?.integer ?? .max) ~= (value.integer ?? .min)
        case "string":
            (self["minLength"]?.integer ?? 0)...(self["maxLength"]?.integer ?? 0) ~= Int64(value.string?.count ?? -1)
        default: false
        }
    }
}
