import JSON
package import KubernetesAPI

/// The API as the stand-ins inside this process use it.
///
/// Each call takes the same path as a request that came by HTTP: validation, defaults, managed fields, generation and
/// watch events are the same. Calls are synchronous, since nothing in the server waits for I/O. They may be made from
/// any task, and must not be made from inside another client call.
struct InProcessClient: Sendable {
    let server: APIServer
    /// The field manager that writes are recorded under.
    let fieldManager: String

    init(server: APIServer, fieldManager: String) {
        self.server = server
        self.fieldManager = fieldManager
    }

    /// The object as stored, or nil when it is not there or its kind is not served.
    func get(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? {
        server.read(resource, key)
    }

    /// The objects that have all those labels, in the order of namespace and name; all namespaces when nil.
    func list(_ resource: ResourceType, namespace: String? = nil, labels: [String: String] = [:]) -> [JSONValue] {
        server.readAll(resource, namespace: namespace, labels: labels)
    }

    /// Whether that kind is served now; a definition may come and go.
    func isServed(_ resource: ResourceType) -> Bool {
        server.isServed(resource)
    }

    /// Creates an object in the namespace that its metadata names.
    func create(_ resource: ResourceType, _ object: JSONValue) throws(APIFailure) -> JSONValue {
        try server.create(resource, object, manager: fieldManager)
    }

    /// Replaces an object, or one of its subresources ("status").
    ///
    /// With a resourceVersion in its metadata the write is refused with a conflict when the object has changed since;
    /// without one it is unconditional.
    func update(
        _ resource: ResourceType,
        _ object: JSONValue,
        subresource: String? = nil
    ) throws(APIFailure)
        -> JSONValue
    {
        try server.update(resource, object, subresource: subresource, manager: fieldManager)
    }

    /// Merges a patch (RFC 7386) into an object, or into one of its subresources ("status").
    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge: JSONValue,
        subresource: String? = nil
    )
        throws(APIFailure) -> JSONValue
    {
        try server.patch(resource, key, merge: merge, subresource: subresource, manager: fieldManager)
    }

    /// Deletes an object, or marks it when it has finalizers; one that is not there is a failure with `isNotFound`.
    func delete(
        _ resource: ResourceType,
        _ key: ObjectKey,
        propagation: DeletionPropagation = .background
    )
        throws(APIFailure)
    {
        try server.delete(resource, key, propagation: propagation)
    }

    /// The keys of objects that were created, changed or deleted, from those that exist now on.
    ///
    /// Every object that exists is told once at the beginning. Changes of one object that come faster than they are
    /// taken are told as one, so the sequence holds at most one entry an object. It ends when its task is cancelled.
    func changes(of resources: [ResourceType]) -> ResourceChanges {
        server.changes(of: resources)
    }
}

/// What happens to the dependents of a deleted object, in the words of the API.
package enum DeletionPropagation: String, Sendable {
    /// They go after it.
    case background = "Background"
    /// They go before it.
    case foreground = "Foreground"
    /// They stay, without it as an owner.
    case orphan = "Orphan"
}

/// An object that was created, changed or deleted.
package struct ResourceChange: Hashable, Sendable {
    let resource: ResourceType
    let key: ObjectKey

    /// Of an object of that kind.
    package init(resource: ResourceType, key: ObjectKey) {
        self.resource = resource
        self.key = key
    }
}
