/// A path into a JSON value (RFC 6901), as "/spec/items/0" or "/metadata/annotations/a~1b".
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    /// The field names and indices, without escapes; none for the whole document.
    package var components: [String]

    /// A pointer of such steps.
    package init(components: [String]) { self.components = components }

    /// Nil when the text is not empty and does not start with "/", or has "~" without 0 or 1 after it.
    package init?(_ text: String) {
        guard !text.isEmpty else {
            components = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        components = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let component = Self.unescape(part) else { return nil }
            components.append(component)
        }
    }

    /// The text with "~" and "/" in names escaped.
    package var description: String {
        var text = ""
        for component in components {
            text += "/"
            for scalar in component.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }

    private static func unescape(_ part: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var rest = part.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch rest.next() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The index an array step means: digits without a leading zero; nil for anything else, "-" among it.
    static func index(_ component: String) -> Int? {
        let digits = component.utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        return Int(component)
    }
}

extension JSONValue {
    /// The value a pointer means, or nil when there is none.
    package func at(_ pointer: JSONPointer) -> JSONValue? {
        var value = self
        for component in pointer.components {
            let next: JSONValue? =
                switch value {
                case .object(let fields): fields[component]
                case .array: JSONPointer.index(component).flatMap { value[$0] }
                default: nil
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}
