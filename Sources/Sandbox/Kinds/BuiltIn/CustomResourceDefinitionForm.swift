import JSON

/// A definition as the API server writes it back: names and conversion filled in, and of schemas only what says something.
enum CustomResourceDefinitionForm {
    static func normalize(_ definition: inout JSONValue) {
        complete(&definition)
        guard definition["spec"]?.object != nil else { return }
        definition["spec", "versions"] = .array((definition.at("spec", "versions")?.array ?? []).map(version))
    }

    /// Fills in names and conversion, and leaves the schemas as they are.
    static func complete(_ definition: inout JSONValue) {
        guard var spec = definition["spec"], spec.object != nil else { return }
        if var names = spec["names"], let kind = names["kind"]?.string, !kind.isEmpty {
            if names["singular"]?.string ?? "" == "" { names["singular"] = .string(kind.lowercased()) }
            if names["listKind"]?.string ?? "" == "" { names["listKind"] = .string(kind + "List") }
            spec["names"] = names
        }
        if spec["conversion"] == nil { spec["conversion"] = ["strategy": "None"] }
        if spec["preserveUnknownFields"]?.bool == false { spec["preserveUnknownFields"] = nil }
        definition["spec"] = spec
    }

    private static func version(_ version: JSONValue) -> JSONValue {
        var version = version
        if let schema = version.at("schema", "openAPIV3Schema") {
            version["schema", "openAPIV3Schema"] = self.schema(schema)
        }
        if version["additionalPrinterColumns"]?.array?.isEmpty == true { version["additionalPrinterColumns"] = nil }
        if version["deprecated"]?.bool == false { version["deprecated"] = nil }
        return version
    }

    /// A schema without fields whose value is the one that leaving them out means.
    private static func schema(_ schema: JSONValue) -> JSONValue {
        guard case .object(var fields) = schema else { return schema }
        for name in ["uniqueItems", "nullable", "exclusiveMinimum", "exclusiveMaximum"]
        where fields[name]?.bool == false {
            fields[name] = nil
        }
        for name in ["x-kubernetes-int-or-string", "x-kubernetes-embedded-resource"] where fields[name]?.bool == false {
            fields[name] = nil
        }
        for name in ["description", "title", "format", "type", "pattern", "id", "$ref"] where fields[name]?.string == ""
        {
            fields[name] = nil
        }
        for name in ["properties", "patternProperties", "definitions"] {
            guard let members = fields[name]?.object else { continue }
            fields[name] =
                members.isEmpty ? Optional.none : .object(JSONObject(members.map { ($0.name, self.schema($0.value)) }))
        }
        for name in ["items", "additionalProperties", "not"] {
            if let member = fields[name], member.object != nil { fields[name] = self.schema(member) }
        }
        for name in ["allOf", "anyOf", "oneOf"] {
            if let members = fields[name]?.array { fields[name] = .array(members.map(self.schema)) }
        }
        return .object(fields)
    }
}
