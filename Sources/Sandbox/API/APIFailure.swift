import JSON

/// A request's failure, as the Status object that says it.
package struct APIFailure: Error, Sendable, Hashable {
    /// A cause of an invalid object: the machine's word, the sentence, and the field.
    struct Cause: Sendable, Hashable {
        let reason: String
        let message: String
        let field: String
    }

    /// What the failure is about; nil where the API server leaves the details out altogether.
    struct Details: Sendable, Hashable {
        var name = ""
        var group = ""
        var kind = ""
        var uid = ""
        var causes: [Cause] = []
        var retryAfterSeconds: Int?
    }

    let code: Int
    let reason: String
    let message: String
    var details: Details?
    /// Where a list may go on that cannot go on as it began.
    var continueToken: String?

    /// One without details.
    package init(code: Int, reason: String, message: String) {
        self.init(code: code, reason: reason, message: message, details: nil)
    }

    init(code: Int, reason: String, message: String, details: Details?, continueToken: String? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.continueToken = continueToken
    }

    var isNotFound: Bool { reason == "NotFound" }
    var isAlreadyExists: Bool { reason == "AlreadyExists" }
    var isConflict: Bool { reason == "Conflict" }
    var isInvalid: Bool { reason == "Invalid" }
}

extension APIFailure {
    /// The Status object that a client reads.
    var status: JSONValue {
        var fields: JSONObject = [
            "apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Failure", "code": JSONValue(code),
        ]
        if let continueToken { fields["metadata"] = ["continue": .string(continueToken)] }
        if !message.isEmpty { fields["message"] = .string(message) }
        if !reason.isEmpty { fields["reason"] = .string(reason) }
        if let details { fields["details"] = details.json }
        return .object(fields)
    }
}

extension APIFailure.Details {
    var json: JSONValue {
        var fields = JSONObject()
        for (field, text) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !text.isEmpty {
            fields[field] = .string(text)
        }
        if !causes.isEmpty { fields["causes"] = .array(causes.map(\.json)) }
        if let retryAfterSeconds { fields["retryAfterSeconds"] = JSONValue(retryAfterSeconds) }
        return .object(fields)
    }
}

extension APIFailure.Cause {
    var json: JSONValue {
        var fields = JSONObject()
        for (name, text) in [("reason", reason), ("message", message), ("field", field)] where !text.isEmpty {
            fields[name] = .string(text)
        }
        return .object(fields)
    }
}

extension APIFailure: CustomStringConvertible {
    /// The sentence.
    package var description: String { message }
}
