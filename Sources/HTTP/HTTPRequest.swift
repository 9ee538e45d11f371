/// A request to an absolute `http` or `https` URL.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Absolute and already percent-encoded.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?
    /// How long to wait before it is sent; requests after it that wait less overtake it.
    package var delay = Duration.zero
    /// The longest time the whole exchange may take after the delay, waiting for a free connection included; nil = no
    /// limit.
    package var timeout: Duration?
    /// The longest silence of a stream, the time until its head included; nil = no limit.
    package var idleTimeout: Duration?
    /// The client certificate for this request, where it is not that of the client's options.
    package var identity: TLSIdentity?

    package init(
        method: String = "GET",
        url: String,
        headers: HTTPHeaders = [:],
        body: [UInt8]? = nil,
        timeout: Duration? = .seconds(30),
        idleTimeout: Duration? = nil,
        identity: TLSIdentity? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.idleTimeout = idleTimeout
        self.identity = identity
    }
}

/// A whole answer.
///
/// Any status is an answer; nothing here throws because of one.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let body: [UInt8]
    private let head: ResponseHead

    /// Taken from the bytes at each call.
    package var headers: HTTPHeaders { head.headers }

    init(head: ResponseHead, body: [UInt8]) {
        status = head.status
        self.head = head
        self.body = body
    }
}
