/// What a list, a watch or the deletion of a collection asks for.
struct ListOptions: Sendable {
    enum Match: String, Sendable {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    var isWatch = false
    var labelSelector: String?
    var fieldSelector: String?
    var limit: Int = 0
    var continueToken = ""
    var resourceVersion = ""
    var match: Match?
    var timeoutSeconds: Int?
    var allowsBookmarks = false
    /// Whether a watch begins with what there is; nil when the request leaves it to the resource version.
    var sendsInitialEvents: Bool?

    init() {}

    init(_ query: RequestQuery, isWatch: Bool) throws(APIFailure) {
        self.isWatch = isWatch || query["watch"].map(Self.flag) ?? false
        labelSelector = query["labelSelector"]
        fieldSelector = query["fieldSelector"]
        limit = max(0, try Self.number(query["limit"]) ?? 0)
        continueToken = query["continue"] ?? ""
        resourceVersion = query["resourceVersion"] ?? ""
        timeoutSeconds = try Self.number(query["timeoutSeconds"])
        allowsBookmarks = query["allowWatchBookmarks"].map(Self.flag) ?? false
        let initialEvents = query["sendInitialEvents"]
        sendsInitialEvents = initialEvents.map(Self.flag)
        let match = query["resourceVersionMatch"] ?? ""
        self.match = Match(rawValue: match)
        let causes = Self.causes(self, match: match, hasInitialEvents: initialEvents != nil)
        guard causes.isEmpty else { throw .invalid(kind: "ListOptions", group: "meta.k8s.io", name: "", causes) }
    }

    private static func causes(_ options: ListOptions, match: String, hasInitialEvents: Bool) -> [APIFailure.Cause] {
        let field = "resourceVersionMatch"
        if options.isWatch {
            if hasInitialEvents {
                guard !match.isEmpty else {
                    return [
                        .forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
                    ]
                }
                return options.match == .notOlderThan
                    ? [] : [.notSupported(field, GoText.quoted(match), ["NotOlderThan"])]
            }
            return match.isEmpty
                ? []
                : [
                    .forbidden(
                        field,
                        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
                    )
                ]
        }
        if hasInitialEvents { return [.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")] }
        guard !match.isEmpty else { return [] }
        if options.resourceVersion.isEmpty {
            return [.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
        }
        if !options.continueToken.isEmpty {
            return [.forbidden(field, "resourceVersionMatch is forbidden when continue is provided")]
        }
        guard let known = options.match else {
            return [.notSupported(field, GoText.quoted(match), ["Exact", "NotOlderThan", ""])]
        }
        if known == .exact, options.resourceVersion == "0" {
            return [.forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
        }
        return []
    }

    private static func number(_ text: String?) throws(APIFailure) -> Int? {
        guard let text, !text.isEmpty else { return nil }
        guard let number = Int(text) else {
            throw .badRequest("strconv.ParseInt: parsing \(GoText.quoted(text)): invalid syntax")
        }
        return number
    }

    /// A flag that stands without a value is set, as the API server reads it.
    private static func flag(_ text: String) -> Bool { !(text.lowercased() == "false" || text == "0") }
}

/// A resource version in a request, as a number.
enum RequestedRevision {
    /// - Throws: the 500 that kube-apiserver answers with for one that is no number.
    static func parse(_ text: String) throws(APIFailure) -> UInt64 {
        if let number = UInt64(text) { return number }
        let quoted = GoText.quoted(text)
        throw APIFailure(
            code: 500,
            reason: "",
            message: "resourceVersion: Invalid value: \(quoted): strconv.ParseUint: parsing \(quoted): invalid syntax"
        )
    }
}
