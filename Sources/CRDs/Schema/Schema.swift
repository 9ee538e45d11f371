package import JSON

/// A structural schema, as a CustomResourceDefinition holds it.
///
/// Every field has a type, a description and a bound; that is what makes the API server able to tell the cost of a
/// rule, and `kubectl explain` useful.
package struct Schema: Sendable {
    /// A named field of an object.
    package struct Property: Sendable {
        package let name: String
        package let schema: Schema
    }

    /// What is neither field nor item: type, description, bounds, default, extensions.
    private(set) var keywords: JSONObject
    /// The fields of an object.
    package private(set) var properties: [Property] = []
    /// The schema of a list's items; at most one.
    package private(set) var items: [Schema] = []
    /// The schema of a map's values; at most one.
    package private(set) var values: [Schema] = []
    /// What else must hold.
    package private(set) var rules: [Rule] = []

    private init(_ type: String?, _ description: String) {
        keywords = ["description": .string(description)]
        keywords["type"] = type.map(JSONValue.string)
    }

    /// The schema as a definition carries it.
    package var json: JSONValue {
        var fields = keywords
        if !properties.isEmpty {
            fields["properties"] = .object(JSONObject(properties.map { ($0.name, $0.schema.json) }))
        }
        if let items = items.first { fields["items"] = items.json }
        if let values = values.first { fields["additionalProperties"] = values.json }
        if !rules.isEmpty { fields["x-kubernetes-validations"] = .array(rules.map(\.json)) }
        return .object(fields)
    }

    /// The same with more rules.
    func ruled(_ more: Rule...) -> Schema { ruled(more) }

    /// The same with more rules.
    func ruled(_ more: [Rule]) -> Schema {
        var schema = self
        schema.rules += more
        return schema
    }

    /// The same with another description.
    func described(_ description: String) -> Schema { with("description", .string(description)) }

    private func with(_ keyword: String, _ value: JSONValue?) -> Schema {
        guard let value else { return self }
        var schema = self
        schema.keywords[keyword] = value
        return schema
    }
}

extension Schema {
    /// A text of bounded length.
    static func string(
        _ description: String,
        length: ClosedRange<Int>,
        pattern: String? = nil,
        format: String? = nil,
        default value: String? = nil
    ) -> Schema {
        let least = length.lowerBound > 0 ? length.lowerBound : nil
        return Schema("string", description)
            .with("minLength", least.map { JSONValue($0) })
            .with("maxLength", JSONValue(length.upperBound))
            .with("pattern", pattern.map(JSONValue.string))
            .with("format", format.map(JSONValue.string))
            .with("default", value.map(JSONValue.string))
    }

    /// One word of a closed list.
    static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ words: Word.Type,
        _ description: String,
        default value: Word? = nil
    ) -> Schema {
        Schema("string", description)
            .with("enum", .array(words.allCases.map { .string($0.rawValue) }))
            .with("maxLength", JSONValue(words.allCases.map(\.rawValue.count).max() ?? 0))
            .with("default", value.map { .string($0.rawValue) })
    }

    /// A whole number within bounds.
    static func integer(_ description: String, _ range: ClosedRange<Int>, default value: Int? = nil) -> Schema {
        let fits = range.upperBound <= Int(Int32.max)
        return Schema("integer", description)
            .with("format", fits ? "int32" : "int64")
            .with("minimum", JSONValue(range.lowerBound))
            .with("maximum", JSONValue(range.upperBound))
            .with("default", value.map { JSONValue($0) })
    }

    /// True or false.
    static func boolean(_ description: String, default value: Bool? = nil) -> Schema {
        Schema("boolean", description).with("default", value.map(JSONValue.bool))
    }

    /// An object with these fields and no others.
    static func object(
        _ description: String,
        _ properties: KeyValuePairs<String, Schema>,
        required: [String] = []
    ) -> Schema {
        var schema = Schema("object", description).with("required", .unlessEmpty(required))
        schema.properties = properties.map { Property(name: $0.key, schema: $0.value) }
        return schema
    }

    /// The object's metadata, whose schema is the API server's own; a definition may not even describe it.
    static var metadata: Schema {
        var schema = Schema("object", "")
        schema.keywords["description"] = nil
        return schema
    }

    /// An object of any shape, kept as it is.
    static func opaqueObject(_ description: String) -> Schema {
        Schema("object", description).with("x-kubernetes-preserve-unknown-fields", true)
    }

    /// A map of texts.
    static func stringMap(_ description: String, count: Int, value: Schema) -> Schema {
        var schema = Schema("object", description).with("maxProperties", JSONValue(count))
        schema.values = [value]
        return schema
    }

    /// A list that is replaced as a whole.
    static func atomicList(_ description: String, count: Int, of item: Schema) -> Schema {
        list(description, count: count, type: "atomic", of: item)
    }

    /// A list of scalars in which each occurs once.
    static func set(_ description: String, count: Int, of item: Schema) -> Schema {
        list(description, count: count, type: "set", of: item)
    }

    /// A list whose items have a key that occurs once, so that several writers can each own their items.
    static func mapList(_ description: String, count: Int, key: String, of item: Schema) -> Schema {
        list(description, count: count, type: "map", of: item).with("x-kubernetes-list-map-keys", JSONValue([key]))
    }

    private static func list(_ description: String, count: Int, type: String, of item: Schema) -> Schema {
        var schema = Schema("array", description)
            .with("maxItems", JSONValue(count))
            .with("x-kubernetes-list-type", .string(type))
        schema.items = [item]
        return schema
    }

    /// A quantity that may be written as a number or as a text.
    static func amount(_ description: String) -> Schema {
        Schema(nil, description)
            .with("x-kubernetes-int-or-string", true)
            .with("maxLength", JSONValue(quantityLength))
            .with("pattern", .string(quantityPattern))
    }

    /// A quantity as a text.
    static func quantity(_ description: String) -> Schema {
        string(description, length: 1...quantityLength, pattern: quantityPattern)
    }

    private static var quantityLength: Int { 20 }
    private static var quantityPattern: String { #"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$"# }
}
