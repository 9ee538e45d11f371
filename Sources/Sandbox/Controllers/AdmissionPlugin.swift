import JSON
import KubernetesAPI

/// The webhooks of an operator, as part of a write.
///
/// Asked after the schema's defaults and before validation is final, for create and update of the whole object; never
/// for the status subresource.
protocol AdmissionPlugin: Sendable {
    /// The API group whose objects it wants to see.
    var group: String { get }

    /// The object as it is to be stored, with what the mutating webhook adds.
    ///
    /// - Parameters:
    ///   - old: the object as stored now; nil on create.
    ///   - stored: the other objects of the cluster, as the webhook's own client sees them.
    /// - Throws: the refusal, in the words of the validating webhook.
    func admit(
        _ resource: ResourceType,
        new: JSONValue,
        old: JSONValue?,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) -> Admission

    /// Asked before an object is deleted, whether or not finalizers keep it.
    ///
    /// - Parameters:
    ///   - old: the object as stored now.
    ///   - stored: the other objects of the cluster, as the webhook's own client sees them.
    /// - Throws: the refusal, in the words of the validating webhook.
    func admitDeletion(_ resource: ResourceType, of old: JSONValue, _ stored: any StoredObjectReader) throws(APIFailure)
}

extension AdmissionPlugin {
    /// Lets every deletion through, as an operator whose webhooks are not asked about them.
    func admitDeletion(
        _ resource: ResourceType,
        of old: JSONValue,
        _ stored: any StoredObjectReader
    ) throws(APIFailure) {}
}

/// What a webhook may look up.
protocol StoredObjectReader: Sendable {
    /// The object as stored, or nil when it is not there or its kind is not served.
    func object(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue?
    /// All objects of that kind in the namespace; in all of them when nil.
    func objects(_ resource: ResourceType, namespace: String?) -> [JSONValue]
}

/// The sandbox's own objects.
struct StoredObjects: StoredObjectReader {
    let server: APIServer

    func object(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? { server.read(resource, key) }

    func objects(_ resource: ResourceType, namespace: String?) -> [JSONValue] {
        server.readAll(resource, namespace: namespace, labels: [:])
    }
}

/// What an ``AdmissionPlugin`` lets through.
struct Admission: Equatable, Sendable {
    var object: JSONValue
    /// Sentences for Warning headers.
    var warnings: [String] = []
}
