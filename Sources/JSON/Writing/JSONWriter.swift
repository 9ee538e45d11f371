/// Writes compact JSON into bytes.
///
/// The caller keeps the grammar: every begin has its end, and in an object a key stands before each value. Commas and
/// colons come by themselves. Strings are written as UTF-8 with only the escapes JSON demands.
package struct JSONWriter: Sendable {
    /// What was written so far.
    package var bytes: [UInt8]

    // One flag is enough for all levels: the end of a container is itself the end of a value of the level above.
    private var needsComma = false

    /// A writer with room for so many bytes.
    package init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Starts an object.
    package mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Ends the innermost object.
    package mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Starts an array.
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Ends the innermost array.
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of the field whose value comes next.
    package mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ value: String) {
        separate()
        var value = value
        value.withUTF8 { buffer in unsafe quote(UnsafeRawBufferPointer(buffer)) }
    }

    /// Writes an integer.
    package mutating func integer(_ value: Int64) {
        separate()
        bytes.append(contentsOf: value.description.utf8)
    }

    /// Writes a double so that reading gives the same one back; infinities and NaN, which JSON lacks, become `null`.
    package mutating func double(_ value: Double) {
        separate()
        bytes.append(contentsOf: value.isFinite ? value.description.utf8 : "null".utf8)
    }

    /// Writes a boolean.
    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    }

    /// Writes `null`.
    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes bytes that are one JSON value already.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// Writes a value and all below it.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .array(let items):
            beginArray()
            for item in items { self.value(item) }
            endArray()
        case .object(let fields):
            beginObject()
            for field in fields {
                key(field.name)
                self.value(field.value)
            }
            endObject()
        }
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }
}

extension JSONWriter {
    /// Appends a quoted string: long runs without escapes go in one copy.
    private mutating func quote(_ text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        var written = 0
        while let position = unsafe Self.nextEscape(in: text, from: written) {
            unsafe bytes.append(contentsOf: text[written..<position])
            unsafe escape(text[position])
            written = position + 1
        }
        unsafe bytes.append(contentsOf: text[written...])
        bytes.append(UInt8(ascii: "\""))
    }

    /// Where the next byte stands that must be escaped; eight bytes are looked at together while there are so many.
    private static func nextEscape(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var position = start
        while position + 8 <= text.count {
            let word = unsafe text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if hasEscape(word) { break }
            position += 8
        }
        while position < text.count {
            let byte = unsafe text[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return position }
            position += 1
        }
        return nil
    }

    /// Whether one of the eight bytes must be escaped.
    ///
    /// Subtracting a bound sets the highest bit of a byte below it, which had none. It also borrows from the byte above,
    /// so which byte it was is not told.
    private static func hasEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let slashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let controls = (word &- ones &* 0x20) & ~word
        return (controls | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)) & highs != 0
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: byte < 0x10 ? "u000".utf8 : "u001".utf8)
            let digit = byte & 0x0F
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }

    /// Copies a value of a document that is being read, in the document's order of fields.
    package mutating func element(_ element: JSONElement) { self.element(element, omitting: []) }

    fileprivate mutating func element(_ element: JSONElement, omitting path: ArraySlice<StaticString>) {
        switch element.kind {
        case .null: null()
        case .bool: bool(element.bool ?? false)
        case .integer: integer(element.integer ?? 0)
        case .double: double(element.double ?? 0)
        case .string: text(element.text)
        case .array:
            beginArray()
            element.forEachItem { item in self.element(item, omitting: []) }
            endArray()
        case .object:
            beginObject()
            element.forEachField { name, field in
                var below: ArraySlice<StaticString> = []
                if let first = path.first, first ~= name {
                    guard path.count > 1 else { return }
                    below = path.dropFirst()
                }
                text(name)
                bytes.append(UInt8(ascii: ":"))
                needsComma = false
                self.element(field, omitting: below)
            }
            endObject()
        }
    }

    private mutating func text(_ text: JSONKey) {
        separate()
        unsafe quote(text.bytes)
    }
}

extension JSONElement {
    /// This value as compact JSON, its fields in the document's order.
    package func compactBytes() -> [UInt8] {
        var writer = JSONWriter()
        writer.element(self)
        return writer.bytes
    }

    /// The same without the field at that path of names.
    package func compactBytes(omitting path: StaticString...) -> [UInt8] {
        var writer = JSONWriter()
        writer.element(self, omitting: path[...])
        return writer.bytes
    }
}
