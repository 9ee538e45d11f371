import JSON

/// Writes a value as kubectl prints it: two spaces per level, lists no deeper than the key they belong to.
struct BlockWriter {
    private(set) var text = ""

    // Longer keys would not be read again as plain keys: YAML wants the colon within 1024 characters.
    private static let maximalSimpleKey = 128

    mutating func document(_ value: JSONValue) {
        switch value {
        case .object(let fields) where !fields.isEmpty: mapping(fields, indent: 0, continuesLine: false)
        case .array(let items) where !items.isEmpty: sequence(items, indent: 0, continuesLine: false)
        default: text += scalar(value, indent: 0) + "\n"
        }
    }

    private mutating func mapping(_ fields: JSONObject, indent: Int, continuesLine: Bool) {
        for (index, field) in fields.enumerated() {
            if index > 0 || !continuesLine { margin(indent) }
            let key = ScalarText.inOneLine(field.name)
            if key.utf8.count > Self.maximalSimpleKey {
                text += "? \(key)\n"
                margin(indent)
                text += ":"
            } else {
                text += "\(key):"
            }
            switch field.value {
            case .object(let inner) where !inner.isEmpty:
                text += "\n"
                mapping(inner, indent: indent + 2, continuesLine: false)
            case .array(let items) where !items.isEmpty:
                text += "\n"
                sequence(items, indent: indent, continuesLine: false)
            default:
                text += " \(scalar(field.value, indent: indent))\n"
            }
        }
    }

    private mutating func sequence(_ items: [JSONValue], indent: Int, continuesLine: Bool) {
        for (index, item) in items.enumerated() {
            if index > 0 || !continuesLine { margin(indent) }
            text += "- "
            switch item {
            case .object(let fields) where !fields.isEmpty: mapping(fields, indent: indent + 2, continuesLine: true)
            case .array(let inner) where !inner.isEmpty: sequence(inner, indent: indent + 2, continuesLine: true)
            default: text += scalar(item, indent: indent) + "\n"
            }
        }
    }

    /// A scalar or an empty container, without the line end; the lines of a block stand two spaces deeper.
    private func scalar(_ value: JSONValue, indent: Int) -> String {
        guard case .string(let string) = value else { return value.description }
        return ScalarText.block(string, indent: indent + 2) ?? ScalarText.inOneLine(string)
    }

    private mutating func margin(_ indent: Int) { text += String(repeating: " ", count: indent) }
}
