/// A call of the API without what is another in each run, so that it is known again in the run of another trial.
struct Call: Hashable, Sendable, CustomStringConvertible {
    let method: String
    /// With `{namespace}` in the place of the trial's own; ends in `*` where a name is made up anew each time.
    private let path: String

    /// Takes what the sandbox tells of a request, its method and path, in the namespace of a trial.
    init(_ text: String, in namespace: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        method = String(parts.first ?? "")
        var known: [Substring] = []
        for part in (parts.last ?? "").split(separator: "/", omittingEmptySubsequences: false) {
            if part == namespace, known.last == "namespaces" {
                known.append("{namespace}")
            } else if known.last == "events" || Self.isDated(part) {
                known.append(Self.isDated(part) ? part.prefix { !$0.isNumber } + "*" : "*")
                break
            } else {
                known.append(part)
            }
        }
        path = known.joined(separator: "/")
    }

    /// Whether a name holds a moment, in seconds since 1970.
    private static func isDated(_ name: Substring) -> Bool {
        name.split(whereSeparator: { !$0.isNumber }).contains { $0.count >= 10 }
    }

    /// As ``Point/wish(for:in:)`` needs it.
    func path(in namespace: String) -> String { path.replacing("{namespace}", with: namespace) }

    /// Whether an operation can come to its end without it: it adds to an event, should its like come again soon enough, or
    /// tells in the cluster's status of an operation that may be over before that.
    var isOptional: Bool { isEvent && method == "PATCH" || path.hasSuffix("/databaseclusters/db/status") }

    /// Whether two of them may become one: reads, events, and writes of how an object is to be.
    ///
    /// Two creations or deletions stay two.
    var isMergeable: Bool { method == "GET" || method == "PATCH" || isEvent }

    private var isEvent: Bool { path.contains("/events.k8s.io/") }

    var description: String {
        // The group, the version and the namespace are plain from what is called.
        "\(method) \(path.split(separator: "}/").last.map(String.init) ?? path)"
    }
}
