import JSON
import KubernetesAPI

/// Empties a namespace that is being deleted, then lets it go.
struct NamespaceDeletion: Reconciler {
    let watched: [ResourceType] = [.namespace]
    /// A client shall see the namespace going, as it does in a cluster.
    let reaction: Int64 = 300_000

    private let api: any SandboxAPI
    /// How long to wait for objects that are still going, in microseconds.
    private static let pause: Int64 = 100_000

    init(api: any SandboxAPI) { self.api = api }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] { [change] }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        guard let namespace = await api.get(.namespace, object.key), namespace.isBeingDeleted else { return nil }
        var content: [(ResourceType, JSONValue)] = []
        for type in await ResourceTypes(servedBy: api).types where type.isNamespaced {
            content += await api.list(type, namespace: namespace.objectName, labels: [:]).map { (type, $0) }
        }
        for action in Self.decide(namespace, content) { _ = await api.perform(action) }
        // A write that failed, and an object with finalizers, are looked at again until the namespace is gone.
        return now.adding(microseconds: Self.pause)
    }

    /// What to do for a namespace that is being deleted and still holds those objects.
    static func decide(_ namespace: JSONValue, _ content: [(ResourceType, JSONValue)]) -> [APIAction] {
        guard content.isEmpty else {
            return content.filter { !$0.1.isBeingDeleted }.map { type, object in
                .delete(ObjectReference(type, object.objectKey))
            }
        }
        var emptied = namespace
        emptied["spec"] = ["finalizers": []]
        return [.update(.namespace, emptied, subresource: "finalize")]
    }
}
