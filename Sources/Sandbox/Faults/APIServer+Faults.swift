import JSON

extension APIServer {
    /// Answers `POST /sandbox/faults`, and `GET` and `DELETE /sandbox/faults/ID`.
    func answerFaults(_ request: APIRequest, _ rest: some Collection<Substring>) throws(APIFailure) -> APIResponse {
        guard let text = rest.first else {
            guard request.method == "POST" else { throw .methodNotAllowed }
            let name = faults.arm(try Fault(request.body))
            return .json(faults.report(name) ?? [:], status: 201)
        }
        guard rest.count == 1, let name = Int(text), let report = faults.report(name) else { return .pageNotFound }
        if request.method == "DELETE" {
            faults.disarm(name)
            return .json(report)
        }
        return try get(request) { .json(report) }
    }
}

extension APIFailure {
    /// An answer that a test has asked for, in the words that such answers have.
    static func requested(_ code: Int) -> APIFailure {
        switch code {
        case 409:
            APIFailure(
                code: 409,
                reason: "Conflict",
                message:
                    "Operation cannot be fulfilled: the object has been modified; please apply your changes to the "
                    + "latest version and try again"
            )
        case 429:
            APIFailure(
                code: 429,
                reason: "TooManyRequests",
                message: "Too many requests, please try again later.",
                details: Details(retryAfterSeconds: 1)
            )
        case 500: .internalError("a test has asked for this")
        default: APIFailure(code: code, reason: "", message: "a test has asked for status \(code)")
        }
    }
}
