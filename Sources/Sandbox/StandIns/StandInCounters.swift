import JSON
import KubernetesAPI
import Synchronization

/// How often the stand-in has begun each operation, a cluster at a time: the proof that none was done twice.
final class StandInCounters: Sendable {
    /// What is counted: operations when they begin, pods when they are created.
    enum Count: String, Sendable, CaseIterable {
        /// Rollouts, for whatever reason, and restarts of a primary in place.
        case restarts
        case scalings
        case backups
        case resizes
        case podCreations
        case hibernations
        case resumptions
        case switchovers
        case failovers
        /// Changes of the image within a major version.
        case minorUpgrades
        case majorUpgrades
        /// Changes of `spec.postgresql.parameters`.
        case reconfigurations
        case reloads
        /// Instances made anew because their volume was lost or given up.
        case rebuilds
        /// Clusters whose first volume was filled from a backup.
        case restores
        /// Changes of the list of fenced instances.
        case fencings
        case clusterCreations
        /// Movements of data between servers that were asked for or made by the operator itself.
        case rebalances
        /// Passwords and certificates made anew.
        case credentialRenewals
        /// Changes of what the pods ask of their nodes, where the child operator is asked for them as such.
        case resourceChanges
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
