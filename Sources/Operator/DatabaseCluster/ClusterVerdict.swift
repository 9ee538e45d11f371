import CRDs
import KubernetesAPI
import Providers

/// What came of one look at a cluster, apart from how its database is.
enum ClusterVerdict: Equatable {
    /// The children are as they shall be.
    case applied
    /// They are, but what their operators report may still be about the wish before.
    case applying(message: String)
    /// The wish cannot be carried out, and nothing was written.
    case refused([Refusal])
    /// No provider of this operator serves it.
    case withoutProvider(Refusal)
    /// The child operator's kinds are not installed.
    case providerMissing([ResourceType])
    /// They are, but the operator may not read one of them; the sentence says which.
    case providerForbidden(String)
    /// The provider waits for something before it renders anything.
    case waiting(reason: String, message: String)
    /// A child could not be written; `isFinal` when only somebody's action can help.
    case writeFailed(reason: String, message: String, isFinal: Bool, isDrift: Bool)
    /// A person asked to keep hands off.
    case paused
    /// It is going; the message says what is still there.
    case deleting(message: String)
}
