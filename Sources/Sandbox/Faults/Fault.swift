import JSON

/// One thing that goes wrong with one request of one client, as a test has asked for it.
struct Fault: Sendable, Equatable {
    /// What happens to the request.
    enum Action: Sendable, Equatable {
        /// Nothing: the client's requests are only counted.
        case none
        /// Nothing is done and no answer given, for as long as the client waits.
        case holdBefore
        /// It is carried out, and no answer given for as long as the client waits.
        case holdAfter
        /// Nothing is done, and the connection is closed.
        case dropBefore
        /// It is carried out, and the connection closed without an answer.
        case dropAfter
        /// Nothing is done, and this is the answer.
        case answer(Int)
    }

    /// The requests that count.
    enum Counted: String, Sendable {
        case requests
        case writes
    }

    /// The bearer token that the client's requests carry; empty for any.
    var client = ""
    /// What the client's user agent begins with.
    var userAgentPrefix = ""
    var counted = Counted.requests
    /// The method of the requests that count; empty for any.
    var method = ""
    /// Their path without its query, or what it begins with when it ends in `*`; empty for any.
    var path = ""
    /// Which of the client's requests it is, from the moment of asking and from 1.
    var number = 1
    var action: Action

    /// Reads what was asked for; throws a sentence when it makes no sense.
    init(_ body: [UInt8]) throws(APIFailure) {
        guard let wish = try? JSONValue(parsing: body), let name = wish["action"]?.string else {
            throw .badRequest("a fault needs an action")
        }
        switch name {
        case "none": action = .none
        case "holdBefore": action = .holdBefore
        case "holdAfter": action = .holdAfter
        case "dropBefore": action = .dropBefore
        case "dropAfter": action = .dropAfter
        case "answer":
            guard let status = wish["status"]?.integer, (400...599).contains(status) else {
                throw .badRequest("an answer needs a status, 400 to 599")
            }
            action = .answer(Int(status))
        default: throw .badRequest("\(name) is no action of a fault")
        }
        client = wish["client"]?.string ?? ""
        userAgentPrefix = wish["userAgentPrefix"]?.string ?? ""
        if let text = wish["counted"]?.string {
            guard let known = Counted(rawValue: text) else { throw .badRequest("\(text) cannot be counted") }
            counted = known
        }
        method = wish["method"]?.string ?? ""
        path = wish["path"]?.string ?? ""
        number = Int(wish["number"]?.integer ?? 1)
    }

    /// Whether a request counts: watches and what keeps a Lease never do.
    func counts(_ request: APIRequest) -> Bool {
        guard client.isEmpty || request.headers["authorization"] == "Bearer \(client)",
            request.userAgent.hasPrefix(userAgentPrefix)
        else { return false }
        guard request.path.hasPrefix("/api/") || request.path.hasPrefix("/apis/"),
            !request.path.hasPrefix("/apis/coordination.k8s.io/"),
            [nil, "false", "0"].contains(request.query["watch"])
        else { return false }
        guard method.isEmpty || request.method == method, path.isEmpty || isOn(request.path) else { return false }
        return counted == .requests || !["GET", "HEAD"].contains(request.method)
    }

    private func isOn(_ address: String) -> Bool {
        path.last == "*" ? address.hasPrefix(path.dropLast()) : address == path
    }
}
