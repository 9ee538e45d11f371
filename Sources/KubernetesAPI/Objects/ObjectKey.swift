/// Which object of a kind.
package struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The namespace; empty for kinds without namespaces.
    package let namespace: String
    /// The name.
    package let name: String

    /// The key of the object of that name.
    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// From "namespace/name" or "name"; nil when a part is empty or there are more.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty }), (1...2).contains(parts.count), let name = parts.last else {
            return nil
        }
        self.init(namespace: parts.count == 2 ? parts[0] : "", name: name)
    }

    /// "namespace/name", or the name alone.
    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// By namespace, then by name.
    package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
