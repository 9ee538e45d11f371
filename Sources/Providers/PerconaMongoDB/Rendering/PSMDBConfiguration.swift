import CRDs

/// `mongod.conf` from dotted parameters: nested, sorted, with numbers and truth values as such.
///
/// A hash of the text restarts members, so the same parameters in another order must give the same text.
struct PSMDBConfiguration {
    private indirect enum Node {
        case value(String)
        case section([String: Node])
    }

    /// Nil without parameters: then Percona's operator makes no file.
    let text: String?

    init(_ parameters: [ConfigParameter]) {
        var root: [String: Node] = [:]
        for parameter in parameters { Self.insert(Self.path(parameter.name)[...], parameter.value, into: &root) }
        text = root.isEmpty ? nil : Self.lines(root, indent: "").joined(separator: "\n") + "\n"
    }

    /// The names of the sections that lead to a parameter, and its own; below `setParameter` dots are part of the name.
    static func path(_ name: String) -> [String] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.first == "setParameter", parts.count > 2 else { return parts }
        return ["setParameter", parts.dropFirst().joined(separator: ".")]
    }

    private static func insert(_ path: ArraySlice<String>, _ value: String, into section: inout [String: Node]) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            section[name] = .value(value)
            return
        }
        var inner: [String: Node] = if case .section(let found)? = section[name] { found } else { [:] }
        insert(path.dropFirst(), value, into: &inner)
        section[name] = .section(inner)
    }

    private static func lines(_ section: [String: Node], indent: String) -> [String] {
        section.sorted { $0.key < $1.key }.flatMap { name, node -> [String] in
            switch node {
            case .value(let text): ["\(indent)\(name): \(scalar(text))"]
            case .section(let inner): ["\(indent)\(name):"] + lines(inner, indent: indent + "  ")
            }
        }
    }

    private static func scalar(_ text: String) -> String {
        if text == "true" || text == "false" || isNumber(text) { return text }
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }

    /// Digits with a sign and a fraction at most: what MongoDB reads as a number.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy {
                !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }
}
