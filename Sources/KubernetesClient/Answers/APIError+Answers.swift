internal import HTTP
internal import JSON
internal import KubernetesAPI

extension APIError {
    init(_ error: TransportError, _ request: RequestLine) {
        switch error.kind {
        case .cancelled, .shutDown: self.init(.cancelled, request)
        case .tooLarge: self.init(.invalidAnswer(error.message), request)
        case .unusable: self.init(.invalidRequest(error.message), request)
        case .untrusted: self.init(.transport("\(error.message) \(Self.adviceOnTrust)"), request)
        case .cannotConnect, .timedOut, .silent, .connectionLost: self.init(.transport(error.message), request)
        }
    }

    private static let adviceOnTrust =
        "In the kubeconfig, check the server's address, certificate-authority, and the user's client certificate;"
        + " where the certificate is for another name, set tls-server-name to a name that it has."

    /// What an answer with an error status says.
    ///
    /// An API server answers with a Status, except for paths that it does not serve at all: there it says
    /// "404 page not found" in plain text. Anything else comes from something in between, and must not be taken for
    /// the server's word: a proxy's 404 does not mean that an object is gone.
    init(answer status: Int, headers: HTTPHeaders, body: [UInt8], _ request: RequestLine) {
        let retryAfter = RetryPolicy.retryAfter(headers["Retry-After"])
        if let said = Self.status(in: body) {
            self.init(.server(said), request, retryAfter: retryAfter)
            return
        }
        let text = String(decoding: body.prefix(400), as: UTF8.self)
        let isPlainText = !Self.isHTML(headers) && !text.drop { $0.isWhitespace }.hasPrefix("<")
        if isPlainText, status != 404 || text.hasPrefix("404 page not found") {
            let said = APIStatus(
                code: status,
                reason: Self.reason(for: status),
                message: "The server answered \(status) without saying why"
                    + (text.isEmpty ? "." : ": \(Self.oneLine(text))")
            )
            self.init(.server(said), request, retryAfter: retryAfter)
        } else {
            self.init(
                .invalidAnswer(
                    Self.notFromAnAPIServer("\(status), \(headers["Content-Type"] ?? "no content type")", text)
                ),
                request,
                retryAfter: retryAfter
            )
        }
    }

    /// Nil when the body is no Status.
    private static func status(in body: [UInt8]) -> APIStatus? {
        try? JSONDocument.decode(body) { (element) throws(JSONError) in
            element["kind"]?.isString("Status") == true ? try APIStatus(from: element) : nil
        }
    }

    /// Makes sure that a body is JSON from the outside, so that a log-in page is not blamed on a decoder.
    static func checkJSON(_ body: [UInt8], _ request: RequestLine) throws(APIError) {
        let first = body.first { !($0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09) }
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
            let text = String(decoding: body.prefix(400), as: UTF8.self)
            throw APIError(.invalidAnswer(notFromAnAPIServer("no JSON", text)), request)
        }
    }

    private static func notFromAnAPIServer(_ kind: String, _ text: String) -> String {
        let start = text.isEmpty ? "" : " It begins: \(oneLine(text))"
        return "The answer (\(kind)) does not come from a Kubernetes API server; is there a proxy in between,"
            + " or is the address wrong?" + start
    }

    /// Whether a page for people is announced, which no API server sends.
    static func isHTML(_ headers: HTTPHeaders) -> Bool { headers["Content-Type"]?.hasPrefix("text/html") == true }

    private static func oneLine(_ text: String) -> String {
        let line = text.split { $0.isWhitespace }.joined(separator: " ")
        return line.count > 160 ? line.prefix(160) + "…" : line
    }

    /// The reasons that an API server gives with these codes.
    private static func reason(for code: Int) -> String {
        switch code {
        case 400: "BadRequest"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "NotFound"
        case 405: "MethodNotAllowed"
        case 406: "NotAcceptable"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "RequestEntityTooLarge"
        case 415: "UnsupportedMediaType"
        case 422: "Invalid"
        case 429: "TooManyRequests"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        case 504: "Timeout"
        default: ""
        }
    }
}
