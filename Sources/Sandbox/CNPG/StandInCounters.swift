import JSON
import KubernetesAPI
import Synchronization

/// How often the stand-in has begun each operation, a cluster at a time: the proof that none was done twice.
final class StandInCounters: Sendable {
    /// What is counted: operations when they begin, pods when they are created.
    enum Count: String, Sendable, CaseIterable {
        case restarts
        case scalings
        case backups
        case resizes
        case podCreations
        case hibernations
        case resumptions
        case switchovers
        case failovers
        case majorUpgrades
        case clusterCreations
    }

    private let counts = Mutex<[ObjectKey: [Count: Int]]>([:])

    func add(_ count: Count, for cluster: ObjectKey) {
        counts.withLock { $0[cluster, default: [:]][count, default: 0] += 1 }
    }

    func value(_ count: Count, for cluster: ObjectKey) -> Int { counts.withLock { $0[cluster]?[count] ?? 0 } }

    /// `{"clusters": {"namespace/name": {"restarts": 1, …}}, "totals": {…}}`, zeros included.
    var json: JSONValue {
        let snapshot = counts.withLock { $0 }
        func fields(_ counted: (Count) -> Int) -> JSONValue {
            .object(JSONObject(Count.allCases.map { ($0.rawValue, JSONValue(counted($0))) }))
        }
        let clusters = snapshot.map { key, counts in (key.description, fields { counts[$0] ?? 0 }) }
        return [
            "clusters": .object(JSONObject(clusters)),
            "totals": fields { count in snapshot.values.reduce(0) { $0 + ($1[count] ?? 0) } },
        ]
    }
}
