import JSON
package import KubernetesAPI

/// An object of which only the metadata is known.
package struct PartialObject: KubernetesObject {
    package let metadata: ObjectMeta

    /// The definitions of custom resources, cut down to their metadata.
    package static let definitions = ObjectKind<PartialObject>(resource: .customResourceDefinition) {
        (element) throws(JSONError) in
        PartialObject(
            metadata: try element["metadata"].map { (part) throws(JSONError) in try ObjectMeta(from: part) }
                ?? ObjectMeta(name: "")
        )
    }
}

/// Knows which custom kinds are installed, so that nobody has to ask for an absent one again and again.
///
/// Fed by the store of the definitions; while that is not filled, as where definitions may not be read, no kind counts
/// as absent.
package final class InstalledKinds: Sendable {
    private let definitions: ObjectStore<PartialObject>
    private let changed = SettledFlag()

    /// To be made before the store's reflector runs.
    package init(_ definitions: ObjectStore<PartialObject>) {
        self.definitions = definitions
        let changed = changed
        definitions.onChange { _ in changed.moved() }
    }

    /// Whether the kind is known not to be installed.
    ///
    /// Kinds of Kubernetes itself have no definition: their group has no dot, or ends in `.k8s.io`.
    package func isAbsent(_ resource: ResourceType) -> Bool {
        guard resource.group.contains("."), !resource.group.hasSuffix(".k8s.io"),
            definitions.resourceVersion(namespace: "") != nil
        else { return false }
        return definitions.get(ObjectKey(name: "\(resource.plural).\(resource.group)")) == nil
    }

    /// Returns when the kind is not known to be absent any more, or the task is cancelled.
    package func waitWhileAbsent(_ resource: ResourceType) async {
        await changed.wait { !self.isAbsent(resource) }
    }
}
