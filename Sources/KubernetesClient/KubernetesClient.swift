internal import HTTP
internal import KubernetesAPI

/// What became of one HTTP exchange, for metrics.
package struct RequestObservation: Sendable {
    package let method: String
    package let host: String
    /// The HTTP status; nil when no answer came.
    package let status: Int?
    /// From sending to the whole answer, or to the head of a watch.
    package let duration: Duration
}

/// A client of one Kubernetes API server, as one user.
///
/// Cheap to copy; all copies share connections and credentials. Every call may be made from any task, is bounded in
/// time and ends at once when its task is cancelled. A 429 or 503 with a Retry-After is waited for and repeated, a 401
/// is repeated once with credentials read anew; nothing else is. Requests, not watches, keep to the configuration's rate.
package struct KubernetesClient: Sendable {
    let http: HTTPClient
    let configuration: ClientConfiguration
    private let credentials: CredentialSource
    private let userAgent: String
    private let observe: @Sendable (RequestObservation) -> Void
    private var limiter: RequestLimiter?

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: Where the server is and who we are.
    ///   - userAgent: Name and version, as `dbaas-operator/1.2.3`.
    ///   - observe: Called after each exchange, also a failed one; must return at once.
    package init(
        configuration: ClientConfiguration,
        userAgent: String,
        observe: @escaping @Sendable (RequestObservation) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.userAgent = userAgent
        self.observe = observe
        http = HTTPClient(configuration.http)
        credentials = CredentialSource(configuration.credentials)
        limiter = configuration.rateLimit.map { RequestLimiter(rate: $0.rate, burst: $0.burst) }
    }

    /// The same client for requests that must not wait behind others, as the renewal of a Lease.
    package var unlimited: KubernetesClient {
        var copy = self
        copy.limiter = nil
        return copy
    }

    /// The thread that sends the requests, for the tasks that make them; see ``HTTPClient/executor``.
    package var executor: any TaskExecutor { http.executor }

    /// Returns when the client has been shut down; cancelling the task shuts it down.
    package func run() async { await http.run() }

    /// Ends everything under way; later calls fail as cancelled.
    package func shutDown() { http.shutDown() }

    /// Sends a request and gives the body of a good answer; any other one is thrown.
    package func send(_ request: APIRequest) async throws(APIError) -> [UInt8] {
        let line = RequestLine(method: request.method, path: request.path)
        let response = try await exchange(request, line) { http, request throws(TransportError) in
            try await http.send(request)
        }
        guard (200..<300).contains(response.status) else {
            throw APIError(answer: response.status, headers: response.headers, body: response.body, line)
        }
        return response.body
    }

    /// Opens a stream and gives it when the server has agreed; any other answer is thrown.
    func open(_ request: APIRequest, idleTimeout: Duration?) async throws(APIError) -> HTTPStream {
        let line = RequestLine(method: request.method, path: request.path)
        let stream = try await exchange(request, line, isStream: true) {
            http,
            request throws(TransportError) in
            try await http.stream(request)
        }
        guard (200..<300).contains(stream.status), !APIError.isHTML(stream.headers) else {
            let body: [UInt8]
            do throws(TransportError) {
                body = try await stream.collect(limit: 1 << 20)
            } catch {
                throw APIError(error, line)
            }
            throw APIError(answer: stream.status, headers: stream.headers, body: body, line)
        }
        stream.limitSilence(to: idleTimeout)
        return stream
    }

    /// Sends, and sends again, as ``RetryPolicy`` says; the result may have any status.
    private func exchange<Answer: HTTPAnswer>(
        _ request: APIRequest,
        _ line: RequestLine,
        isStream: Bool = false,
        _ send: (HTTPClient, HTTPRequest) async throws(TransportError) -> Answer
    ) async throws(APIError) -> Answer {
        var policy = RetryPolicy()
        while true {
            let authorization: Authorization
            do throws(CredentialError) {
                authorization = try await credentials.current()
            } catch {
                throw error.isCancelled ? APIError(.cancelled, line) : APIError(.credentials(error.message), line)
            }
            var sent = httpRequest(request, authorization)
            if isStream {
                // A stream has no end in time, but its head has.
                sent.idleTimeout = sent.timeout
                sent.timeout = nil
            } else if let limiter {
                sent.delay = limiter.takeTurn()
            }
            let answer = try await observed(sent, line, send)
            let decision = policy.decide(
                status: answer.status,
                retryAfter: RetryPolicy.retryAfter(answer.headers["Retry-After"])
            )
            switch decision {
            case .take: return answer
            case .renewCredentials:
                guard credentials.renew(authorization) else { return answer }
            case .repeatAfter(let pause):
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    throw APIError(.cancelled, line)
                }
            }
        }
    }

    private func observed<Answer: HTTPAnswer>(
        _ request: HTTPRequest,
        _ line: RequestLine,
        _ send: (HTTPClient, HTTPRequest) async throws(TransportError) -> Answer
    ) async throws(APIError) -> Answer {
        let start = ContinuousClock.now + request.delay
        var status: Int?
        defer {
            let duration = start.duration(to: .now)
            // One that was cancelled before its turn has been no exchange.
            if duration >= .zero {
                observe(
                    RequestObservation(
                        method: request.method,
                        host: configuration.host,
                        status: status,
                        duration: duration
                    )
                )
            }
        }
        do throws(TransportError) {
            let answer = try await send(http, request)
            status = answer.status
            return answer
        } catch {
            if error.kind == .cancelled, start > .now { limiter?.giveBack() }
            throw APIError(error, line)
        }
    }

    private func httpRequest(_ request: APIRequest, _ authorization: Authorization) -> HTTPRequest {
        var headers: HTTPHeaders = ["Accept": request.accept, "User-Agent": userAgent]
        if let field = authorization.field { headers.add("Authorization", field) }
        if let type = request.contentType { headers.add("Content-Type", type) }
        return HTTPRequest(
            method: request.method,
            url: configuration.server + request.target,
            headers: headers,
            body: request.body,
            timeout: configuration.requestTimeout,
            identity: authorization.identity
        )
    }
}

/// What a whole answer and a stream have in common.
protocol HTTPAnswer: Sendable {
    var status: Int { get }
    var headers: HTTPHeaders { get }
}

extension HTTPResponse: HTTPAnswer {}
extension HTTPStream: HTTPAnswer {}
