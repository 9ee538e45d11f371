package import CRDs
package import JSON
package import KubernetesAPI

/// A child as it shall be: exactly the fields that the operator intends, to be applied server-side.
package struct DesiredObject: Sendable, Hashable {
    package let resource: ResourceType
    package let key: ObjectKey
    /// The object with `apiVersion`, `kind` and `metadata`; no empty strings, lists or objects in `spec`.
    package var content: JSONValue
    /// Whether it may be applied only over the very version of the child that it was made from.
    ///
    /// For a child some of whose fields are rendered as somebody else has written them: were they written again in the
    /// meantime, applying would take that back. The API server answers with a conflict then, and it is decided anew.
    package let isBoundToVersion: Bool

    package init(resource: ResourceType, key: ObjectKey, isBoundToVersion: Bool = false, content: JSONValue) {
        self.resource = resource
        self.key = key
        self.isBoundToVersion = isBoundToVersion
        self.content = content
    }

    /// An object from its parts.
    package init(
        _ resource: ResourceType,
        _ key: ObjectKey,
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        owner: DatabaseCluster? = nil,
        isBoundToVersion: Bool = false,
        spec: JSONValue
    ) {
        var metadata: JSONValue = ["name": .string(key.name), "namespace": .string(key.namespace)]
        if !labels.isEmpty { metadata["labels"] = JSONValue(labels) }
        if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
        if let owner { metadata["ownerReferences"] = [owner.ownerReference] }
        self.init(
            resource: resource,
            key: key,
            isBoundToVersion: isBoundToVersion,
            content: [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind), "metadata": metadata,
                "spec": spec,
            ]
        )
    }
}

extension DatabaseCluster {
    /// The reference by which a child names this cluster as its controlling owner.
    package var ownerReference: JSONValue {
        [
            "apiVersion": .string(Self.resource.apiVersion), "kind": .string(Self.resource.kind),
            "name": .string(metadata.name), "uid": .string(metadata.uid), "controller": true,
            "blockOwnerDeletion": true,
        ]
    }
}
