import JSON
import KubernetesAPI

/// Which objects belong to which owner, so that a look at one cluster reads only its own.
///
/// An owner is a cluster's key, or a kind and a key where clusters of two kinds may have one name.
struct Children<Owner: Hashable & Sendable>: Sendable {
    private var names: [Owner: [ResourceType: Set<String>]] = [:]
    private var owners: [ObjectReference: Owner] = [:]

    func names(_ resource: ResourceType, of owner: Owner) -> Set<String> { names[owner]?[resource] ?? [] }

    func owner(of object: ObjectReference) -> Owner? { owners[object] }

    /// Notes whose an object is now; nil when it is gone or nobody's.
    mutating func set(_ object: ObjectReference, owner: Owner?) {
        if let former = owners[object], former != owner {
            names[former]?[object.resource]?.remove(object.key.name)
            if names[former]?[object.resource]?.isEmpty == true { names[former]?[object.resource] = nil }
            if names[former]?.isEmpty == true { names[former] = nil }
        }
        owners[object] = owner
        if let owner { names[owner, default: [:]][object.resource, default: []].insert(object.key.name) }
    }

    /// Notes an object that was just created, before its change is told.
    mutating func note(_ action: APIAction, owner: Owner) {
        guard case .create(let resource, let object) = action else { return }
        set(ObjectReference(resource, object.objectKey), owner: owner)
    }
}
