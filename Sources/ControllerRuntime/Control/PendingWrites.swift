package import KubernetesAPI
import Synchronization

/// Remembers what has been written for a key until the stores have seen it (KEP-5647).
///
/// A controller that decides on a store which is behind its own writes creates things twice; one that waits until
/// `isCaughtUp` does not.
package final class PendingWrites: Sendable {
    private struct Place: Sendable, Hashable {
        let resource: ResourceType
        let namespace: String
    }

    private struct Pending: Sendable {
        var versions: [Place: String] = [:]
        var looks = 0
        var lastWrite = ContinuousClock.now
    }

    private struct State: Sendable {
        var stores: [ResourceType: @Sendable (ObjectKey, String) -> String?] = [:]
        var pending: [ObjectKey: Pending] = [:]
    }

    /// Much longer than a working watch takes.
    package static let patience = Duration.seconds(60)

    private let state = Mutex(State())

    /// Nothing is waited for until a store is watched.
    package init() {}

    /// Lets writes of the store's kind be waited for; writes of kinds without a store are not.
    package func watch<Object>(_ store: ObjectStore<Object>) {
        watch(store.resource) { _, namespace in store.resourceVersion(namespace: namespace) }
    }

    /// The same for anything that knows up to which version a namespace of the resource has been seen for a key.
    ///
    /// A kind has one such answer: where several stores hold it, each with a selector of its own, only the one that sees
    /// what is written for the key may be asked.
    package func watch(
        _ resource: ResourceType,
        seen: @escaping @Sendable (_ key: ObjectKey, _ namespace: String) -> String?
    ) {
        state.withLock { $0.stores[resource] = seen }
    }

    /// A write for the work on `key` has made this version of an object in `namespace` (by default the key's own).
    package func note(
        _ resource: ResourceType,
        _ key: ObjectKey,
        resourceVersion: String,
        namespace: String? = nil
    ) {
        state.withLock { state in
            guard state.stores[resource] != nil, !resourceVersion.isEmpty else { return }
            let place = Place(resource: resource, namespace: namespace ?? key.namespace)
            let known = state.pending[key]?.versions[place]
            let later = known.map { ResourceVersion.later($0, resourceVersion) } ?? resourceVersion
            state.pending[key, default: Pending()].versions[place] = later
            state.pending[key]?.lastWrite = .now
        }
    }

    /// Whether all stores have seen what was written for the key.
    package func isCaughtUp(_ key: ObjectKey) -> Bool {
        guard let pending = state.withLock({ $0.pending[key] }) else { return true }
        let stores = state.withLock { $0.stores }
        let seen = pending.versions.filter { place, version in
            // A kind that is not there any more has nothing left to be seen.
            guard let seen = stores[place.resource]?(key, place.namespace) else { return true }
            // Versions that cannot be compared cannot be waited for.
            return ResourceVersion.isAtLeast(seen, version) != false
        }
        return state.withLock { state in
            for (place, version) in seen where state.pending[key]?.versions[place] == version {
                state.pending[key]?.versions[place] = nil
            }
            guard state.pending[key]?.versions.isEmpty ?? true else { return false }
            state.pending[key] = nil
            return true
        }
    }

    /// How long to wait before looking again, or nil when the key is caught up: 50 ms doubled with each look up to 2 s.
    ///
    /// What is waited for longer than ``patience`` counts as seen: it may never come, as when the server's history was
    /// restored from a backup that is older than the write.
    package func delay(_ key: ObjectKey, now: ContinuousClock.Instant = .now) -> Duration? {
        guard !isCaughtUp(key) else { return nil }
        let looks = state.withLock { state -> Int? in
            guard let pending = state.pending[key], now - pending.lastWrite < Self.patience else {
                state.pending[key] = nil
                return nil
            }
            state.pending[key]?.looks += 1
            return pending.looks
        }
        guard let looks else { return nil }
        return Backoff.exponential(base: .milliseconds(50), exponent: looks, cap: .seconds(2))
    }

    /// Forgets a key whose object has gone.
    package func forget(_ key: ObjectKey) { state.withLock { $0.pending[key] = nil } }
}
