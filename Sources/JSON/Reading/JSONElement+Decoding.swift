/// Decoding with errors that name the field.
///
/// As for the API server, a field that is `null` counts as absent. Unknown fields are skipped by the caller's `default`.
extension JSONElement {
    /// Calls the body with each field that is not null; errors get the field's name in front of their path.
    ///
    /// - Throws: when this is no object, and what the body throws.
    package func decodeFields(_ body: (JSONKey, JSONElement) throws(JSONError) -> Void) throws(JSONError) {
        guard kind == .object else { throw mismatch("an object") }
        try forEachField { (key, value) throws(JSONError) in
            guard !value.isNull else { return }
            do throws(JSONError) { try body(key, value) } catch { throw error.under(key.string) }
        }
    }

    /// The items, each decoded by the body; errors get the index in front of their path.
    ///
    /// - Throws: when this is no array, and what the body throws.
    package func decodeItems<Item>(
        _ body: (JSONElement) throws(JSONError) -> Item
    ) throws(JSONError) -> [Item] {
        guard kind == .array else { throw mismatch("a list") }
        var items: [Item] = []
        try forEachItem { (element) throws(JSONError) in
            do throws(JSONError) { items.append(try body(element)) } catch { throw error.under("[\(items.count)]") }
        }
        return items
    }

    /// The string; an error when this is another kind of value.
    package func asString() throws(JSONError) -> String {
        guard let string else { throw mismatch("a string") }
        return string
    }

    /// The integer; an error when this is another kind of value.
    package func asInteger() throws(JSONError) -> Int64 {
        guard let integer else { throw mismatch("an integer") }
        return integer
    }

    /// The boolean; an error when this is another kind of value.
    package func asBool() throws(JSONError) -> Bool {
        guard let bool else { throw mismatch("true or false") }
        return bool
    }

    /// The strings of a list of strings.
    package func asStrings() throws(JSONError) -> [String] {
        try decodeItems { (item) throws(JSONError) in try item.asString() }
    }

    /// The strings of an object of strings, as labels are.
    package func asStringMap() throws(JSONError) -> [String: String] {
        var strings: [String: String] = [:]
        try decodeFields { (key, value) throws(JSONError) in strings[key.string] = try value.asString() }
        return strings
    }

    /// The error of a value of another kind than the expected one.
    package func mismatch(_ expected: String) -> JSONError {
        JSONError(message: "This must be \(expected), but it is \(kind.name).")
    }
}

extension JSONKind {
    /// The kind in a sentence.
    fileprivate var name: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
