import JSON

/// How a place of an object is owned and merged.
///
/// Custom objects take it from their schema, kinds that come with Kubernetes from a small table, and everything without
/// a type by the shape of the value: objects field by field, anything else as a whole.
enum FieldType: Sendable {
    case schema(StructuralSchema)
    /// A whole object, or one embedded in another: with `apiVersion`, `kind` and `metadata`.
    case resource(StructuralSchema)
    case builtIn(BuiltInType)
    case deduced
    case leaf

    /// A field that tells the items of a list apart, with its default.
    struct Key: Sendable {
        let name: String
        let standard: JSONValue?
    }

    /// How a value of this type is walked.
    enum Form: Sendable {
        case leaf, fields, set
        case list(keys: [Key])
    }

    /// The form of a value; a value that does not fit its type is owned as a whole.
    func form(of value: JSONValue) -> Form {
        switch (self, value) {
        case (.leaf, _): return .leaf
        case (.deduced, .object): return .fields
        case (.deduced, _): return .leaf
        case (.builtIn(let type), _): return type.form(of: value)
        case (.schema(let schema), .object), (.resource(let schema), .object):
            return schema.isAtomicMap ? .leaf : .fields
        case (.schema(let schema), .array): return FieldType.form(of: schema)
        case (.schema(let schema), .null):
            if schema.types == [.array] { return FieldType.form(of: schema) }
            return schema.types == [.object] && !schema.isAtomicMap ? .fields : .leaf
        default: return .leaf
        }
    }

    private static func form(of list: StructuralSchema) -> Form {
        switch list.listType {
        case .atomic: .leaf
        case .set: .set
        case .map(let keys): .list(keys: keys.map { Key(name: $0, standard: list.items?.properties[$0]?.defaultValue) })
        }
    }

    /// The type of a field, and whether the type above declares it; a map's fields are not declared.
    func field(_ name: String) -> (type: FieldType, isDeclared: Bool) {
        switch self {
        case .leaf, .deduced: return (.deduced, false)
        case .builtIn(let type): return (.builtIn(type.field(name)), !type.isMap)
        case .resource(let schema):
            switch name {
            case "metadata": return (.builtIn(BuiltInType.metadata), true)
            case "apiVersion", "kind": return (.leaf, true)
            default: return FieldType.field(name, of: schema)
            }
        case .schema(let schema): return FieldType.field(name, of: schema)
        }
    }

    private static func field(_ name: String, of schema: StructuralSchema) -> (type: FieldType, isDeclared: Bool) {
        if let declared = schema.properties[name] { return (FieldType(declared), true) }
        if let additional = schema.additionalProperties { return (FieldType(additional), false) }
        return (.deduced, false)
    }

    /// The type of a list's items.
    var item: FieldType {
        switch self {
        case .leaf, .deduced: .deduced
        case .builtIn(let type): .builtIn(type.item)
        case .resource(let schema), .schema(let schema): schema.items.map(FieldType.init) ?? .deduced
        }
    }

    init(_ schema: StructuralSchema) {
        self = schema.isEmbeddedResource ? .resource(schema) : .schema(schema)
    }
}
