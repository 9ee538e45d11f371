package import CRDs
package import JSON
package import KubernetesAPI

/// A kind whose objects a provider wants to see, and how they find their DatabaseCluster.
package struct WatchedKind: Sendable {
    package let resource: ResourceType
    /// Without this kind the provider cannot work at all: its absence means `ProviderAvailable=False`.
    ///
    /// An optional kind that is not installed is just never observed.
    package let isRequired: Bool
    /// The engines that a required kind is required for; nil means all of the provider's.
    package private(set) var engines: Set<Engine>?
    /// Which objects are listed and watched; nil means all.
    package let labelSelector: String?
    /// Where the name of the owning DatabaseCluster stands; the first that gives a name counts.
    package let owner: [OwnerLookup]
    /// Objects of this kind that the operator made are deleted when they are no longer desired.
    package let isPruned: Bool
    /// Keeps of an object what the provider needs; throws when it cannot be read.
    package let decode: @Sendable (JSONElement) throws(JSONError) -> ChildObject

    package init(
        _ resource: ResourceType,
        isRequired: Bool = true,
        labelSelector: String? = nil,
        owner: [OwnerLookup],
        isPruned: Bool = false,
        decode: @escaping @Sendable (JSONElement) throws(JSONError) -> any KubernetesObject
    ) {
        self.resource = resource
        self.isRequired = isRequired
        self.labelSelector = labelSelector
        self.owner = owner
        self.isPruned = isPruned
        self.decode = { (element) throws(JSONError) in
            ChildObject(resource: resource, body: try decode(element))
        }
    }

    /// A kind that the KubernetesAPI room or a provider has as a Swift type.
    package init<Object: KubernetesObject>(
        _ kind: ObjectKind<Object>,
        isRequired: Bool = true,
        labelSelector: String? = nil,
        owner: [OwnerLookup]
    ) {
        self.init(kind.resource, isRequired: isRequired, labelSelector: labelSelector, owner: owner) {
            (element) throws(JSONError) in try kind.decode(element)
        }
    }

    /// A kind that is kept whole, as compact bytes, so that it can be compared with what is desired of it.
    package init(
        whole resource: ResourceType,
        isRequired: Bool = true,
        labelSelector: String? = nil,
        owner: [OwnerLookup],
        isPruned: Bool = false
    ) {
        self.init(
            resource,
            isRequired: isRequired,
            labelSelector: labelSelector,
            owner: owner,
            isPruned: isPruned
        ) { (element) throws(JSONError) in
            try DynamicObject(resource: resource, from: element)
        }
    }

    /// The same, required for clusters of these engines alone: without it the provider still has the others.
    package func required(for engines: Set<Engine>) -> WatchedKind {
        var copy = self
        copy.engines = engines
        return copy
    }

    /// The DatabaseCluster, in the object's own namespace, that this object belongs to; nil when it names none.
    package func owningCluster(of metadata: ObjectMeta) -> ObjectKey? {
        for lookup in owner {
            if let name = lookup.clusterName(of: metadata) {
                return ObjectKey(namespace: metadata.namespace, name: name)
            }
        }
        return nil
    }
}

/// Where an object says which DatabaseCluster it belongs to.
package enum OwnerLookup: Sendable, Hashable {
    /// The value of that label.
    case label(String)
    /// The owner reference to a DatabaseCluster.
    case ownerReference
    /// The object has the cluster's name.
    case name

    /// The label that every child of ours has.
    package static let clusterLabel = OwnerLookup.label(APIGroup.clusterLabel)

    /// The name found there, or nil.
    package func clusterName(of metadata: ObjectMeta) -> String? {
        switch self {
        case .label(let label): metadata.labels[label]
        case .name: metadata.name
        case .ownerReference:
            metadata.ownerReferences.first { reference in
                reference.kind == DatabaseCluster.resource.kind
                    && reference.apiVersion.hasPrefix(DatabaseCluster.resource.group + "/")
            }?.name
        }
    }
}
