import KubernetesAPI

/// Which objects belong to which database, so that a look at one database reads only its own.
///
/// Databases of two kinds may have one name, so an owner is a kind and a name.
struct DatabaseChildren: Sendable {
    private var names: [ObjectReference: [ResourceType: Set<String>]] = [:]
    private var owners: [ObjectReference: ObjectReference] = [:]

    func names(_ resource: ResourceType, of owner: ObjectReference) -> Set<String> { names[owner]?[resource] ?? [] }

    func owner(of object: ObjectReference) -> ObjectReference? { owners[object] }

    /// Notes whose an object is now; nil when it is gone or nobody's.
    mutating func set(_ object: ObjectReference, owner: ObjectReference?) {
        if let former = owners[object], former != owner {
            names[former]?[object.resource]?.remove(object.key.name)
            if names[former]?[object.resource]?.isEmpty == true { names[former]?[object.resource] = nil }
            if names[former]?.isEmpty == true { names[former] = nil }
        }
        owners[object] = owner
        if let owner { names[owner, default: [:]][object.resource, default: []].insert(object.key.name) }
    }
}
