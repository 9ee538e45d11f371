import JSON

/// One place in a structural schema of a CustomResourceDefinition, compiled for walking objects.
///
/// Made once from `openAPIV3Schema` and shared; walking costs in proportion to the object, not to the schema.
final class StructuralSchema: Sendable {
    /// How the items of a list or the fields of a map are owned and merged.
    enum ListType: Sendable, Equatable {
        case atomic, set
        case map(keys: [String])
    }

    let types: [JSONType]
    let isNullable: Bool
    let isIntOrString: Bool
    let preservesUnknownFields: Bool
    let isEmbeddedResource: Bool
    let properties: SchemaProperties
    /// The schema of every field that is not in `properties`.
    let additionalProperties: StructuralSchema?
    /// Whether fields outside of `properties` are allowed without any schema.
    let allowsAnyAdditionalProperties: Bool
    let items: StructuralSchema?
    let listType: ListType
    /// Whether an object is owned as a whole (`x-kubernetes-map-type: atomic`).
    let isAtomicMap: Bool
    let defaultValue: JSONValue?
    /// Whether this place or one below has a default, so that defaulting skips whole branches.
    let hasDefaults: Bool
    /// Whether a list below is a set or a map, so that looking for duplicates skips whole branches.
    let hasKeyedLists: Bool
    /// Whether rules in the Common Expression Language stand here or below.
    let hasExpressionRules: Bool
    let rules: ValueRules

    /// Compiles a schema.
    ///
    /// - Throws: ``SchemaError`` when a pattern cannot be compiled or the schema nests too deeply.
    convenience init(compiling schema: JSONValue) throws(SchemaError) {
        try self.init(schema, path: "", depth: 0)
    }

    init(_ schema: JSONValue, path: String, depth: Int) throws(SchemaError) {
        guard depth < 128 else { throw SchemaError(path: path, message: "the schema nests more than 128 levels") }
        isIntOrString = schema["x-kubernetes-int-or-string"]?.bool ?? false
        let type = schema["type"]?.string.flatMap(JSONType.init(rawValue:))
        types = isIntOrString ? [.integer, .string] : type.map { [$0] } ?? []
        isNullable = schema["nullable"]?.bool ?? false
        preservesUnknownFields = schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
        isEmbeddedResource = schema["x-kubernetes-embedded-resource"]?.bool ?? false
        listType = StructuralSchema.listType(schema)
        isAtomicMap = schema["x-kubernetes-map-type"]?.string == "atomic"
        defaultValue = schema["default"]

        var fields: [(String, StructuralSchema)] = []
        for field in schema["properties"]?.object ?? JSONObject() {
            fields.append(
                (field.name, try StructuralSchema(field.value, path: path + "." + field.name, depth: depth + 1))
            )
        }
        properties = SchemaProperties(fields)
        let additional = schema["additionalProperties"]
        additionalProperties =
            if let additional, additional.object != nil {
                try StructuralSchema(additional, path: path + ".*", depth: depth + 1)
            } else { nil }
        allowsAnyAdditionalProperties = additional?.bool ?? false
        items =
            if let items = schema["items"], items.object != nil {
                try StructuralSchema(items, path: path + "[]", depth: depth + 1)
            } else { nil }
        rules = try ValueRules.reading(schema, path: path, depth: depth)

        let below = fields.map(\.1) + [additionalProperties, items].compactMap { $0 }
        hasDefaults = defaultValue != nil || below.contains(where: \.hasDefaults)
        hasKeyedLists = listType != .atomic || below.contains(where: \.hasKeyedLists)
        hasExpressionRules =
            !(schema["x-kubernetes-validations"]?.array ?? []).isEmpty || below.contains(where: \.hasExpressionRules)
    }

    /// The schema of an object that may hold anything.
    static let open = StructuralSchema()

    private init() {
        (types, properties, rules) = ([.object], SchemaProperties([]), .none)
        (isNullable, isIntOrString, isEmbeddedResource, isAtomicMap) = (false, false, false, false)
        (preservesUnknownFields, allowsAnyAdditionalProperties) = (true, false)
        (additionalProperties, items, defaultValue, listType) = (nil, nil, nil, .atomic)
        (hasDefaults, hasKeyedLists, hasExpressionRules) = (false, false, false)
    }

    private static func listType(_ schema: JSONValue) -> ListType {
        switch schema["x-kubernetes-list-type"]?.string {
        case "set": .set
        case "map": .map(keys: (schema["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string))
        default: .atomic
        }
    }

    /// The schema of a field, if there is one.
    func schema(of field: String) -> StructuralSchema? { properties[field] ?? additionalProperties }
}

/// The types that a schema can ask for.
enum JSONType: String, Sendable {
    case object, array, string, integer, number, boolean
}

/// A schema that cannot be compiled.
struct SchemaError: Error, Sendable, CustomStringConvertible {
    /// Where in the schema, such as `.spec.name`; empty for its root.
    let path: String
    let message: String

    var description: String { "the schema of \(path.isEmpty ? "the object" : path) cannot be used: \(message)" }
}

/// The declared fields of an object, by name.
struct SchemaProperties: Sendable {
    let byName: [String: StructuralSchema]
    /// The fields that have a default at once, the only ones an object without them gets.
    let defaulted: [(name: String, value: JSONValue)]

    init(_ fields: [(String, StructuralSchema)]) {
        byName = Dictionary(fields) { _, last in last }
        defaulted = fields.compactMap { name, schema in schema.defaultValue.map { (name, $0) } }
    }

    subscript(field: String) -> StructuralSchema? { byName[field] }
}
