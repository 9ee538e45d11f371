internal import HTTP

/// How a user proves who it is, besides a client certificate in the configuration.
enum Credentials: Sendable {
    case none
    case token(String)
    /// The token is read again whenever the file changes.
    case tokenFile(String)
    case basic(user: String, password: String)
    case exec(ExecPlugin)

    var areSecret: Bool {
        if case .none = self { false } else { true }
    }
}

/// What goes with a request.
struct Authorization: Sendable, Equatable {
    /// The value of the Authorization field.
    var field: String?
    /// A client certificate from a plugin.
    var identity: TLSIdentity?
}

/// Why there are no credentials; the message says what to do and holds nothing secret.
struct CredentialError: Error, Sendable, Equatable {
    let message: String
    var isCancelled = false

    static let cancelled = CredentialError(message: "The request was cancelled.", isCancelled: true)
}
