/// A kind of object and where the API server serves it.
package struct ResourceType: Hashable, Sendable, CustomStringConvertible {
    /// The API group; empty for the core group.
    package let group: String
    /// The version within the group, as "v1".
    package let version: String
    /// The lower-case plural of the path, as "pods".
    package let plural: String
    /// The kind of an object's `kind` field, as "Pod".
    package let kind: String
    /// Whether its objects live in namespaces.
    package let isNamespaced: Bool

    /// A kind of object; the group is empty for the core group.
    package init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// The plural alone tells nearly all kinds apart, and kinds are looked up all the time.
    package func hash(into hasher: inout Hasher) { hasher.combine(plural) }

    /// The `apiVersion` field of its objects: "v1" or "group/version".
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The plural with its group, as error messages name it: "pods" or "deployments.apps".
    package var description: String { group.isEmpty ? plural : "\(plural).\(group)" }

    /// The path below the server's address, as "/apis/apps/v1/namespaces/shop/deployments/web/status".
    ///
    /// Without a namespace, or for a kind without namespaces, it is the path of all of them.
    package func path(namespace: String?, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if isNamespaced, let namespace, !namespace.isEmpty { path += "/namespaces/" + Self.escape(namespace) }
        path += "/" + plural
        if let name { path += "/" + Self.escape(name) }
        if let subresource { path += "/" + subresource }
        return path
    }

    /// Names come from users' objects: whatever has a meaning in a URL is written as percent and hex.
    private static func escape(_ segment: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in segment.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: ":"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
