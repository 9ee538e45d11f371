import JSON

/// An answer of the API: its status, its fields, and a body that may go on for as long as a watch does.
struct APIResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Batches of whole lines, each to be sent at once.
        case stream(WatchStream)
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body

    init(status: Int = 200, contentType: String, body: Body) {
        self.status = status
        headers = [("Content-Type", contentType)]
        self.body = body
    }

    static func text(_ text: String, status: Int = 200) -> APIResponse {
        var response = APIResponse(
            status: status,
            contentType: "text/plain; charset=utf-8",
            body: .bytes(Array(text.utf8))
        )
        if status == 404 { response.headers.append(("X-Content-Type-Options", "nosniff")) }
        return response
    }

    static func json(_ bytes: [UInt8], status: Int = 200, contentType: String = "application/json") -> APIResponse {
        APIResponse(status: status, contentType: contentType, body: .bytes(bytes))
    }

    static func json(_ value: JSONValue, status: Int = 200) -> APIResponse { json(value.serialized(), status: status) }

    static func failure(_ failure: APIFailure) -> APIResponse {
        var response = json(failure.status, status: failure.code)
        if let seconds = failure.details?.retryAfterSeconds {
            response.headers.append(("Retry-After", String(seconds)))
        }
        return response
    }

    /// The answer to a path that nothing serves.
    static let pageNotFound = text("404 page not found\n", status: 404)

    /// Adds a warning that clients show to their user.
    mutating func warn(_ sentence: String) {
        var quoted = ""
        for character in sentence.unicodeScalars {
            if character == "\"" || character == "\\" { quoted.append("\\") }
            if character.value >= 0x20 { quoted.unicodeScalars.append(character) }
        }
        headers.append(("Warning", "299 - \"\(quoted)\""))
    }
}
