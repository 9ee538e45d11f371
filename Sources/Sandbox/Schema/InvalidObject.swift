package import JSON

/// An object that the rules refuse: the 422 answer to its author.
package struct InvalidObject: Error, Sendable, Equatable {
    /// The group of the kind; empty for the core group.
    package let group: String
    package let kind: String
    /// The object's name; empty when it has none.
    package let name: String
    package let errors: [FieldError]

    package init(group: String, kind: String, name: String, errors: [FieldError]) {
        self.group = group
        self.kind = kind
        self.name = name
        self.errors = errors
    }

    /// The sentence of the status; equal messages are said once, several stand in brackets.
    package var message: String {
        let qualified = group.isEmpty ? kind : kind + "." + group
        return qualified + " " + GoText.quoted(name) + " is invalid: " + InvalidObject.joined(errors)
    }

    /// The whole `Status` object with its details and a cause for every error.
    package var status: JSONValue {
        var details: JSONValue = ["kind": .string(kind), "causes": .array(errors.map(InvalidObject.cause))]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": "Invalid", "details": details, "code": 422,
        ]
    }

    private static func cause(_ error: FieldError) -> JSONValue {
        ["reason": .string(error.kind.rawValue), "message": .string(error.body), "field": .string(error.field)]
    }

    private static func joined(_ errors: [FieldError]) -> String {
        var messages: [String] = []
        for error in errors where !messages.contains(error.message) { messages.append(error.message) }
        return messages.count == 1 ? messages[0] : "[" + messages.joined(separator: ", ") + "]"
    }
}

/// What strict field validation says about fields that a kind does not have and fields that occur twice.
package enum StrictDecoding {
    /// One complaint for each duplicate and then each unknown field, as a warning header carries it.
    package static func complaints(duplicates: [String], unknown: [String]) -> [String] {
        duplicates.map { "duplicate field " + GoText.quoted($0) } + unknown.map { "unknown field " + GoText.quoted($0) }
    }

    /// The sentence of the 400 answer to a request with `fieldValidation=Strict`.
    package static func message(kind: String, version: String, complaints: [String]) -> String {
        kind + " in version " + GoText.quoted(version) + " cannot be handled as a " + kind
            + ": strict decoding error: " + complaints.joined(separator: ", ")
    }
}
