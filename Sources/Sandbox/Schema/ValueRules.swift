import JSON

/// What a schema asks of a value beside its structure.
struct ValueRules: Sendable {
    let format: String?
    let enumeration: [JSONValue]?
    let pattern: SchemaPattern?
    let minLength: Int?
    let maxLength: Int?
    let minimum: Double?
    let maximum: Double?
    let isMinimumExclusive: Bool
    let isMaximumExclusive: Bool
    let multipleOf: Double?
    let minItems: Int?
    let maxItems: Int?
    let minProperties: Int?
    let maxProperties: Int?
    let required: [String]
    let allOf: [StructuralSchema]
    let anyOf: [StructuralSchema]
    let oneOf: [StructuralSchema]
    let not: StructuralSchema?
    /// Whether anything has to be looked at for a value of the right type.
    let isEmpty: Bool

    private init(_ schema: JSONValue, path: String, depth: Int) throws(SchemaError) {
        format = schema["format"]?.string.flatMap { ValueFormat.isKnown($0) ? $0 : nil }
        enumeration = schema["enum"]?.array
        pattern =
            if let text = schema["pattern"]?.string, !text.isEmpty { try SchemaPattern.compiled(text, path: path) } else
            { nil }
        minLength = ValueRules.count(schema["minLength"])
        maxLength = ValueRules.count(schema["maxLength"])
        minimum = schema["minimum"]?.double
        maximum = schema["maximum"]?.double
        isMinimumExclusive = schema["exclusiveMinimum"]?.bool ?? false
        isMaximumExclusive = schema["exclusiveMaximum"]?.bool ?? false
        multipleOf = schema["multipleOf"]?.double
        minItems = ValueRules.count(schema["minItems"])
        maxItems = ValueRules.count(schema["maxItems"])
        minProperties = ValueRules.count(schema["minProperties"])
        maxProperties = ValueRules.count(schema["maxProperties"])
        required = (schema["required"]?.array ?? []).compactMap(\.string)
        allOf = try ValueRules.branches(schema["allOf"], path: path, depth: depth)
        anyOf = try ValueRules.branches(schema["anyOf"], path: path, depth: depth)
        oneOf = try ValueRules.branches(schema["oneOf"], path: path, depth: depth)
        not = if let branch = schema["not"] { try StructuralSchema(branch, path: path, depth: depth + 1) } else { nil }
        isEmpty = false
    }

    /// Rules that ask nothing.
    private init() {
        (format, enumeration, pattern, multipleOf, not) = (nil, nil, nil, nil, nil)
        (minLength, maxLength, minimum, maximum) = (nil, nil, nil, nil)
        (minItems, maxItems, minProperties, maxProperties) = (nil, nil, nil, nil)
        (isMinimumExclusive, isMaximumExclusive) = (false, false)
        (required, allOf, anyOf, oneOf) = ([], [], [], [])
        isEmpty = true
    }

    static let none = ValueRules()
    private static let keywords: Set<String> = [
        "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems",
        "maxItems", "minProperties", "maxProperties", "required", "allOf", "anyOf", "oneOf", "not",
    ]

    /// The rules of a place in a schema.
    ///
    /// Most places have none, and a kind has thousands of them.
    ///
    /// - Throws: ``SchemaError`` when a pattern cannot be compiled or the schema nests too deeply.
    static func reading(_ schema: JSONValue, path: String, depth: Int) throws(SchemaError) -> ValueRules {
        let asks = schema.object?.contains { keywords.contains($0.name) } ?? false
        return asks ? try ValueRules(schema, path: path, depth: depth) : none
    }

    private static func count(_ value: JSONValue?) -> Int? { value?.double.flatMap { Int(exactly: $0) } }

    private static func branches(
        _ value: JSONValue?,
        path: String,
        depth: Int
    ) throws(SchemaError) -> [StructuralSchema] {
        var branches: [StructuralSchema] = []
        for branch in value?.array ?? [] {
            branches.append(try StructuralSchema(branch, path: path, depth: depth + 1))
        }
        return branches
    }
}
