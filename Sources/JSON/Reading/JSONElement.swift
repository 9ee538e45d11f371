/// What kind of value stands at a place of a document.
package enum JSONKind: Sendable, Hashable {
    /// `null`.
    case null
    /// True or false.
    case bool
    /// A number written without fraction and exponent that fits 64 bits with sign.
    case integer
    /// Any other number.
    case double
    /// Text.
    case string
    /// A list of items.
    case array
    /// Named fields.
    case object
}

/// A place in a document that is being read.
///
/// It points into the parser's tape (simdjson's doc/tape.md): valid only inside of the closure that got it. Skipping a
/// container costs one step however large it is, and nothing is allocated until a string or a value is asked for.
@safe
package struct JSONElement {
    @usableFromInline let tape: UnsafePointer<UInt64>
    @usableFromInline let strings: UnsafePointer<UInt8>
    @usableFromInline let index: Int

    @inlinable
    init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: Int) {
        unsafe self.tape = tape
        unsafe self.strings = strings
        self.index = index
    }

    /// The tape word: the tag in the upper 8 bits, the payload below.
    @inlinable var word: UInt64 { unsafe tape[index] }

    @inlinable var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }

    /// Of a container: the place after its end.
    ///
    /// The bits above hold a count that saturates.
    @inlinable var indexAfterContainer: Int { Int(truncatingIfNeeded: word & 0xFFFF_FFFF) }

    /// The place of the value that follows this one.
    @inlinable var indexAfter: Int {
        switch tag {
        case UInt8(ascii: "{"), UInt8(ascii: "["): indexAfterContainer
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    /// Another place of the same document.
    @inlinable
    func at(_ index: Int) -> JSONElement { unsafe JSONElement(tape: tape, strings: strings, index: index) }

    /// The string or name that starts at this place.
    @inlinable var text: JSONKey { unsafe JSONKey(start: strings + Int(word & 0x00FF_FFFF_FFFF_FFFF)) }
}

extension JSONElement {
    /// What kind of value this is.
    @inlinable package var kind: JSONKind {
        switch tag {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "l"): .integer
        case UInt8(ascii: "u"), UInt8(ascii: "d"): .double
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        default: .null
        }
    }

    /// Whether this is `null`.
    @inlinable package var isNull: Bool { tag == UInt8(ascii: "n") }

    /// The boolean, or nil when this is another kind of value.
    @inlinable package var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// The integer, or nil when this is another kind of value; a double is never rounded to one.
    @inlinable package var integer: Int64? {
        tag == UInt8(ascii: "l") ? Int64(bitPattern: unsafe tape[index + 1]) : nil
    }

    /// The number as a double, or nil when this is not a number.
    @inlinable package var double: Double? {
        let bits = unsafe tape[index + 1]
        return switch tag {
        case UInt8(ascii: "d"): Double(bitPattern: bits)
        case UInt8(ascii: "l"): Double(Int64(bitPattern: bits))
        case UInt8(ascii: "u"): Double(bits)
        default: nil
        }
    }

    /// The string, or nil when this is another kind of value.
    @inlinable package var string: String? { tag == UInt8(ascii: "\"") ? text.string : nil }

    /// Whether this is exactly that string; allocates nothing.
    @inlinable
    package func isString(_ expected: StaticString) -> Bool {
        tag == UInt8(ascii: "\"") && expected ~= text
    }
}

extension JSONElement {
    /// Calls the body with each field in the document's order; does nothing when this is no object.
    @inlinable
    package func forEachField<Failure: Error>(
        _ body: (JSONKey, JSONElement) throws(Failure) -> Void
    ) throws(Failure) {
        guard tag == UInt8(ascii: "{") else { return }
        let end = indexAfterContainer - 1
        var name = index + 1
        while name < end {
            let value = at(name + 1)
            try body(at(name).text, value)
            name = value.indexAfter
        }
    }

    /// Calls the body with each item; does nothing when this is no array.
    @inlinable
    package func forEachItem<Failure: Error>(_ body: (JSONElement) throws(Failure) -> Void) throws(Failure) {
        guard tag == UInt8(ascii: "[") else { return }
        let end = indexAfterContainer - 1
        var item = index + 1
        while item < end {
            let value = at(item)
            try body(value)
            item = value.indexAfter
        }
    }

    /// The field of that name, or nil when this is no object or has none.
    ///
    /// O(fields), allocates nothing.
    @inlinable package subscript(_ field: StaticString) -> JSONElement? {
        var found: JSONElement?
        forEachField { key, value in
            if field ~= key { found = value }
        }
        return found
    }

    /// The field of a name that is known only at run time.
    package func field(named name: String) -> JSONElement? {
        var found: JSONElement?
        forEachField { key, value in
            if key.isSame(as: name) { found = value }
        }
        return found
    }

    /// The number of fields or items; 0 for anything that is no container.
    ///
    /// O(count).
    package var count: Int {
        var count = 0
        forEachField { _, _ in count += 1 }
        forEachItem { _ in count += 1 }
        return count
    }
}
