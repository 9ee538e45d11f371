/// What a metric family is, in the words of the exposition format.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// The label set of one series, always in the order of the names.
struct LabelSet: Hashable, Sendable {
    let text: String

    /// Names are made valid, values are escaped.
    init(_ dimensions: [(String, String)]) {
        text =
            dimensions.sorted { $0.0 < $1.0 }
            .map { "\(MetricName.label($0.0))=\"\(MetricName.escapeValue($0.1))\"" }
            .joined(separator: ",")
    }

    /// As it is written behind a name, with one more label if given.
    func written(with extra: String? = nil) -> String {
        let parts = [text, extra ?? ""].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }
}

/// Names and texts as the exposition format allows them.
enum MetricName {
    /// A valid metric name: letters, digits, underscores and colons, not beginning with a digit.
    static func metric(_ name: String) -> String { valid(name, allowsColon: true) }

    /// A valid label name.
    static func label(_ name: String) -> String { valid(name, allowsColon: false) }

    private static func valid(_ name: String, allowsColon: Bool) -> String {
        var valid = ""
        for scalar in name.unicodeScalars {
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            let isDigit = ("0"..."9").contains(scalar)
            if isDigit, valid.isEmpty { valid = "_" }
            let isAllowed = isLetter || isDigit || scalar == "_" || (allowsColon && scalar == ":")
            valid.unicodeScalars.append(isAllowed ? scalar : "_")
        }
        return valid.isEmpty ? "_" : valid
    }

    /// A label's value between quotes.
    static func escapeValue(_ value: String) -> String { escape(value, quotes: true) }

    /// A help text.
    static func escapeHelp(_ text: String) -> String { escape(text, quotes: false) }

    private static func escape(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A number as the format writes it: integers without a point.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value), abs(integer) < 1 << 53 { return String(integer) }
        return value.description
    }
}

/// One series of a family.
protocol Series: AnyObject, Sendable {
    /// Appends its lines.
    func write(name: String, labels: LabelSet, to text: inout String)
}
