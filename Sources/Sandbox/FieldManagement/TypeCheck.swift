import JSON

/// Whether a configuration fits the types of its kind, as far as merging needs to know.
enum TypeCheck {
    /// The first place that does not fit and why, in structured-merge-diff's words; nil when all do.
    static func problem(in value: JSONValue, _ type: FieldType, at path: String = "") -> String? {
        switch type {
        case .leaf, .deduced: return nil
        case .builtIn: return keyProblem(in: value, type, at: path) ?? problemBelow(value, type, at: path)
        case .schema(let schema), .resource(let schema):
            if value.isNull { return nil }
            if let mismatch = mismatch(value, schema) { return "\(path.isEmpty ? "." : path): \(mismatch)" }
            if case .object(let fields) = value, !takesAnyField(schema) {
                let known: (String) -> Bool = { name in
                    if case .resource = type, ["apiVersion", "kind", "metadata"].contains(name) { return true }
                    return schema.properties[name] != nil
                }
                if let unknown = fields.first(where: { !known($0.name) }) {
                    return "\(path).\(unknown.name): field not declared in schema"
                }
            }
            return keyProblem(in: value, type, at: path) ?? problemBelow(value, type, at: path)
        }
    }

    private static func takesAnyField(_ schema: StructuralSchema) -> Bool {
        schema.preservesUnknownFields || schema.additionalProperties != nil || schema.allowsAnyAdditionalProperties
            || schema.properties.byName.isEmpty
    }

    private static func problemBelow(_ value: JSONValue, _ type: FieldType, at path: String) -> String? {
        switch value {
        case .object(let fields):
            for member in fields where member.value.isContainer || !isBuiltIn(type) {
                let below = problem(in: member.value, type.field(member.name).type, at: path + "." + member.name)
                if let below { return below }
            }
        case .array(let items):
            for (index, item) in items.enumerated() where item.isContainer || !isBuiltIn(type) {
                if let below = problem(in: item, type.item, at: "\(path)[\(index)]") { return below }
            }
        default: break
        }
        return nil
    }

    private static func isBuiltIn(_ type: FieldType) -> Bool {
        if case .builtIn = type { true } else { false }
    }

    private static func keyProblem(in value: JSONValue, _ type: FieldType, at path: String) -> String? {
        guard case .array(let items) = value else { return nil }
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            let element: String?
            switch type.form(of: value) {
            case .set: element = PathElement.value(item)
            case .list(let keys):
                element = PathElement.item(item, keys: keys)
                if element == nil {
                    let missing = keys.first { item[$0.name] == nil && $0.standard == nil }?.name ?? ""
                    return "\(path): element \(index): associative list with keys has an element that omits key field "
                        + "\(GoText.quoted(missing)) (and doesn't have default value)"
                }
            default: return nil
            }
            if let element, !seen.insert(element).inserted {
                return "\(path): duplicate entries for key \(PathElement.shown(element))"
            }
        }
        return nil
    }

    private static func mismatch(_ value: JSONValue, _ schema: StructuralSchema) -> String? {
        guard let wanted = schema.types.first, schema.types.count == 1 else { return nil }
        let shown = "&value.valueUnstructured{Value:\(goSyntax(value))}"
        switch (wanted, value) {
        case (.object, .object), (.array, .array), (.string, .string), (.boolean, .bool): return nil
        case (.integer, .integer), (.integer, .double), (.number, .integer), (.number, .double): return nil
        case (.integer, _), (.number, _): return "expected numeric (int or float), got \(goType(value))"
        case (.string, _): return "expected string, got \(shown)"
        case (.boolean, _): return "expected boolean, got \(shown)"
        case (.object, _): return "expected map, got &{\(goText(value))}"
        case (.array, _): return "expected list, got &{\(goText(value))}"
        }
    }

    private static func goType(_ value: JSONValue) -> String {
        switch value {
        case .string: "string"
        case .bool: "bool"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        case .integer: "int64"
        case .double: "float64"
        case .null: "nil"
        }
    }

    private static func goSyntax(_ value: JSONValue) -> String {
        switch value {
        case .array(let items): "[]interface {}{" + items.map(goSyntax).joined(separator: ", ") + "}"
        case .object(let fields):
            "map[string]interface {}{"
                + fields.map { GoText.quoted($0.name) + ":" + goSyntax($0.value) }.joined(separator: ", ") + "}"
        default: GoText.shown(value)
        }
    }

    private static func goText(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let items): "[" + items.map(goText).joined(separator: " ") + "]"
        case .object(let fields): "map[" + fields.map { $0.name + ":" + goText($0.value) }.joined(separator: " ") + "]"
        default: GoText.shown(value)
        }
    }
}
