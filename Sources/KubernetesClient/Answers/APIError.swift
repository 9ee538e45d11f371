package import KubernetesAPI

/// What was asked, without the query: enough to find the place, and free of anything secret.
package struct RequestLine: Sendable, Equatable, CustomStringConvertible {
    package let method: String
    package let path: String

    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    package var description: String { "\(method) \(path)" }
}

/// Why a request to the API server has no result.
package struct APIError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was; the texts are sentences.
    package enum Kind: Sendable {
        /// The server has refused, or failed, and says why.
        case server(APIStatus)
        /// No whole answer came; whether the server has acted is unknown.
        case transport(String)
        /// An answer came that is not one of an API server: HTML from a proxy, half an object, too long a line.
        case invalidAnswer(String)
        /// There are no credentials to send: the plugin fails, the token file is gone.
        case credentials(String)
        /// The request cannot be made as asked; nothing was sent.
        case invalidRequest(String)
        /// The waiting task was cancelled, or the client shut down.
        case cancelled
    }

    package let kind: Kind
    package let request: RequestLine
    /// How long the server asks to wait, from the Retry-After field or the status.
    package let retryAfter: Duration?

    package init(_ kind: Kind, _ request: RequestLine, retryAfter: Duration? = nil) {
        self.kind = kind
        self.request = request
        if let retryAfter {
            self.retryAfter = retryAfter
        } else if case .server(let status) = kind, let seconds = status.details?.retryAfterSeconds, seconds > 0 {
            self.retryAfter = .seconds(seconds)
        } else {
            self.retryAfter = nil
        }
    }

    /// What the server said; nil when it said nothing.
    package var status: APIStatus? {
        if case .server(let status) = kind { status } else { nil }
    }

    /// The sentence alone, without the request.
    package var message: String {
        switch kind {
        case .server(let status): status.message.isEmpty ? "\(status.reason) (\(status.code))" : status.message
        case .transport(let text), .invalidAnswer(let text), .credentials(let text), .invalidRequest(let text): text
        case .cancelled: "The request was cancelled."
        }
    }

    package var description: String {
        if case .server(let status) = kind { return "\(request) was answered by \(status.code): \(message)" }
        return "\(request): \(message)"
    }
}

// MARK: - What to do about it

extension APIError {
    /// The object or its kind does not exist.
    package var isNotFound: Bool { has("NotFound", orCode: 404) }

    /// Somebody else has changed the object, or owns the fields.
    package var isConflict: Bool { has("Conflict", orCode: 409) && !isAlreadyExists }

    /// An object of that name is there already.
    package var isAlreadyExists: Bool { status?.reason == "AlreadyExists" }

    /// The resource version or the continuation is too old; list again.
    package var isExpired: Bool { status?.reason == "Expired" || isGone }

    /// The server no longer has what was asked for.
    package var isGone: Bool { status?.code == 410 || status?.reason == "Gone" }

    /// The object breaks a rule of its kind; only another object can help.
    package var isInvalid: Bool { has("Invalid", orCode: 422) }

    /// The request itself is not understood, as by an unknown field or parameter.
    package var isBadRequest: Bool { has("BadRequest", orCode: 400) }

    /// The credentials are good, but do not allow this.
    package var isForbidden: Bool { has("Forbidden", orCode: 403) }

    /// The credentials are not accepted.
    package var isUnauthorized: Bool { has("Unauthorized", orCode: 401) }

    /// The server is too busy.
    package var isTooManyRequests: Bool { has("TooManyRequests", orCode: 429) }

    package var isCancelled: Bool {
        if case .cancelled = kind { true } else { false }
    }

    /// Whether the same request may succeed a little later, without anybody changing anything.
    package var isRetriable: Bool {
        switch kind {
        case .transport, .credentials: true
        case .invalidAnswer: true
        case .server(let status): status.code == 429 || status.code >= 500 || isConflict
        case .invalidRequest, .cancelled: false
        }
    }

    /// The reason decides where there is one; the code is for servers that give none.
    private func has(_ reason: String, orCode code: Int) -> Bool {
        guard let status else { return false }
        return status.reason.isEmpty || status.reason == "Unknown" ? status.code == code : status.reason == reason
    }
}
