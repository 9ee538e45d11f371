import CRDs
import KubernetesAPI

/// Gathers what a child operator says while it makes a database for the first time.
///
/// It tells each of its many steps, and none of them is more than a sentence to us: such a status is written at most
/// once a second. A phase, a condition's status or reason, a member, a number: all that anybody waits for is written at
/// once.
struct StatusPace {
    static let interval = Duration.seconds(1)

    /// When each cluster that is on its way got its last status.
    private var written: [ObjectKey: ContinuousClock.Instant] = [:]

    /// How long the write of the new status has to wait; nil when it is to be made now, which is then counted.
    mutating func pause(
        _ cluster: ObjectKey,
        from old: DatabaseClusterStatus,
        to new: DatabaseClusterStatus,
        now: ContinuousClock.Instant
    ) -> Duration? {
        guard new.phase == .initializing else {
            forget(cluster)
            return nil
        }
        if let last = written[cluster], now - last < Self.interval, old.withoutWords == new.withoutWords {
            return Self.interval - (now - last)
        }
        written[cluster] = now
        return nil
    }

    /// Drops what is known of a cluster that is gone.
    mutating func forget(_ cluster: ObjectKey) { written[cluster] = nil }
}

extension DatabaseClusterStatus {
    /// All but the sentences.
    fileprivate var withoutWords: DatabaseClusterStatus {
        var status = self
        status.message = ""
        for index in status.conditions.indices { status.conditions[index].message = "" }
        return status
    }
}
