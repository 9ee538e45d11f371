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
        let fingerprint: Int
        /// The storages that the look was about.
        let storages: [ObjectKey]
        let until: ContinuousClock.Instant
    }

    /// What a look is about to see; to be taken before it sees it.
    struct Sight: Sendable {
        fileprivate let fingerprint: Int
    }

    /// How long a cluster rests that was judged by what the stores hold alone.
    static let longest = Duration.seconds(600)
    /// How long one rests of which something was read live.
    static let longestWithAnswers = Duration.seconds(60)

    private let stores: Stores
    private let rests = Mutex<[ObjectKey: Rest]>([:])

    init(_ stores: Stores) { self.stores = stores }

    /// What there is to be seen of a cluster now.
    func sight(of cluster: DatabaseCluster) -> Sight {
        Sight(fingerprint: stores.fingerprint(of: cluster))
    }

    /// A look has found the cluster Ready or Stopped, with nothing to write to it or its children.
    func rest(_ cluster: ObjectKey, _ sight: Sight, answers: [Need: NeedAnswer], now: ContinuousClock.Instant = .now) {
        // What is not there may come any moment.
        guard !answers.values.contains(.absent) else { return disturb(cluster) }
        let storages = answers.keys.compactMap { need -> ObjectKey? in
            guard case .object(BackupStorage.resource, let key) = need else { return nil }
            return key
        }
        let rest = Rest(
            fingerprint: fingerprint(sight.fingerprint, storages),
            storages: storages,
            until: now + (answers.isEmpty ? Self.longest : Self.longestWithAnswers)
        )
        rests.withLock { $0[cluster] = rest }
    }

    /// Forgets that the cluster was at rest.
    func disturb(_ cluster: ObjectKey) { rests.withLock { _ = $0.removeValue(forKey: cluster) } }

    /// Whether another look at the cluster would find what the last one found.
    func isResting(_ key: ObjectKey, now: ContinuousClock.Instant = .now) -> Bool {
        guard let rest = rests.withLock({ $0[key] }), now < rest.until, let cluster = stores.clusters.get(key) else {
            return false
        }
        return fingerprint(stores.fingerprint(of: cluster), rest.storages) == rest.fingerprint
    }

    private func fingerprint(_ fingerprint: Int, _ storages: [ObjectKey]) -> Int {
        guard !storages.isEmpty else { return fingerprint }
        var hasher = Hasher()
        hasher.combine(fingerprint)
        for storage in storages { hasher.combine(stores.storages.get(storage)?.metadata.resourceVersion) }
        return hasher.finalize()
    }
}

extension Stores {
    /// A number that is another one once the cluster, a child or an OpsRequest of it has changed, or one of its
    /// provider's kinds has come or gone.
    fileprivate func fingerprint(of cluster: DatabaseCluster) -> Int {
        let key = cluster.metadata.key
        var hasher = Hasher()
        hasher.combine(cluster.metadata.uid)
        hasher.combine(cluster.metadata.resourceVersion)
        hasher.combine(requests.fingerprint(ownedBy: key))
        // No order is needed: while it runs, a dictionary that does not change keeps its own.
        for store in (children[cluster.spec.effectiveProvider] ?? [:]).values {
            hasher.combine(store.resourceVersion(namespace: key.namespace) != nil)
            hasher.combine(store.fingerprint(ownedBy: key))
        }
        return hasher.finalize()
    }
}
