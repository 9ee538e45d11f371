package import JSON
package import KubernetesAPI

/// One write that a provider wants; carried out by the shell in the given order.
///
/// Every one may be repeated: a create of an object that is there and is ours, and a delete of one that is gone, are
/// successes.
package enum Intent: Sendable, Hashable {
    /// Server-side apply, with force.
    case apply(DesiredObject, fieldManager: String)
    /// Create; for objects that act once.
    case create(DesiredObject)
    /// A patch of an object that must exist; subresource is nil for the object itself.
    case patch(
        ResourceType,
        ObjectKey,
        format: PatchFormat,
        body: JSONValue,
        subresource: String? = nil,
        fieldManager: String = FieldManager.operations
    )
    /// A new Secret with the type and data of another one; one that is there already stays as it is.
    ///
    /// For databases that bring their users along with their data. What a Secret holds passes through the shell alone.
    case copySecret(ObjectKey, to: ObjectKey, labels: [String: String])
    /// Delete; with a uid only the object that has it, and with a resourceVersion only as that has it.
    ///
    /// An object with another version is a conflict, so that it is looked at anew.
    case delete(
        ResourceType,
        ObjectKey,
        propagation: DeletionPropagation = .background,
        uid: String? = nil,
        resourceVersion: String? = nil
    )
}

/// How a patch is written.
package enum PatchFormat: String, Sendable, Hashable {
    /// RFC 7386.
    case merge
    /// RFC 6902.
    case json
}

/// What happens to the objects that a deleted one owns; the raw value is the API's word.
package enum DeletionPropagation: String, Sendable, Hashable {
    case background = "Background"
    case foreground = "Foreground"
    /// They stay, and lose their reference to it.
    case orphan = "Orphan"
}

extension Intent {
    /// The object it is about.
    package var target: (resource: ResourceType, key: ObjectKey) {
        switch self {
        case .apply(let object, _), .create(let object): (object.resource, object.key)
        case .patch(let resource, let key, _, _, _, _): (resource, key)
        case .copySecret(_, let key, _): (.secret, key)
        case .delete(let resource, let key, _, _, _): (resource, key)
        }
    }
}
