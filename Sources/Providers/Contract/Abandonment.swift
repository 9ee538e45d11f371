/// An object that a clean-up lets go although something of it stays behind, since waiting for it would have no end.
package struct Abandonment: Sendable, Hashable {
    /// The write that lets it go; its target is the object.
    package let intent: Intent
    /// Of the object.
    package let uid: String
    /// CamelCase.
    package let reason: String
    /// A sentence for the cluster's owner: which object, what stays where, and what to do about it.
    package let message: String

    package init(_ intent: Intent, uid: String, reason: String, message: String) {
        self.intent = intent
        self.uid = uid
        self.reason = reason
        self.message = message
    }
}
