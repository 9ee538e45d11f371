extension JSONValue: CustomStringConvertible {
    /// Compact JSON with the fields in the order of their names; equal values give equal bytes.
    package func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }

    /// Compact JSON.
    package var description: String { String(decoding: serialized(), as: UTF8.self) }

    /// JSON for people: two spaces per level, empty containers on one line, no line end after the last bracket.
    package func prettyPrinted() -> String {
        var text = ""
        appendPretty(to: &text, margin: "\n")
        return text
    }

    private func appendPretty(to text: inout String, margin: String) {
        let inner = margin + "  "
        switch self {
        case .array(let items) where !items.isEmpty:
            text += "["
            for (index, item) in items.enumerated() {
                text += index == 0 ? inner : "," + inner
                item.appendPretty(to: &text, margin: inner)
            }
            text += margin + "]"
        case .object(let fields) where !fields.isEmpty:
            text += "{"
            for (index, field) in fields.enumerated() {
                text += index == 0 ? inner : "," + inner
                text += JSONValue.string(field.name).description + ": "
                field.value.appendPretty(to: &text, margin: inner)
            }
            text += margin + "}"
        default:
            text += description
        }
    }
}

/// A number for a value that is the same in every process and every version of this program.
///
/// FNV-1a with 64 bits over the compact text: fine to see whether a manifest changed, not against an adversary.
package func stableHash(of value: JSONValue) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in value.serialized() {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return hash
}
