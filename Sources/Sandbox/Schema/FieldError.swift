import JSON

/// What is wrong with one field of an object, in the API server's own words.
///
/// The words follow `k8s.io/apimachinery/pkg/util/validation/field`; `field` is a path such as `spec.ports[0].port`, or
/// `<nil>` when the whole object is meant.
struct FieldError: Sendable, Equatable {
    /// The reason a cause carries, such as `FieldValueInvalid`.
    enum Kind: String, Sendable {
        case notFound = "FieldValueNotFound"
        case required = "FieldValueRequired"
        case duplicate = "FieldValueDuplicate"
        case invalid = "FieldValueInvalid"
        case notSupported = "FieldValueNotSupported"
        case forbidden = "FieldValueForbidden"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        case typeInvalid = "FieldValueTypeInvalid"

        fileprivate var words: String {
            switch self {
            case .notFound: "Not found"
            case .required: "Required value"
            case .duplicate: "Duplicate value"
            case .invalid, .typeInvalid: "Invalid value"
            case .notSupported: "Unsupported value"
            case .forbidden: "Forbidden"
            case .tooLong: "Too long"
            case .tooMany: "Too many"
            }
        }
    }

    /// The value as it is shown to the person.
    enum BadValue: Sendable, Equatable {
        case json(JSONValue)
        /// JSON text whose field order matters, as that of a typed structure does.
        case text(String)
        case omitted
    }

    let kind: Kind
    let field: String
    let value: BadValue
    let detail: String

    init(_ kind: Kind, _ field: String, value: BadValue = .omitted, _ detail: String) {
        self.kind = kind
        self.field = field
        self.value = value
        self.detail = detail
    }

    /// The message of a cause: what is wrong, the value and the detail, without the field.
    var body: String {
        var text = kind.words
        switch (kind, value) {
        case (.required, _), (.forbidden, _), (.tooLong, _), (_, .omitted): break
        case (_, .text(let shown)): text += ": " + shown
        case (_, .json(let value)): text += ": " + GoText.shown(value)
        }
        return detail.isEmpty ? text : text + ": " + detail
    }

    /// The field and the body, as they stand in a status message.
    var message: String { field + ": " + body }
}

extension FieldError {
    /// A value that the rules refuse.
    static func invalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldError {
        FieldError(.invalid, field, value: .json(value), detail)
    }

    /// A value of another type than the schema's.
    static func typeInvalid(_ field: String, _ value: JSONValue, _ detail: String) -> FieldError {
        FieldError(.typeInvalid, field, value: .json(value), detail)
    }

    /// A field that has to be there.
    static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(.required, field, detail)
    }

    /// A second item where items are unique.
    static func duplicate(_ field: String, _ value: JSONValue) -> FieldError {
        FieldError(.duplicate, field, value: .json(value), "")
    }

    /// A value that would be right at another time.
    static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(.forbidden, field, detail)
    }

    /// A value outside of an enumeration; the supported values are shown in the order given.
    static func notSupported(_ field: String, _ value: JSONValue, supported: [String]) -> FieldError {
        let quoted = supported.map(GoText.quoted).joined(separator: ", ")
        let detail = supported.isEmpty ? "" : "supported values: " + quoted
        return FieldError(.notSupported, field, value: .json(value), detail)
    }

    /// A text that is too long; the API server says bytes also where it counts characters.
    static func tooLong(_ field: String, maximum: Int) -> FieldError {
        FieldError(.tooLong, field, "may not be more than \(maximum) \(maximum == 1 ? "byte" : "bytes")")
    }

    /// A list or a map with too many members.
    static func tooMany(_ field: String, actual: Int, maximum: Int) -> FieldError {
        let detail = "must have at most \(maximum) \(maximum == 1 ? "item" : "items")"
        return FieldError(.tooMany, field, value: .json(JSONValue(actual)), detail)
    }

    /// Whether the API server leaves out a definition's expression rules because of this error.
    var keepsRulesFromRunning: Bool {
        [.notSupported, .required, .tooLong, .tooMany, .typeInvalid].contains(kind)
    }

    /// What is told of rules that were left out.
    static let rulesNotChecked = FieldError.invalid(
        "<nil>",
        .null,
        "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
            + "validation"
    )
}
