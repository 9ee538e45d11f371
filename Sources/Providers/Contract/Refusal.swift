/// A no: why something is not done, for the person who must act.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// CamelCase and stable; becomes a condition's or a request's reason.
    package let reason: String
    /// A sentence that says what is wrong and what to do instead; holds no secret.
    package let message: String

    package init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var description: String { "\(reason): \(message)" }
}
