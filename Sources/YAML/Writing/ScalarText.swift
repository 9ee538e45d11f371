import JSON

/// How a string is written so that it is read as the same string.
enum ScalarText {
    /// Without quotes when that is safe, else in single or double quotes as go-yaml chooses them.
    static func inOneLine(_ string: String) -> String {
        let scalars = string.unicodeScalars
        guard scalars.allSatisfy({ isPrintable($0) && $0 != "\n" && $0 != "\t" }) else { return doubleQuoted(string) }
        guard isString(string) else { return doubleQuoted(string) }
        return isPlainSafe(string) ? string : singleQuoted(string)
    }

    /// A literal block, without its last line end; nil when the string has no line end or cannot stand in a block.
    static func block(_ string: String, indent: Int) -> String? {
        let scalars = string.unicodeScalars
        guard scalars.contains("\n"), scalars.contains(where: { $0 != "\n" }), let first = scalars.first,
            scalars.last != " ", scalars.last != "\t", scalars.allSatisfy(isPrintable)
        else { return nil }
        let margin = String(repeating: " ", count: indent)
        var header = "|"
        // The first line's own spaces would be taken for the block's margin.
        if first == " " || first == "\n" || first == "\t" { header += "2" }
        var lines = string.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true {
            lines.removeLast()
            if lines.last?.isEmpty == true { header += "+" }
        } else {
            header += "-"
        }
        return header + lines.map { $0.isEmpty ? "\n" : "\n" + margin + $0 }.joined()
    }

    /// Whether the text without quotes would be read as a string, also by other readers of YAML 1.1.
    private static func isString(_ text: String) -> Bool {
        guard case .string? = try? PlainScalar.value(of: text), text != "<<", text != "=" else { return false }
        return !looksLikeTimeOrSexagesimal(text)
    }

    /// "2026-11-01…", which YAML 1.1 takes for a time, and "1:30", which it takes for a number of base 60.
    private static func looksLikeTimeOrSexagesimal(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "+")...UInt8(ascii: "9")).contains(first) else { return false }
        let date = text.utf8.split(separator: UInt8(ascii: "-"), maxSplits: 2, omittingEmptySubsequences: false)
        if date.count == 3, date[0].count == 4, date[0].allSatisfy(isDigit), date[1].allSatisfy(isDigit),
            date[2].first.map(isDigit) == true
        {
            return true
        }
        return text.utf8.contains(UInt8(ascii: ":"))
            && text.utf8.allSatisfy { isDigit($0) || ":_.+-".utf8.contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Whether nothing in it means something to YAML; libyaml's analysis of plain scalars in block context.
    ///
    /// It goes by bytes: to Swift a colon, a space and an accent on the space are two characters without a ": ".
    private static func isPlainSafe(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        let space = UInt8(ascii: " ")
        guard first != space, last != space, last != UInt8(ascii: ":") else { return false }
        if bytes.starts(with: "---".utf8) || bytes.starts(with: "...".utf8) { return false }
        if "#,[]{}&*!|>'\"%@`".utf8.contains(first) { return false }
        if "-?:".utf8.contains(first), bytes.count == 1 || bytes[1] == space { return false }
        return !zip(bytes, bytes.dropFirst()).contains { byte, next in
            byte == UInt8(ascii: ":") && next == space || byte == space && next == UInt8(ascii: "#")
        }
    }

    private static func singleQuoted(_ string: String) -> String {
        var text = "'"
        for scalar in string.unicodeScalars { text += scalar == "'" ? "''" : String(scalar) }
        return text + "'"
    }

    /// Whether YAML takes the character as it is; line separators other than the line feed are folded, so they are not.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
            0x10000...0x10FFFF:
            true
        default: false
        }
    }

    private static func doubleQuoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case "\0": text += "\\0"
            case let other where isPrintable(other): text.unicodeScalars.append(other)
            case let other: text += escape(other.value)
            }
        }
        return text + "\""
    }

    private static func escape(_ value: UInt32) -> String {
        let hex = String(value, radix: 16, uppercase: true)
        let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\" + letter + String(repeating: "0", count: width - hex.utf8.count) + hex
    }
}
