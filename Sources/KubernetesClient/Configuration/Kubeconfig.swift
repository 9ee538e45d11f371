internal import JSON
internal import YAML

/// A kubeconfig, possibly put together from several files.
///
/// In a merge the first file that has an entry, or a current context, decides; paths count from the folder of the file
/// that they stand in.
struct Kubeconfig {
    /// An entry with the folder that its paths count from.
    struct Entry {
        let fields: JSONValue
        let folder: String

        /// A text that is there and not empty.
        subscript(_ name: String) -> String? {
            guard let text = fields[name]?.string, !text.isEmpty else { return nil }
            return text
        }

        /// The file that a field names.
        func path(_ name: String) -> String? {
            guard let path = self[name] else { return nil }
            return path.hasPrefix("/") ? path : folder + "/" + path
        }
    }

    private(set) var currentContext: String?
    private(set) var contexts: [String: Entry] = [:]
    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]

    init() {}

    /// Reads and merges files, the first one with the highest rank.
    init(files: [String]) throws(ConfigurationError) {
        for file in files {
            guard let bytes = LocalFile.bytes(file) else {
                throw ConfigurationError("The kubeconfig \(file) cannot be read; does it exist, and may we read it?")
            }
            try merge(bytes, from: file)
        }
    }

    mutating func merge(_ bytes: [UInt8], from file: String) throws(ConfigurationError) {
        let documents: [JSONValue]
        do throws(YAMLError) {
            documents = try YAML.parse(bytes)
        } catch {
            throw ConfigurationError("The kubeconfig \(file) is no valid YAML: \(error)")
        }
        guard documents.count <= 1 else {
            throw ConfigurationError("The kubeconfig \(file) holds \(documents.count) documents; it may hold one.")
        }
        guard let document = documents.first else { return }
        guard document.object != nil else {
            throw ConfigurationError("The kubeconfig \(file) is no mapping of fields; is it the right file?")
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        if currentContext == nil, let named = document["current-context"]?.string, !named.isEmpty {
            currentContext = named
        }
        try Self.merge(document, "contexts", "context", folder, file, into: &contexts)
        try Self.merge(document, "clusters", "cluster", folder, file, into: &clusters)
        try Self.merge(document, "users", "user", folder, file, into: &users)
    }

    private static func merge(
        _ document: JSONValue,
        _ list: String,
        _ field: String,
        _ folder: String,
        _ file: String,
        into entries: inout [String: Entry]
    ) throws(ConfigurationError) {
        guard let items = document[list], !items.isNull else { return }
        for item in items.array ?? [items] {
            guard let name = item["name"]?.string else {
                throw ConfigurationError("The kubeconfig \(file) has an entry in “\(list)” without a name.")
            }
            guard entries[name] == nil else { continue }
            entries[name] = Entry(fields: item[field] ?? [:], folder: folder)
        }
    }
}
