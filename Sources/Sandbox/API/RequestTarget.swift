/// The part of the API that a path addresses.
struct RequestTarget: Hashable, Sendable {
    let group: String
    let version: String
    /// Nil for cluster-scoped kinds and for lists over all namespaces.
    let namespace: String?
    let plural: String
    let name: String?
    let subresource: String?
    /// Whether the path is of the old form that begins with "watch".
    let isWatch: Bool

    /// Reads "/api/v1/…" or "/apis/group/version/…"; nil when the path names no resource.
    init?(path: String) {
        var segments = path.split(separator: "/").map { PercentEncoding.decode(String($0)) }[...]
        switch segments.popFirst() {
        case "api": group = ""
        case "apis":
            guard let first = segments.popFirst() else { return nil }
            group = first
        default: return nil
        }
        guard let version = segments.popFirst(), !segments.isEmpty else { return nil }
        self.version = version
        isWatch = segments.first == "watch"
        if isWatch { segments = segments.dropFirst() }

        // "namespaces/x" is that namespace, "namespaces/x/status" its subresource, "namespaces/x/pods" what it holds.
        let ownSubresources = ["status", "finalize"]
        if segments.first == "namespaces", segments.count >= 3,
            !(group.isEmpty && ownSubresources.contains(segments[segments.startIndex + 2]))
        {
            namespace = segments[segments.startIndex + 1]
            segments = segments.dropFirst(2)
        } else {
            namespace = nil
        }
        guard let plural = segments.popFirst() else { return nil }
        self.plural = plural
        name = segments.popFirst()
        subresource = segments.isEmpty ? nil : segments.joined(separator: "/")
    }
}
