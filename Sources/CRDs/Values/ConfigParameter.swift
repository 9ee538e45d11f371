package import JSON

/// One engine parameter; values are strings in every engine.
package struct ConfigParameter: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The item of `spec.config`.
    package var json: JSONValue { ["name": .string(name), "value": .string(value)] }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        name = try fields.requiredString("name")
        value = try fields.requiredString("value")
    }
}

extension Decode {
    static func parameter(_ element: JSONElement) throws(JSONError) -> ConfigParameter {
        try ConfigParameter(from: element)
    }
}
