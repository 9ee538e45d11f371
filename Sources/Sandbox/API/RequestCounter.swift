import JSON
import Synchronization

/// How often who asked for what, so that a test can hold a client to its silence.
final class RequestCounter: Sendable {
    private struct Line: Hashable, Sendable {
        let userAgent: String
        let verb: String
        let resource: String
    }

    private let counts = Mutex<[Line: Int64]>([:])

    func count(_ request: APIRequest, _ target: RequestTarget, verb: String) {
        let place = GroupResource(group: target.group, plural: target.plural).description
        let resource = target.subresource.map { "\(place)/\($0)" } ?? place
        let line = Line(userAgent: request.userAgent, verb: verb, resource: resource)
        counts.withLock { $0[line, default: 0] += 1 }
    }

    /// One entry for each user agent, verb and resource, in that order.
    var report: JSONValue {
        let lines = counts.withLock { $0 }.sorted {
            ($0.key.userAgent, $0.key.resource, $0.key.verb) < ($1.key.userAgent, $1.key.resource, $1.key.verb)
        }
        return .array(
            lines.map { line, count in
                [
                    "userAgent": .string(line.userAgent), "verb": .string(line.verb),
                    "resource": .string(line.resource), "count": .integer(count),
                ]
            }
        )
    }

    /// The verb of a request, as the API's own records name it.
    static func verb(_ method: String, hasName: Bool, isWatch: Bool) -> String {
        if isWatch { return "watch" }
        return switch method {
        case "GET", "HEAD": hasName ? "get" : "list"
        case "POST": "create"
        case "PUT": "update"
        case "PATCH": "patch"
        case "DELETE": hasName ? "delete" : "deletecollection"
        default: method.lowercased()
        }
    }
}
