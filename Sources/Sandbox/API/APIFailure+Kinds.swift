import KubernetesAPI

/// The failures of the API, in the words of kube-apiserver.
extension APIFailure {
    static func notFound(_ place: GroupResource, _ name: String) -> APIFailure {
        APIFailure(
            code: 404,
            reason: "NotFound",
            message: "\(place) \"\(name)\" not found",
            details: Details(name: name, group: place.group, kind: place.plural)
        )
    }

    static func alreadyExists(_ place: GroupResource, _ name: String) -> APIFailure {
        APIFailure(
            code: 409,
            reason: "AlreadyExists",
            message: "\(place) \"\(name)\" already exists",
            details: Details(name: name, group: place.group, kind: place.plural)
        )
    }

    static func modified(_ place: GroupResource, _ name: String) -> APIFailure {
        conflict(
            place,
            name,
            "the object has been modified; please apply your changes to the latest version and try again"
        )
    }

    static func conflict(_ place: GroupResource, _ name: String, _ why: String) -> APIFailure {
        APIFailure(
            code: 409,
            reason: "Conflict",
            message: "Operation cannot be fulfilled on \(place) \"\(name)\": \(why)",
            details: Details(name: name, group: place.group, kind: place.plural)
        )
    }

    static func badRequest(_ message: String) -> APIFailure {
        APIFailure(code: 400, reason: "BadRequest", message: message)
    }

    static func forbidden(_ place: GroupResource, _ name: String, _ why: String) -> APIFailure {
        let what = name.isEmpty ? "\(place) is forbidden: " : "\(place) \"\(name)\" is forbidden: "
        return APIFailure(
            code: 403,
            reason: "Forbidden",
            message: what + why,
            details: Details(name: name, group: place.group, kind: place.plural)
        )
    }

    /// An object that breaks rules; `kind` is a kind with its group, or a plural name where the server says that.
    static func invalid(kind: String, group: String, name: String, _ causes: [Cause]) -> APIFailure {
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        var sentences: [String] = []
        for cause in causes {
            let sentence = "\(cause.field): \(cause.message)"
            if !sentences.contains(sentence) { sentences.append(sentence) }
        }
        let list = sentences.joined(separator: ", ")
        let what = sentences.count > 1 ? "[\(list)]" : list
        return APIFailure(
            code: 422,
            reason: "Invalid",
            message: "\(qualified) \"\(name)\" is invalid: \(what)",
            details: Details(name: name, group: group, kind: kind, causes: causes)
        )
    }

    static let noSuchResource = APIFailure(
        code: 404,
        reason: "NotFound",
        message: "the server could not find the requested resource",
        details: Details()
    )

    static let methodNotAllowed = APIFailure(
        code: 405,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource",
        details: Details()
    )

    /// A verb that a custom kind does not have.
    static func unsupportedVerb(_ verb: String, _ place: GroupResource) -> APIFailure {
        APIFailure(
            code: 405,
            reason: "MethodNotAllowed",
            message: "\(verb) is not supported on resources of kind \"\(place)\"",
            details: Details(group: place.group, kind: place.plural)
        )
    }

    /// A patch that decodes but cannot be carried out on this object.
    static let unprocessable = APIFailure(
        code: 422,
        reason: "Invalid",
        message: "the server rejected our request due to an error in our request",
        details: Details()
    )

    static func unsupportedMediaType(_ accepted: some Sequence<String>) -> APIFailure {
        APIFailure(
            code: 415,
            reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format - accepted media types include: "
                + accepted.joined(separator: ", ")
        )
    }

    static func notAcceptable(_ accepted: [String]) -> APIFailure {
        APIFailure(
            code: 406,
            reason: "NotAcceptable",
            message: "only the following media types are accepted: " + accepted.joined(separator: ", ")
        )
    }

    static func expired(_ revision: UInt64, oldest: UInt64) -> APIFailure {
        APIFailure(
            code: 410,
            reason: "Expired",
            message: "too old resource version: \(revision) (\(oldest))"
        )
    }

    /// A page of a list whose moment is forgotten; with the token the rest can be had as it is now.
    static func continueExpired(_ token: ContinueToken) -> APIFailure {
        var failure = APIFailure(
            code: 410,
            reason: "Expired",
            message: "The provided continue parameter is too old to display a consistent list result. You can start a "
                + "new list without the continue parameter, or use the continue token in this response to retrieve the "
                + "remainder of the results. Continuing with the provided token results in an inconsistent list - "
                + "objects that were created, modified, or deleted between the time the first chunk was returned and "
                + "now may show up in the list."
        )
        failure.continueToken = token.text
        return failure
    }

    static func revisionTooLarge(_ revision: UInt64, current: UInt64) -> APIFailure {
        let cause = Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")
        return APIFailure(
            code: 504,
            reason: "Timeout",
            message: "Timeout: Too large resource version: \(revision), current: \(current)",
            details: Details(causes: [cause], retryAfterSeconds: 1)
        )
    }

    static func internalError(_ message: String) -> APIFailure {
        APIFailure(
            code: 500,
            reason: "InternalError",
            message: "Internal error occurred: \(message)",
            details: Details(causes: [Cause(reason: "", message: message, field: "")])
        )
    }

    static let requestEntityTooLarge = APIFailure(
        code: 413,
        reason: "RequestEntityTooLarge",
        message: "Request entity too large: limit is 3145728"
    )
}

/// The causes of an invalid object, in the words of kube-apiserver.
extension APIFailure.Cause {
    static func required(_ field: String, _ why: String) -> Self {
        Self(
            reason: "FieldValueRequired",
            message: why.isEmpty ? "Required value" : "Required value: \(why)",
            field: field
        )
    }

    /// - Parameter value: the value as JSON, so a string comes with its quotes.
    static func invalid(_ field: String, _ value: String, _ why: String) -> Self {
        Self(reason: "FieldValueInvalid", message: "Invalid value: \(value): \(why)", field: field)
    }

    static func forbidden(_ field: String, _ why: String) -> Self {
        Self(reason: "FieldValueForbidden", message: "Forbidden: \(why)", field: field)
    }

    static func notSupported(_ field: String, _ value: String, _ supported: [String]) -> Self {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return Self(
            reason: "FieldValueNotSupported",
            message: "Unsupported value: \(value): supported values: \(list)",
            field: field
        )
    }
}
