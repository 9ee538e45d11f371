import JSON

/// The rules of a definition that Swift states where the definition has expressions (CEL).
///
/// The breaches of an object, and of its change when there is an older one, with the messages of the expressions.
struct ObjectRules: Sendable {
    let validate: @Sendable (_ new: JSONValue, _ old: JSONValue?) -> [APIFailure.Cause]
}
