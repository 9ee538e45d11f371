import JSON
import KubernetesAPI

/// Who owns whom, and what garbage collection does about it.
///
/// The rules are those of Kubernetes: an object all of whose owners are gone is deleted; an owner deleted in the
/// foreground waits for the dependents that block it; one deleted with orphans lets its dependents go first.
struct OwnershipGraph: Sendable {
    static let foreground = "foregroundDeletion"
    static let orphan = "orphan"

    /// An owner as a dependent names it.
    struct Owner: Sendable, Equatable {
        let uid: String
        let apiVersion: String
        let kind: String
        let name: String
        let blocksDeletion: Bool
        let json: JSONValue
    }

    /// What is known of an owner that a dependent names.
    enum OwnerState: Sendable, Equatable {
        case present
        case absent
        /// It is being deleted in the foreground and waits for its dependents.
        case waiting
        /// Its kind is not served, so nothing can be said.
        case unknown
    }

    struct Node: Sendable, Equatable {
        let reference: ObjectReference
        let uid: String
        let owners: [Owner]
        let finalizers: [String]
        let isBeingDeleted: Bool
        let resourceVersion: JSONValue

        func isBeingDeleted(with finalizer: String) -> Bool { isBeingDeleted && finalizers.contains(finalizer) }
    }

    private var nodes: [ObjectReference: Node] = [:]
    private var dependents: [String: Set<ObjectReference>] = [:]
    private var places: [String: ObjectReference] = [:]

    /// The object with that uid, when it is known.
    func node(uid: String) -> Node? { places[uid].flatMap { nodes[$0] } }

    /// The objects that name that uid as an owner, in order.
    func dependents(of uid: String) -> [Node] {
        (dependents[uid] ?? []).compactMap { nodes[$0] }.sorted { $0.reference.key < $1.reference.key }
    }

    /// Takes an object as it is now, nil when it is gone; the objects to be decided about because of it.
    mutating func update(_ reference: ObjectReference, _ object: JSONValue?) -> [Node] {
        let former = nodes[reference]
        let current = object.map { Node(reference, $0) }
        guard former != current else { return current.map { [$0] } ?? [] }
        if let former { remove(former) }
        if let current { insert(current) }
        var affected = current.map { [$0] } ?? []
        if let former, former.uid != current?.uid { affected += dependents(of: former.uid) }
        if let current, current.isBeingDeleted { affected += dependents(of: current.uid) }
        for owner in (former?.owners ?? []) + (current?.owners ?? []) {
            if let node = node(uid: owner.uid), node.isBeingDeleted { affected.append(node) }
        }
        return affected
    }

    private mutating func insert(_ node: Node) {
        nodes[node.reference] = node
        places[node.uid] = node.reference
        for owner in node.owners { dependents[owner.uid, default: []].insert(node.reference) }
    }

    private mutating func remove(_ node: Node) {
        nodes[node.reference] = nil
        places[node.uid] = nil
        for owner in node.owners {
            dependents[owner.uid]?.remove(node.reference)
            if dependents[owner.uid]?.isEmpty == true { dependents[owner.uid] = nil }
        }
    }
}

extension OwnershipGraph {
    /// The owners whose state ``decide(_:_:)`` asks for.
    func ownersThatMatter(to node: Node) -> [Owner] { node.isBeingDeleted ? [] : node.owners }

    /// What garbage collection does about one object.
    func decide(_ node: Node, _ state: (Owner, Node) -> OwnerState) -> [APIAction] {
        if node.isBeingDeleted(with: Self.orphan) { return letGo(node) }
        if node.isBeingDeleted(with: Self.foreground) { return waitForDependents(node) }
        guard !node.isBeingDeleted, !node.owners.isEmpty else { return [] }
        let states = node.owners.map { ($0, state($0, node)) }
        if states.contains(where: { $0.1 == .unknown }) { return [] }
        let solid = states.filter { $0.1 == .present }.map(\.0)
        if !solid.isEmpty {
            return solid.count == node.owners.count ? [] : [keeping(solid, of: node)]
        }
        let isWaitedFor = states.contains { $0.1 == .waiting }
        let owns = !dependents(of: node.uid).isEmpty
        return [.delete(node.reference, isWaitedFor && owns ? .foreground : node.ownPropagation)]
    }

    private func letGo(_ node: Node) -> [APIAction] {
        let dependents = dependents(of: node.uid)
        guard dependents.isEmpty else {
            return dependents.map { dependent in
                keeping(dependent.owners.filter { $0.uid != node.uid }, of: dependent)
            }
        }
        return [removing(Self.orphan, from: node)]
    }

    private func waitForDependents(_ node: Node) -> [APIAction] {
        let isBlocked = dependents(of: node.uid).contains { dependent in
            dependent.owners.contains { $0.uid == node.uid && $0.blocksDeletion }
        }
        return isBlocked ? [] : [removing(Self.foreground, from: node)]
    }

    private func keeping(_ owners: [Owner], of node: Node) -> APIAction {
        .patch(
            node.reference,
            [
                "metadata": [
                    "resourceVersion": node.resourceVersion,
                    "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
                ]
            ]
        )
    }

    private func removing(_ finalizer: String, from node: Node) -> APIAction {
        let rest = node.finalizers.filter { $0 != finalizer }
        return .patch(
            node.reference,
            [
                "metadata": [
                    "resourceVersion": node.resourceVersion, "finalizers": rest.isEmpty ? .null : JSONValue(rest),
                ]
            ]
        )
    }
}

extension OwnershipGraph.Node {
    init(_ reference: ObjectReference, _ object: JSONValue) {
        self.reference = reference
        uid = object.objectUID
        owners = (object.at("metadata", "ownerReferences")?.array ?? []).map(OwnershipGraph.Owner.init)
        finalizers = object.finalizers
        isBeingDeleted = object.isBeingDeleted
        resourceVersion = object.at("metadata", "resourceVersion") ?? .null
    }

    /// How its deletion goes on to its own dependents, as its finalizers ask.
    fileprivate var ownPropagation: DeletionPropagation {
        if finalizers.contains(OwnershipGraph.orphan) { return .orphan }
        return finalizers.contains(OwnershipGraph.foreground) ? .foreground : .background
    }
}

extension OwnershipGraph.Owner {
    init(_ reference: JSONValue) {
        uid = reference["uid"]?.string ?? ""
        apiVersion = reference["apiVersion"]?.string ?? ""
        kind = reference["kind"]?.string ?? ""
        name = reference["name"]?.string ?? ""
        blocksDeletion = reference["blockOwnerDeletion"]?.bool ?? false
        json = reference
    }
}
