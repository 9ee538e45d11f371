import JSON
import KubernetesAPI

/// Deletes the objects of a definition that is being deleted, then lets the definition go.
struct DefinitionRemoval: Reconciler {
    static let finalizer = "customresourcecleanup.apiextensions.k8s.io"

    let watched: [ResourceType] = [.customResourceDefinition]
    let reaction: Int64 = 0

    private let api: any SandboxAPI
    /// How long to wait for objects that are still going, in microseconds.
    private static let pause: Int64 = 100_000

    init(api: any SandboxAPI) { self.api = api }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] { [change] }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        guard let definition = await api.get(.customResourceDefinition, object.key), definition.isBeingDeleted,
            definition.finalizers.contains(Self.finalizer)
        else { return nil }
        let type = ResourceTypes.type(of: definition)
        var objects: [JSONValue] = []
        if let type { objects = await api.list(type, namespace: nil, labels: [:]) }
        for action in Self.decide(definition, type, objects) { _ = await api.perform(action) }
        return now.adding(microseconds: Self.pause)
    }

    /// What to do for a definition that is being deleted and of whose kind those objects are left.
    static func decide(_ definition: JSONValue, _ type: ResourceType?, _ objects: [JSONValue]) -> [APIAction] {
        guard let type, !objects.isEmpty else {
            let reference = ObjectReference(.customResourceDefinition, definition.objectKey)
            return [.patch(reference, definition.patchRemoving(finalizer: finalizer))]
        }
        return objects.filter { !$0.isBeingDeleted }.map { .delete(ObjectReference(type, $0.objectKey)) }
    }
}
