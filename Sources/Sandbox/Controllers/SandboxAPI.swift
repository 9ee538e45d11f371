package import JSON
package import KubernetesAPI

/// What the controllers and stand-ins ask of an API server.
///
/// The sandbox's own answers at once; one in another process takes its time; in the tests it is a table of objects.
package protocol SandboxAPI: Sendable {
    /// The object as stored, or nil when it is not there or its kind is not served.
    func get(_ resource: ResourceType, _ key: ObjectKey) async -> JSONValue?
    /// The objects that have all those labels; all namespaces when nil.
    func list(_ resource: ResourceType, namespace: String?, labels: [String: String]) async -> [JSONValue]
    /// Whether that kind is served now; a definition may come and go.
    func isServed(_ resource: ResourceType) async -> Bool
    /// Creates an object in the namespace that its metadata names.
    func create(_ resource: ResourceType, _ object: JSONValue) async throws(APIFailure) -> JSONValue
    /// Replaces an object, or one of its subresources ("status", "finalize").
    func update(
        _ resource: ResourceType,
        _ object: JSONValue,
        subresource: String?
    ) async throws(APIFailure)
        -> JSONValue
    /// Merges a patch (RFC 7386); with a resourceVersion in it, refused with a conflict when the object has changed.
    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge: JSONValue,
        subresource: String?
    ) async throws(APIFailure)
        -> JSONValue
    /// Deletes an object, or marks it when it has finalizers; one that is not there is a failure with `isNotFound`.
    func delete(_ resource: ResourceType, _ key: ObjectKey, propagation: DeletionPropagation) async throws(APIFailure)
}

/// An API whose changes can be followed.
package protocol FollowedAPI: SandboxAPI {
    /// Tells of every object of those kinds that exists, then of each that was created, changed or deleted.
    ///
    /// Kinds that are not served yet are told of once they are. It ends when its task is cancelled, or when `tell`
    /// answers false.
    func follow(_ resources: [ResourceType], _ tell: @escaping @Sendable (ResourceChange) async -> Bool) async
}

extension InProcessClient: FollowedAPI {
    func follow(_ resources: [ResourceType], _ tell: @escaping @Sendable (ResourceChange) async -> Bool) async {
        for await change in changes(of: resources) where await !tell(change) { return }
    }
}

/// One object among all kinds.
struct ObjectReference: Hashable, Sendable {
    let resource: ResourceType
    let key: ObjectKey

    init(_ resource: ResourceType, _ key: ObjectKey) {
        self.resource = resource
        self.key = key
    }

    init(_ resource: ResourceType, _ namespace: String, _ name: String) {
        self.init(resource, ObjectKey(namespace: namespace, name: name))
    }
}

/// A write that has been decided and not yet carried out.
enum APIAction: Equatable, Sendable {
    case create(ResourceType, JSONValue)
    case patch(ObjectReference, JSONValue, subresource: String?)
    case update(ResourceType, JSONValue, subresource: String?)
    case delete(ObjectReference, DeletionPropagation)

    static func patch(_ object: ObjectReference, _ merge: JSONValue) -> Self {
        .patch(object, merge, subresource: nil)
    }

    static func patchStatus(_ object: ObjectReference, _ status: JSONValue) -> Self {
        .patch(object, ["status": status], subresource: "status")
    }

    static func delete(_ object: ObjectReference) -> Self { .delete(object, .background) }
}

/// What became of a decided write.
enum ActionResult: Equatable, Sendable {
    case done
    /// It was so already: the object to create exists, or the one to delete or patch is gone.
    case alreadySo
    /// To be decided again from a fresh look.
    case failed(APIFailure)
}

extension SandboxAPI {
    /// Carries out one decided write.
    func perform(_ action: APIAction) async -> ActionResult {
        do throws(APIFailure) {
            switch action {
            case .create(let resource, let object): _ = try await create(resource, object)
            case .patch(let object, let merge, let subresource):
                _ = try await patch(object.resource, object.key, merge: merge, subresource: subresource)
            case .update(let resource, let object, let subresource):
                _ = try await update(resource, object, subresource: subresource)
            case .delete(let object, let propagation):
                try await delete(object.resource, object.key, propagation: propagation)
            }
            return .done
        } catch {
            return error.isAlreadyExists || error.isNotFound ? .alreadySo : .failed(error)
        }
    }
}
