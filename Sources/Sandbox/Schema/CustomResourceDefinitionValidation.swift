import JSON

/// The rules of CustomResourceDefinitions, with the API server's sentences.
enum CustomResourceDefinitionValidation {
    /// What is wrong with a definition (`apiextensions.k8s.io/v1`) to be installed or updated; metadata aside.
    static func validate(_ definition: JSONValue) -> [FieldError] {
        let spec = definition["spec"] ?? [:]
        let group = text(spec["group"])
        let names = spec["names"] ?? [:]
        var errors: [FieldError] = []
        let name = text(definition.at("metadata", "name"))
        if name != text(names["plural"]) + "." + group {
            errors.append(.invalid("metadata.name", .string(name), "must be spec.names.plural+\".\"+spec.group"))
        }
        errors += groupErrors(group)
        errors += scopeErrors(text(spec["scope"]))
        errors += nameErrors(names)
        errors += versionErrors(spec["versions"]?.array ?? [])
        return errors
    }

    /// What an update may not change of a definition that was established.
    static func validateUpdate(_ definition: JSONValue, old: JSONValue) -> [FieldError] {
        var errors = validate(definition)
        for path in [["spec", "group"], ["spec", "scope"], ["spec", "names", "kind"], ["spec", "names", "plural"]] {
            let new = path.reduce(definition as JSONValue?) { $0?[$1] } ?? ""
            let before = path.reduce(old as JSONValue?) { $0?[$1] } ?? ""
            if new != before { errors.append(.invalid(path.joined(separator: "."), new, "field is immutable")) }
        }
        let versions = (definition.at("spec", "versions")?.array ?? []).compactMap { $0["name"]?.string }
        for (index, stored) in (old.at("status", "storedVersions")?.array ?? []).compactMap(\.string).enumerated()
        where !versions.contains(stored) {
            let detail =
                "missing from spec.versions; \(stored) was previously a storage version, and must remain in "
                + "spec.versions until a storage migration ensures no data remains persisted in \(stored) and removes "
                + "\(stored) from status.storedVersions"
            errors.append(.invalid("status.storedVersions[\(index)]", .string(stored), detail))
        }
        return errors
    }

    private static func groupErrors(_ group: String) -> [FieldError] {
        if group.isEmpty { return [.required("spec.group")] }
        if !group.contains(".") {
            return [.invalid("spec.group", .string(group), "should be a domain with at least one dot")]
        }
        return NameRules.subdomainRefusals(group).map { .invalid("spec.group", .string(group), $0) }
    }

    private static func scopeErrors(_ scope: String) -> [FieldError] {
        let scopes = ["Cluster", "Namespaced"]
        if scope.isEmpty { return [.required("spec.scope")] }
        return scopes.contains(scope) ? [] : [.notSupported("spec.scope", .string(scope), supported: scopes)]
    }

    private static func nameErrors(_ names: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        for name in ["plural", "singular", "kind", "listKind"] {
            let value = text(names[name])
            let field = "spec.names." + name
            if value.isEmpty {
                // The singular and the list's kind are filled in from the kind.
                if name == "plural" || name == "kind" { errors.append(.required(field)) }
                continue
            }
            let isKind = name == "kind" || name == "listKind"
            let refusals = NameRules.label1035Refusals(isKind ? value.lowercased() : value)
            let prefix = isKind ? "may have mixed case, but should otherwise match: " : ""
            errors += refusals.map { .invalid(field, .string(value), prefix + $0) }
        }
        for (index, short) in (names["shortNames"]?.array ?? []).compactMap(\.string).enumerated() {
            let refusals = NameRules.label1035Refusals(short)
            errors += refusals.map { .invalid("spec.names.shortNames[\(index)]", .string(short), $0) }
        }
        if text(names["kind"]) == text(names["listKind"]), !text(names["kind"]).isEmpty {
            let detail = "kind and listKind may not be the same"
            errors.append(.invalid("spec.names.listKind", .string(text(names["listKind"])), detail))
        }
        return errors
    }

    private static func versionErrors(_ versions: [JSONValue]) -> [FieldError] {
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (index, version) in versions.enumerated() {
            let field = "spec.versions[\(index)]"
            let name = text(version["name"])
            errors += NameRules.label1035Refusals(name).map { .invalid(field + ".name", .string(name), $0) }
            if !seen.insert(name).inserted {
                errors.append(.invalid("spec.versions", shown(versions), "must contain unique version names"))
            }
            guard let schema = version.at("schema", "openAPIV3Schema") else {
                errors.append(.required(field + ".schema.openAPIV3Schema", "schemas are required"))
                continue
            }
            errors += StructuralRules.errors(in: schema, at: field + ".schema.openAPIV3Schema")
        }
        let storing = versions.count { $0["storage"]?.bool == true }
        if storing != 1 {
            let detail = "must have exactly one version marked as storage version"
            errors.append(.invalid("spec.versions", shown(versions), detail))
        }
        return errors
    }

    private static func shown(_ versions: [JSONValue]) -> JSONValue { .array(versions) }

    private static func text(_ value: JSONValue?) -> String { value?.string ?? "" }
}
