/// What a reconcile has come to when it did not fail.
package enum Outcome: Sendable, Equatable {
    /// All is as it should be; the next change will wake the key.
    case done
    /// Look again after this time even if nothing changes.
    case requeue(after: Duration)
}

/// A failure that trying again cannot cure; only a change of the object can.
package struct TerminalError: Error, Sendable, CustomStringConvertible {
    /// A sentence for the person who must act.
    package let message: String

    /// An error with a sentence for the person who must act.
    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
