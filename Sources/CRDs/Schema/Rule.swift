package import JSON

/// A rule of a schema that no type or bound can state, in both languages that hold it.
///
/// The API server runs the expression (CEL, `x-kubernetes-validations`); this process runs the closure, which says the
/// same. They stand in one value so that neither can be without the other.
package struct Rule: Sendable {
    /// Why a value is refused, in the API server's words.
    package enum Reason: String, Sendable, Hashable {
        case invalid = "FieldValueInvalid"
        case forbidden = "FieldValueForbidden"
    }

    /// The rule over the value, or over the value and the one it replaces.
    package enum Check: Sendable {
        case value(@Sendable (_ value: JSONValue) -> Bool)
        /// Runs on updates only, where both values are there.
        case transition(@Sendable (_ value: JSONValue, _ old: JSONValue) -> Bool)
    }

    /// The rule in CEL.
    package let expression: String
    /// What is told when it does not hold.
    package let message: String
    /// The field that is to blame, relative to where the rule stands, like `.proxy.type`; nil means that place itself.
    package let fieldPath: String?
    /// Nil means ``Reason/invalid``, without being said in the definition.
    package let reason: Reason?
    /// True when the rule holds.
    ///
    /// Values of the wrong kind hold: the schema's types refuse them.
    package let check: Check

    init(
        _ expression: String,
        _ message: String,
        fieldPath: String? = nil,
        reason: Reason? = nil,
        holds: @escaping @Sendable (_ value: JSONValue) -> Bool
    ) {
        self.expression = expression
        self.message = message
        self.fieldPath = fieldPath
        self.reason = reason
        check = .value(holds)
    }

    init(
        transition expression: String,
        _ message: String,
        fieldPath: String? = nil,
        reason: Reason? = nil,
        holds: @escaping @Sendable (_ value: JSONValue, _ old: JSONValue) -> Bool
    ) {
        self.expression = expression
        self.message = message
        self.fieldPath = fieldPath
        self.reason = reason
        check = .transition(holds)
    }

    /// The value may never change.
    static func immutable(_ message: String) -> Rule {
        Rule(transition: "self == oldSelf", message) { $0 == $1 }
    }

    /// The item of `x-kubernetes-validations`.
    var json: JSONValue {
        var fields: JSONObject = ["rule": .string(expression), "message": .string(message)]
        fields["fieldPath"] = fieldPath.map(JSONValue.string)
        fields["reason"] = reason.map { .string($0.rawValue) }
        return .object(fields)
    }
}

/// One reason why a value is refused, as the API server's Status lists it among its causes.
package struct FieldViolation: Sendable, Equatable {
    /// The field's path, like `spec.storage`; `<nil>` for the whole object, as the API server writes it.
    package let field: String
    package let reason: Rule.Reason
    package let message: String
    /// The refused value; nil for objects and lists, which messages leave out.
    package let value: JSONValue?
}
