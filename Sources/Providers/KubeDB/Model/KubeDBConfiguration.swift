import CRDs

/// Engine parameters as the text of a configuration file; the same parameters give the same bytes.
enum KubeDBConfiguration {
    /// The text; parameters stand in the order of their names.
    static func text(of parameters: [ConfigParameter], for engine: Engine) -> String {
        let sorted = parameters.sorted { $0.name < $1.name }
        switch engine {
        case .mongodb: return nested(sorted)
        case .elasticsearch: return lines(sorted) { "\($0.name): \(scalar($0.value))" }
        case .postgresql:
            return lines(sorted) {
                "\($0.name) = '\($0.value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'"
            }
        case .mysql, .mariadb: return "[mysqld]\n" + lines(sorted) { "\($0.name) = \($0.value)" }
        // A directive of Redis without any word after it lets no server start.
        case .redis: return lines(sorted) { "\($0.name) \($0.value.isEmpty ? "\"\"" : $0.value)" }
        case .kafka: return lines(sorted) { "\($0.name)=\($0.value)" }
        }
    }

    private static func lines(_ parameters: [ConfigParameter], _ line: (ConfigParameter) -> String) -> String {
        parameters.map { line($0) + "\n" }.joined()
    }

    /// `a.b.c` is written as three lines, each further in than the one before; what a parameter has in common with the
    /// one before is not repeated.
    private static func nested(_ parameters: [ConfigParameter]) -> String {
        var text = ""
        var open: [Substring] = []
        for parameter in parameters {
            let path = parameter.name.split(separator: ".")
            let shared = zip(open, path.dropLast()).prefix { $0 == $1 }.count
            for (depth, name) in path.enumerated().dropFirst(shared) {
                let indent = String(repeating: "  ", count: depth)
                text +=
                    depth == path.count - 1 ? "\(indent)\(name): \(scalar(parameter.value))\n" : "\(indent)\(name):\n"
            }
            open = Array(path.dropLast())
        }
        return text
    }

    /// Whether no configuration file reads the byte as anything but a part of a word.
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A value of a YAML file, quoted where it would be read as something else than a plain word, a number or a list.
    private static func scalar(_ value: String) -> String {
        if value.first == "[" || value.first == "{" { return value }
        let isPlain = value.utf8.allSatisfy { Self.isPlain($0) || $0 == UInt8(ascii: "/") }
        guard !isPlain || value.isEmpty || value.first == "-" && !value.dropFirst().allSatisfy(\.isNumber) else {
            return value
        }
        return "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
