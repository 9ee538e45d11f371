/// What a provider says before anything is rendered.
package enum HookAnswer: Sendable, Hashable {
    case proceed
    /// It must know these first.
    case need([Need])
    /// These must be carried out before anything is rendered; then it is asked again.
    case prepare([Intent])
    /// Nothing may be rendered yet: reason is CamelCase, message a sentence; look again after so long, or when a child
    /// changes.
    case wait(reason: String, message: String, after: Duration)
}

/// How far the clean-up of a cluster that is being deleted has come.
package enum CleanupAnswer: Sendable, Hashable {
    /// Nothing that must go is left: the finalizer may be removed.
    case done
    /// It must know these first.
    case need([Need])
    /// These come next; ask again when the store has seen them.
    case intents([Intent])
    /// The same, of objects that leave something behind: the owner is told of each before it is let go.
    case abandon([Abandonment])
    /// The child operator is at work; the message names what is still there.
    case wait(message: String)
}
