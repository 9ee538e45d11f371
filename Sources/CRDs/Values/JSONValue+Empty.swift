import JSON

/// Fields that are left out when there is nothing to say; writing nil into a field removes it.
///
/// The branches return one by one: in a conditional expression a nil literal would become JSON's null.
extension JSONValue {
    /// The array, or nil when it has no items.
    static func unlessEmpty(_ items: [JSONValue]) -> JSONValue? {
        if items.isEmpty { return nil }
        return .array(items)
    }

    /// The array of texts, or nil when it has no items.
    static func unlessEmpty(_ texts: [String]) -> JSONValue? {
        if texts.isEmpty { return nil }
        return JSONValue(texts)
    }

    /// The text, or nil when it is empty.
    static func unlessEmpty(_ text: String) -> JSONValue? {
        if text.isEmpty { return nil }
        return .string(text)
    }

    /// The value, or nil when it is an object without fields.
    static func unlessEmpty(_ value: JSONValue) -> JSONValue? {
        if value.object?.isEmpty == true { return nil }
        return value
    }
}
