/// What the API server answers instead of an object (`metav1.Status`).
package struct APIStatus: Error, Sendable, Equatable {
    /// One thing that is wrong, often about one field.
    package struct Cause: Sendable, Equatable {
        /// One word for programs, as "FieldValueRequired".
        package var reason: String
        /// A sentence.
        package var message: String
        /// The field's path, as "spec.size"; may be empty.
        package var field: String

        /// A cause.
        package init(reason: String, message: String, field: String = "") {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// What the answer is about.
    package struct Details: Sendable, Equatable {
        /// The name of the object.
        package var name: String
        /// Its API group.
        package var group: String
        /// Its kind, or the plural of its resource.
        package var kind: String
        /// Its uid, when the server says it.
        package var uid: String
        /// What is wrong.
        package var causes: [Cause]
        /// After how many seconds to try again; 0 when the server does not say.
        package var retryAfterSeconds: Int

        /// Details with these parts.
        package init(
            name: String = "",
            group: String = "",
            kind: String = "",
            uid: String = "",
            causes: [Cause] = [],
            retryAfterSeconds: Int = 0
        ) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    /// The HTTP status code.
    package var code: Int
    /// One word for programs, one of ``Reason``'s or another; it says more than the code.
    package var reason: String
    /// A sentence.
    package var message: String
    /// What the answer is about; nil when the server does not say.
    package var details: Details?

    /// A failure.
    package init(code: Int, reason: String, message: String, details: Details? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    /// Whether it tells of success, as the answer to a deletion may.
    package var isSuccess: Bool { (200..<300).contains(code) }
}

extension APIStatus {
    /// The reasons of apimachinery's `metav1.StatusReason`.
    package enum Reason {
        /// 400.
        package static let badRequest = "BadRequest"
        /// 401.
        package static let unauthorized = "Unauthorized"
        /// 403.
        package static let forbidden = "Forbidden"
        /// 404.
        package static let notFound = "NotFound"
        /// 405.
        package static let methodNotAllowed = "MethodNotAllowed"
        /// 409 on creation.
        package static let alreadyExists = "AlreadyExists"
        /// 409 on a write with an old version, or an apply of another manager's fields.
        package static let conflict = "Conflict"
        /// 410: gone for good.
        package static let gone = "Gone"
        /// 410: the version is too old to list or watch from.
        package static let expired = "Expired"
        /// 415.
        package static let unsupportedMediaType = "UnsupportedMediaType"
        /// 422.
        package static let invalid = "Invalid"
        /// 500.
        package static let internalError = "InternalError"
        /// 503.
        package static let serviceUnavailable = "ServiceUnavailable"
        /// 504.
        package static let timeout = "Timeout"
    }
}
