import Glibc
import Logging

/// How a log event is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// One line for people, with the fields behind the message.
    case text

    /// `text` when the descriptor is a terminal, otherwise `json`.
    package static func suited(toDescriptor descriptor: Int32) -> LogFormat {
        isatty(descriptor) == 1 ? .text : .json
    }

    func line(_ record: LogRecord, time: String) -> String {
        switch self {
        case .json: JSONLine.write(record, time: time)
        case .text: TextLine.write(record, time: time)
        }
    }
}

/// A line for machines: `time`, `level`, `logger`, `message` first, then the fields.
private enum JSONLine {
    private static let reserved: Set<String> = ["time", "level", "logger", "message"]

    static func write(_ record: LogRecord, time: String) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(record.level.rawValue)\",\"logger\":"
        string(record.label, to: &line)
        line += ",\"message\":"
        string(record.message, to: &line)
        for (key, field) in record.fields {
            line += ","
            string(reserved.contains(key) ? "field.\(key)" : key, to: &line)
            line += ":"
            value(field, to: &line)
        }
        return line + "}\n"
    }

    private static func value(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text): string(text, to: &line)
        case .stringConvertible(let item):
            switch item {
            case let item as Int: line += String(item)
            case let item as Int64: line += String(item)
            case let item as Bool: line += item ? "true" : "false"
            case let item as Double where item.isFinite: line += item.description
            default: string(item.description, to: &line)
            }
        case .array(let items):
            line += "["
            for (index, item) in items.enumerated() {
                if index > 0 { line += "," }
                self.value(item, to: &line)
            }
            line += "]"
        case .dictionary(let fields):
            line += "{"
            for (index, field) in fields.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                string(field.key, to: &line)
                line += ":"
                self.value(field.value, to: &line)
            }
            line += "}"
        }
    }

    private static func string(_ text: String, to line: inout String) {
        line += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\u{0}"..."\u{1f}", "\u{7f}":
                let hex = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: line.unicodeScalars.append(scalar)
            }
        }
        line += "\""
    }
}

/// A line for people; what could move a terminal's cursor is written as an escape.
private enum TextLine {
    static func write(_ record: LogRecord, time: String) -> String {
        let level = record.level.rawValue.uppercased()
        let padded = level + String(repeating: " ", count: max(0, 8 - level.count))
        var line = "\(time.dropFirst(11).prefix(12)) \(padded) \(clean(record.message))"
        for (key, value) in record.fields { line += " \(key)=\(quoted(clean("\(value)")))" }
        return line + "\n"
    }

    private static func quoted(_ text: String) -> String {
        text.isEmpty || text.contains(" ") ? "\"\(text)\"" : text
    }

    private static func clean(_ text: String) -> String {
        var cleaned = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || scalar.value == 0x7f
            if isControl { cleaned += scalar.escaped(asASCII: false) } else { cleaned.unicodeScalars.append(scalar) }
        }
        return cleaned
    }
}
