import JSON
import KubernetesAPI

/// What the controllers and stand-ins ask of the API server; a table of objects in the tests.
protocol SandboxAPI: Sendable {
    /// The object as stored, or nil when it is not there or its kind is not served.
    func get(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue?
    /// The objects that have all those labels; all namespaces when nil.
    func list(_ resource: ResourceType, namespace: String?, labels: [String: String]) -> [JSONValue]
    func isServed(_ resource: ResourceType) -> Bool
    func create(_ resource: ResourceType, _ object: JSONValue) throws(APIFailure) -> JSONValue
    func update(_ resource: ResourceType, _ object: JSONValue, subresource: String?) throws(APIFailure) -> JSONValue
    /// Merges a patch (RFC 7386); with a resourceVersion in it, refused with a conflict when the object has changed.
    func patch(
        _ resource: ResourceType,
        _ key: ObjectKey,
        merge: JSONValue,
        subresource: String?
    ) throws(APIFailure)
        -> JSONValue
    func delete(_ resource: ResourceType, _ key: ObjectKey, propagation: DeletionPropagation) throws(APIFailure)
}

extension InProcessClient: SandboxAPI {}

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
    func perform(_ action: APIAction) -> ActionResult {
        do throws(APIFailure) {
            switch action {
            case .create(let resource, let object): _ = try create(resource, object)
            case .patch(let object, let merge, let subresource):
                _ = try patch(object.resource, object.key, merge: merge, subresource: subresource)
            case .update(let resource, let object, let subresource):
                _ = try update(resource, object, subresource: subresource)
            case .delete(let object, let propagation):
                try delete(object.resource, object.key, propagation: propagation)
            }
            return .done
        } catch {
            return error.isAlreadyExists || error.isNotFound ? .alreadySo : .failed(error)
        }
    }
}
