package import JSON
package import KubernetesAPI

/// All that a provider knows when it decides: a snapshot, so that each decision can be repeated from a file.
package struct Observed: Sendable {
    /// The time of the snapshot; the only clock a provider has.
    package var now: Timestamp
    /// Those of the provider's watched kinds that the API server serves.
    package var installed: Set<ResourceType>
    /// The objects of the watched kinds that belong to the cluster in question, and to no other.
    package private(set) var children: [ResourceType: [ChildObject]]
    /// What was asked for before, with what was found.
    package var answers: [Need: NeedAnswer]

    package init(
        now: Timestamp,
        installed: Set<ResourceType> = [],
        children: [ChildObject] = [],
        answers: [Need: NeedAnswer] = [:]
    ) {
        self.now = now
        self.installed = installed
        self.answers = answers
        self.children = [:]
        for child in children { add(child) }
    }

    /// Adds a child; within a kind they are kept in the order of being added.
    package mutating func add(_ child: ChildObject) { children[child.resource, default: []].append(child) }

    /// A kind that the API server serves, with the children of it.
    package mutating func add(_ children: [ChildObject], of resource: ResourceType) {
        installed.insert(resource)
        if !children.isEmpty { self.children[resource] = children }
    }

    /// The children of that kind.
    package func children(_ resource: ResourceType) -> [ChildObject] { children[resource] ?? [] }

    /// The child of that kind and name.
    package func child(_ resource: ResourceType, named name: String) -> ChildObject? {
        children[resource]?.first { $0.metadata.name == name }
    }

    /// The children of a typed kind, each as its type.
    package func bodies<Body: KubernetesObject>(_ resource: ResourceType, as type: Body.Type) -> [Body] {
        children(resource).compactMap { $0.body as? Body }
    }

    /// The answer to ``Need/object(_:_:)``: nil while not asked, `.some(nil)` when there is none.
    package func answer(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue?? {
        switch answers[.object(resource, key)] {
        case nil: nil
        case .object(let value): .some(value)
        default: .some(nil)
        }
    }
}
