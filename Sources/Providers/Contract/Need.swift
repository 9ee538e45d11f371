package import JSON
package import KubernetesAPI

/// Something that a provider must know and does not watch.
///
/// The shell reads it, from a store or live, adds the answer to ``Observed/answers`` and asks again.
package enum Need: Sendable, Hashable {
    /// The whole object; answered by ``NeedAnswer/object(_:)`` or absent. Never asked for a Secret.
    ///
    /// The namespace is empty for a kind without one.
    case object(ResourceType, ObjectKey)
    /// The names of the keys that a Secret has, without their values; answered by ``NeedAnswer/keys(_:)`` or absent.
    case secretKeys(ObjectKey)
    /// The certificate in a Secret (`tls.crt`), which is public, as far as to tell it from another one; answered by
    /// ``NeedAnswer/fingerprint(_:)``, or absent, also where the Secret holds none.
    case certificate(ObjectKey)
    /// All objects of a kind in a namespace (empty: in none) that match a label selector (empty: all).
    ///
    /// Answered by ``NeedAnswer/objects(_:)``; absent when the kind is not installed.
    case list(ResourceType, namespace: String, labelSelector: String)
}

/// What the shell found for a ``Need``.
package enum NeedAnswer: Sendable, Hashable {
    /// There is no such object, or its kind is not installed.
    case absent
    case object(JSONValue)
    case objects([JSONValue])
    case keys([String])
    /// Letters and digits that are others for another certificate, and the same in every process.
    case fingerprint(String)
}
