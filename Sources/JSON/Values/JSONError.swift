/// Why bytes are not JSON, or not the JSON a reader needs.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence for the person who must act; never quotes the value, which may be a secret.
    package let message: String
    /// The field it is about, as "spec.instances" or "spec.items[2].name"; empty for the whole document.
    package var path: String

    /// An error about the field at that path.
    package init(message: String, path: String = "") {
        self.message = message
        self.path = path
    }

    /// The same error seen from one level further out.
    package func under(_ field: String) -> JSONError {
        let joined = path.isEmpty || path.hasPrefix("[") ? field + path : field + "." + path
        return JSONError(message: message, path: joined)
    }

    /// The path, when there is one, and the message.
    package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
