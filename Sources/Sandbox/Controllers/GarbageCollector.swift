import JSON
import KubernetesAPI

/// Deletes what nobody owns any more.
struct GarbageCollector: Reconciler {
    let watched: [ResourceType] = []
    /// A cluster's collector works on a graph that is a little behind; a client may see an object wait for it.
    let reaction: Int64 = 300_000

    private let api: any SandboxAPI
    private var types: ResourceTypes?
    private var graph = OwnershipGraph()

    /// How long to wait before a write that failed is decided again, in microseconds.
    private static let retry: Int64 = 200_000

    init(api: any SandboxAPI) { self.api = api }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        // Read again when an owner is looked for: at the beginning every definition is told of.
        if change.resource == .customResourceDefinition { types = nil }
        return [change]
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        var isComplete = true
        for node in graph.update(object, await api.get(object.resource, object.key)) {
            guard await !decide(node).isEmpty,
                // The graph may be behind: an object that nobody owns any more must not go with its former owner.
                let current = await api.get(node.reference.resource, node.reference.key), current.objectUID == node.uid
            else { continue }
            for action in await decide(OwnershipGraph.Node(node.reference, current)) {
                if case .failed = await api.perform(action) { isComplete = false }
            }
        }
        return isComplete ? nil : now.adding(microseconds: Self.retry)
    }

    private mutating func decide(_ node: OwnershipGraph.Node) async -> [APIAction] {
        var states: [String: OwnershipGraph.OwnerState] = [:]
        for owner in graph.ownersThatMatter(to: node) { states[owner.uid] = await state(of: owner, for: node) }
        return graph.decide(node) { owner, _ in states[owner.uid] ?? .unknown }
    }

    /// What is true of an owner now, read from the API and not from the graph, which may be behind.
    private mutating func state(
        of owner: OwnershipGraph.Owner,
        for node: OwnershipGraph.Node
    ) async
        -> OwnershipGraph.OwnerState
    {
        let known = await servedTypes()
        guard let type = known.type(apiVersion: owner.apiVersion, kind: owner.kind) else { return .unknown }
        let namespace = type.isNamespaced ? node.reference.key.namespace : ""
        guard let object = await api.get(type, ObjectKey(namespace: namespace, name: owner.name)),
            object.objectUID == owner.uid
        else { return .absent }
        let isWaiting = object.isBeingDeleted && object.finalizers.contains(OwnershipGraph.foreground)
        return isWaiting ? .waiting : .present
    }

    private mutating func servedTypes() async -> ResourceTypes {
        if let types { return types }
        let served = await ResourceTypes(servedBy: api)
        types = served
        return served
    }
}
