import CRDs
import JSON

/// `my.cnf` from parameters, the same text for the same parameters: its hash decides about restarts.
struct PXCConfiguration {
    /// Nil when there is no parameter.
    let text: String?

    /// Sections that a parameter's name may begin with; any other dot belongs to the name.
    static let sections: Set = ["client", "mysql", "mysqld", "mysqldump", "sst", "xtrabackup"]

    init(_ config: [ConfigParameter]) {
        var sections: [String: [String]] = [:]
        for parameter in config {
            let (section, name) = Self.place(of: parameter.name)
            let line = parameter.value.isEmpty ? name : "\(name)=\(parameter.value)"
            sections[section, default: []].append(line)
        }
        let parts = sections.sorted { $0.key < $1.key }.map { section, lines in
            "[\(section)]\n" + lines.sorted().map { $0 + "\n" }.joined()
        }
        text = parts.isEmpty ? nil : parts.joined()
    }

    /// What the members' pods carry, to be told by which configuration they were started with.
    var mark: String { text.map { String(stableHash(of: .string($0)), radix: 16) } ?? "none" }

    /// The section and the rest of a name; without a section it is the server's.
    static func place(of name: String) -> (section: String, name: String) {
        guard let dot = name.firstIndex(of: ".") else { return ("mysqld", name) }
        let section = String(name[..<dot])
        return sections.contains(section) ? (section, String(name[name.index(after: dot)...])) : ("mysqld", name)
    }
}
