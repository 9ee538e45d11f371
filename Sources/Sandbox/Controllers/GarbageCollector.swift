import JSON
import KubernetesAPI

/// Deletes what nobody owns any more.
struct GarbageCollector: Reconciler {
    let watched: [ResourceType] = []
    /// A cluster's collector works on a graph that is a little behind; a client may see an object wait for it.
    let reaction: Int64 = 300_000

    private let api: any SandboxAPI
    private var types: ResourceTypes
    private var graph = OwnershipGraph()

    /// How long to wait before a write that failed is decided again, in microseconds.
    private static let retry: Int64 = 200_000

    init(api: any SandboxAPI) {
        self.api = api
        types = ResourceTypes(servedBy: api)
    }

    mutating func note(_ change: ObjectReference) -> [ObjectReference] {
        if change.resource == .customResourceDefinition { types = ResourceTypes(servedBy: api) }
        return [change]
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) -> Timestamp? {
        var isComplete = true
        for node in graph.update(object, api.get(object.resource, object.key)) {
            for action in graph.decide(node, state) {
                if case .failed = api.perform(action) { isComplete = false }
            }
        }
        return isComplete ? nil : now.adding(microseconds: Self.retry)
    }

    /// What is true of an owner now, read from the API and not from the graph, which may be behind.
    private func state(of owner: OwnershipGraph.Owner, for node: OwnershipGraph.Node) -> OwnershipGraph.OwnerState {
        guard let type = types.type(apiVersion: owner.apiVersion, kind: owner.kind) else { return .unknown }
        let namespace = type.isNamespaced ? node.reference.key.namespace : ""
        guard let object = api.get(type, ObjectKey(namespace: namespace, name: owner.name)),
            object.objectUID == owner.uid
        else { return .absent }
        let isWaiting = object.isBeingDeleted && object.finalizers.contains(OwnershipGraph.foreground)
        return isWaiting ? .waiting : .present
    }
}
