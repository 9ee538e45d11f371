import JSON

/// Reads the fields of one object and says in its errors where in the document they stand.
///
/// A field that is null counts as absent, as the API server treats it. A field of the wrong kind is an error that
/// names it; a field that nobody asks for costs nothing.
struct FieldReader {
    let element: JSONElement

    init(_ element: JSONElement) throws(JSONError) {
        guard element.kind == .object else {
            throw JSONError(message: "An object is expected here, not \(element.kind).")
        }
        self.element = element
    }

    /// The decoded field, or nil when it is absent or null.
    func optional<Value>(
        _ field: StaticString,
        _ decode: (JSONElement) throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
        guard let value = element[field], !value.isNull else { return nil }
        do throws(JSONError) { return try decode(value) } catch { throw error.under("\(field)") }
    }

    /// The decoded field; an error when it is absent.
    func required<Value>(
        _ field: StaticString,
        _ decode: (JSONElement) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        guard let value = try optional(field, decode) else {
            throw JSONError(message: "This field is required.", path: "\(field)")
        }
        return value
    }

    func string(_ field: StaticString) throws(JSONError) -> String? { try optional(field, Decode.string) }

    func requiredString(_ field: StaticString) throws(JSONError) -> String { try required(field, Decode.string) }

    func integer(_ field: StaticString) throws(JSONError) -> Int? { try optional(field, Decode.integer) }

    func bool(_ field: StaticString) throws(JSONError) -> Bool? { try optional(field, Decode.bool) }

    func strings(_ field: StaticString) throws(JSONError) -> [String] { try list(field, Decode.string) }

    func stringMap(_ field: StaticString) throws(JSONError) -> [String: String] {
        try optional(field, Decode.stringMap) ?? [:]
    }

    /// The decoded items, empty when the field is absent.
    func list<Value>(
        _ field: StaticString,
        _ decode: (JSONElement) throws(JSONError) -> Value
    ) throws(JSONError) -> [Value] {
        try optional(field) { (element) throws(JSONError) in try Decode.list(element, decode) } ?? []
    }
}

/// How one JSON value becomes one Swift value; a wrong kind is an error without a path.
enum Decode {
    static func string(_ element: JSONElement) throws(JSONError) -> String {
        guard let value = element.string else { throw unexpected(element, wanted: "A string") }
        return value
    }

    static func integer(_ element: JSONElement) throws(JSONError) -> Int {
        guard let value = element.integer else { throw unexpected(element, wanted: "An integer") }
        return Int(value)
    }

    static func bool(_ element: JSONElement) throws(JSONError) -> Bool {
        guard let value = element.bool else { throw unexpected(element, wanted: "true or false") }
        return value
    }

    /// One word of a closed list.
    static func word<Word: RawRepresentable<String> & CaseIterable>(
        _ element: JSONElement
    ) throws(JSONError) -> Word {
        let text = try string(element)
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw JSONError(message: "This must be one of: \(known).")
        }
        return word
    }

    static func list<Value>(
        _ element: JSONElement,
        _ decode: (JSONElement) throws(JSONError) -> Value
    ) throws(JSONError) -> [Value] {
        guard element.kind == .array else { throw unexpected(element, wanted: "A list") }
        var values: [Value] = []
        try element.forEachItem { (item) throws(JSONError) in
            do throws(JSONError) { values.append(try decode(item)) } catch { throw error.under("[\(values.count)]") }
        }
        return values
    }

    static func stringMap(_ element: JSONElement) throws(JSONError) -> [String: String] {
        guard element.kind == .object else { throw unexpected(element, wanted: "An object of strings") }
        var values: [String: String] = [:]
        try element.forEachField { (key, value) throws(JSONError) in
            do throws(JSONError) { values[key.string] = try string(value) } catch { throw error.under(key.string) }
        }
        return values
    }

    static func unexpected(_ element: JSONElement, wanted: String) -> JSONError {
        JSONError(message: "\(wanted) is expected here, not \(element.kind).")
    }
}
