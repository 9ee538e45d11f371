/// Why an exchange ended without a whole answer.
package struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds that a caller may want to tell apart.
    package enum Kind: Sendable, Equatable {
        /// The waiting task was cancelled.
        case cancelled
        /// The client has been shut down.
        case shutDown
        /// No connection came about: the name is unknown, nobody listens, no route. The server has seen nothing.
        case cannotConnect
        /// The server's certificate, or ours, is not accepted.
        case untrusted
        /// The whole time is over.
        case timedOut
        /// No byte arrived for the idle time.
        case silent
        /// The connection ended before the answer did.
        case connectionLost
        /// The answer, or what waits of it, is longer than allowed.
        case tooLarge
        /// The request or the client's options cannot be used: a URL that is none, a certificate file not there.
        case unusable
    }

    package let kind: Kind
    /// A sentence for the person who must act.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}

extension TransportError {
    static let cancelled = TransportError(.cancelled, "The request was cancelled.")
    static let shutDown = TransportError(.shutDown, "The HTTP client has been shut down; no request can be sent.")

    static func silent(_ server: String, for time: Duration) -> TransportError {
        TransportError(
            .silent,
            "No byte came from \(server) for \(time.components.seconds) s; the stream was given up."
        )
    }

    static func bodyTooLarge(_ server: String, limit: Int) -> TransportError {
        TransportError(.tooLarge, "The answer from \(server) is longer than the \(limit) bytes that are accepted.")
    }

    static func streamOverflow(_ server: String, limit: Int) -> TransportError {
        TransportError(
            .tooLarge,
            "More than \(limit) bytes of a stream from \(server) waited to be read; the stream was given up."
        )
    }
}
