/// A JSON value that stands on its own.
///
/// Reading a whole document into values costs an allocation per container; code that needs only some fields of a
/// document walks it as ``JSONElement`` instead.
///
/// Numbers follow the Kubernetes API server: an integer that fits is exact, anything else is a double.
package enum JSONValue: Sendable, Hashable {
    /// JSON's `null`.
    case null
    /// True or false.
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits with sign.
    case integer(Int64)
    /// Any other number; finite.
    case double(Double)
    /// Text, with any character but lone surrogates.
    case string(String)
    /// Items in their order.
    case array([JSONValue])
    /// Fields in the order of their names.
    case object(JSONObject)

    /// Whether both are the same value; strings are the same when their bytes are, an integer never equals a double.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): ByteOrder.areEqual(left, right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

extension JSONValue {
    /// Whether this is JSON's `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The boolean, or nil when this is another kind of value.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, or nil when this is another kind of value; a double is never rounded to one.
    package var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number as a double, or nil when this is not a number.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The string, or nil when this is another kind of value.
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The items, or nil when this is another kind of value.
    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The fields, or nil when this is another kind of value.
    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The field of an object.
    ///
    /// Reading another kind of value gives nil. Writing a field into a value that is not an object replaces that value
    /// by an object with this field alone; writing nil removes the field and leaves anything but an object as it is.
    package subscript(field: String) -> JSONValue? {
        get { object?[field] }
        set {
            guard case .object(var fields) = self else {
                if let newValue { self = .object([field: newValue]) }
                return
            }
            // Empty while the fields are changed, so that they have one owner and are not copied.
            self = .null
            fields[field] = newValue
            self = .object(fields)
        }
    }

    /// The value at a path of field names, or nil when one of them is not there.
    package func at(_ path: String...) -> JSONValue? {
        var value = self
        for field in path {
            guard let next = value[field] else { return nil }
            value = next
        }
        return value
    }

    /// The item of an array, or nil when this is no array or the index is outside of it.
    package subscript(index: Int) -> JSONValue? {
        guard let items = array, items.indices.contains(index) else { return nil }
        return items[index]
    }
}

// There is no nil literal: `condition ? nil : value` would give a null where an absent field is meant.
extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A boolean.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// A double, also when it is a whole number.
    package init(floatLiteral value: Double) { self = .double(value) }
    /// A string.
    package init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; of two fields with the same name the later one stays.
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    /// An object of strings, as labels and annotations are.
    package init(_ strings: [String: String]) {
        self = .object(JSONObject(strings.map { ($0.key, .string($0.value)) }))
    }

    /// An integer.
    package init(_ value: Int) { self = .integer(Int64(value)) }

    /// An array of strings.
    package init(_ strings: [String]) { self = .array(strings.map(JSONValue.string)) }
}
