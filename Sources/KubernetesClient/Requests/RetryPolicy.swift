/// Which answers a request is repeated after, and when.
///
/// Only those with which the server has said that it did nothing: 429 and 503 with a Retry-After, and 401 once, with
/// credentials read anew. Everything else is for the caller, who knows whether the request is still wanted.
struct RetryPolicy: Sendable {
    enum Decision: Sendable, Equatable {
        /// The answer is the result.
        case take
        case repeatAfter(Duration)
        case renewCredentials
    }

    static let mostRepeats = 10
    /// A server that asks for more is not waited for; the caller's own backoff takes over.
    static let longestWait = Duration.seconds(30)
    static let longestSum = Duration.seconds(60)

    private var repeats = 0
    private var waited = Duration.zero
    private var hasRenewed = false

    init() {}

    /// The server's wish is asked for only where it counts.
    mutating func decide(status: Int, retryAfter: @autoclosure () -> Duration?) -> Decision {
        switch status {
        case 401 where !hasRenewed:
            hasRenewed = true
            return .renewCredentials
        case 429, 503:
            guard let retryAfter = retryAfter(), repeats < Self.mostRepeats, retryAfter <= Self.longestWait,
                waited + retryAfter <= Self.longestSum
            else { return .take }
            repeats += 1
            waited += retryAfter
            return .repeatAfter(retryAfter)
        default: return .take
        }
    }

    /// The field's value in seconds; a date, which no API server sends, counts as none.
    static func retryAfter(_ field: String?) -> Duration? {
        guard let field, let seconds = Int(field), seconds >= 0, seconds < 1_000_000 else { return nil }
        return .seconds(seconds)
    }
}
