import JSON

/// Which node ids a pool has, gets and loses.
struct NodeIDAssignment: Equatable, Sendable {
    var current: [Int] = []
    var desired: [Int] = []
    var removed: [Int] = []
    var added: [Int] = []

    /// The ids of every pool of a cluster, by the pool's name.
    static func assign(_ pools: [JSONValue]) throws(StrimziFailure) -> [String: NodeIDAssignment] {
        var used: Set<Int> = []
        for pool in pools {
            for id in pool.nodeIDs where !used.insert(id).inserted {
                throw .invalidConfiguration("Found duplicate node ID \(id) in node pool \(pool.objectName)")
            }
        }
        var assignments: [String: NodeIDAssignment] = [:]
        for pool in pools {
            var assignment = NodeIDAssignment()
            assignment.current = pool.nodeIDs.sorted()
            assignment.desired = assignment.current
            let replicas = pool.poolReplicas
            if replicas < assignment.current.count { assignment.remove(assignment.current.count - replicas, pool) }
            if replicas > assignment.current.count { assignment.add(replicas - assignment.current.count, pool, &used) }
            assignments[pool.objectName] = assignment
        }
        return assignments
    }

    private mutating func remove(_ count: Int, _ pool: JSONValue) {
        var wishes = NodeIDRange(pool.annotation(Strimzi.Annotation.removeNodeIDs))
        for _ in 0..<count {
            guard let victim = wishes.next(where: desired.contains) ?? desired.max() else { return }
            desired.removeAll { $0 == victim }
            removed.append(victim)
        }
        removed.sort()
    }

    private mutating func add(_ count: Int, _ pool: JSONValue, _ used: inout Set<Int>) {
        var wishes = NodeIDRange(pool.annotation(Strimzi.Annotation.nextNodeIDs))
        for _ in 0..<count {
            var next = wishes.next { !used.contains($0) } ?? 0
            while used.contains(next) { next += 1 }
            used.insert(next)
            added.append(next)
        }
        added.sort()
        desired = (desired + added).sorted()
    }
}

/// Node ids as the annotations of a pool list them, like `[0, 5, 10-20]`; ranges may descend.
///
/// One that cannot be read is empty, and only the operator's log would say so.
struct NodeIDRange {
    private var ids: [Int]

    init(_ text: String?) {
        ids = []
        guard let text = text.map({ $0.filter { !$0.isWhitespace } }), text.hasPrefix("["), text.hasSuffix("]") else {
            return
        }
        for item in text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false) {
            let ends = item.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                (0...100_000).contains(first), (0...100_000).contains(last)
            else {
                ids = []
                return
            }
            ids += first <= last ? Array(first...last) : (last...first).reversed()
        }
    }

    /// Takes ids from the front up to one that will do.
    mutating func next(where isUseful: (Int) -> Bool) -> Int? {
        while !ids.isEmpty {
            let id = ids.removeFirst()
            if isUseful(id) { return id }
        }
        return nil
    }
}

extension JSONValue {
    /// Of a KafkaNodePool: the ids in its status.
    var nodeIDs: [Int] { at("status", "nodeIds")?.array?.compactMap { $0.integer.map { Int($0) } } ?? [] }

    /// Of a KafkaNodePool: how many nodes it should have.
    var poolReplicas: Int { Int(at("spec", "replicas")?.integer ?? 0) }

    /// Of a KafkaNodePool: the roles of its nodes, as its spec has them.
    var poolRoles: [String] { at("spec", "roles")?.array?.compactMap(\.string) ?? [] }
}
