import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers
import Synchronization

/// Remembers the clusters that a look has found at rest, and what it was that the look saw.
///
/// While everything it saw is the same, another look would come to the same end: it is left out. Versions alone are
/// compared, nothing is read. Two things have no version here, and are therefore looked at again after a while: answers
/// that were read from the server live, and what could change by the mere passing of time.
final class RestingClusters: Sendable {
    private struct Rest: Sendable {
        let sight: Sight
        /// The storages that the look was about, and their versions.
        let storages: [ObjectKey: String?]
        let until: ContinuousClock.Instant
    }

    /// What a look is about to see; to be taken before it sees it.
    struct Sight: Sendable, Equatable {
        fileprivate let uid: String
        fileprivate var version: String
        /// Of all but the cluster itself.
        fileprivate let surroundings: Int
    }

    /// How long a cluster rests that was judged by what the stores hold alone.
    static let longest = Duration.seconds(600)
    /// How long one rests of which something was read live.
    static let longestWithAnswers = Duration.seconds(60)

    private let stores: Stores
    private let rests = Mutex<[ObjectKey: Rest]>([:])

    init(_ stores: Stores) { self.stores = stores }

    /// What there is to be seen of a cluster now.
    func sight(of cluster: DatabaseCluster) -> Sight { stores.sight(of: cluster) }

    /// A look has found the cluster Ready or Stopped, with nothing to write to its children.
    ///
    /// - Parameter written: the version that writing the status has made of the one that was seen, if it was written:
    ///   what differs between the two is known.
    func rest(
        _ cluster: ObjectKey,
        _ sight: Sight,
        written: String? = nil,
        answers: [Need: NeedAnswer],
        now: ContinuousClock.Instant = .now
    ) {
        // What is not there may come any moment.
        guard !answers.values.contains(.absent) else { return disturb(cluster) }
        var sight = sight
        if let written { sight.version = written }
        var storages: [ObjectKey: String?] = [:]
        for case .object(BackupStorage.resource, let key) in answers.keys {
            storages.updateValue(version(of: key), forKey: key)
        }
        let until = now + (answers.isEmpty ? Self.longest : Self.longestWithAnswers)
        let rest = Rest(sight: sight, storages: storages, until: until)
        rests.withLock { $0[cluster] = rest }
    }

    /// Forgets that the cluster was at rest.
    func disturb(_ cluster: ObjectKey) { rests.withLock { _ = $0.removeValue(forKey: cluster) } }

    /// Whether another look at the cluster would find what the last one found.
    func isResting(_ key: ObjectKey, now: ContinuousClock.Instant = .now) -> Bool {
        guard let rest = rests.withLock({ $0[key] }), now < rest.until, let cluster = stores.clusters.get(key) else {
            return false
        }
        return stores.sight(of: cluster) == rest.sight && rest.storages.allSatisfy { version(of: $0) == $1 }
    }

    private func version(of storage: ObjectKey) -> String? { stores.storages.get(storage)?.metadata.resourceVersion }
}

extension Stores {
    /// Another one once the cluster, a child or an OpsRequest of it has changed, or one of its provider's kinds has come
    /// or gone.
    fileprivate func sight(of cluster: DatabaseCluster) -> RestingClusters.Sight {
        let key = cluster.metadata.key
        var hasher = Hasher()
        hasher.combine(requests.fingerprint(ownedBy: key))
        // No order is needed: while it runs, a dictionary that does not change keeps its own.
        for store in (children[cluster.spec.effectiveProvider] ?? [:]).values {
            hasher.combine(store.resourceVersion(namespace: key.namespace) != nil)
            hasher.combine(store.fingerprint(ownedBy: key))
        }
        return RestingClusters.Sight(
            uid: cluster.metadata.uid,
            version: cluster.metadata.resourceVersion,
            surroundings: hasher.finalize()
        )
    }
}
