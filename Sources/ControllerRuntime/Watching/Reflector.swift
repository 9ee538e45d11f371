package import KubernetesAPI
package import Logging
package import Metrics
import ServiceLifecycle
import Synchronization

/// Keeps an ``ObjectStore`` equal to a collection of the API server, for as long as it runs.
///
/// Survives everything: a server out of reach, a kind that is not installed yet or is removed, history that is gone,
/// objects that do not decode. One stream for all namespaces, or one for each of the given ones.
package final class Reflector<Object: KubernetesObject>: Service {
    /// The store it writes.
    package let store: ObjectStore<Object>
    private let scopes: [ReflectorScope<Object>]
    private let settled = SettledFlag()

    /// - Parameters:
    ///   - kind: how objects are read.
    ///   - store: the store to write; nobody else may.
    ///   - source: where to read from.
    ///   - namespaces: the namespaces to read, or nil for all of them.
    ///   - installed: lets an absent kind be waited for instead of being asked for again and again.
    ///   - metrics: where `dbaas_undecodable_objects_total` is counted.
    ///   - onUndecodable: called with the key of an object that does not decode and a sentence why, once for each version
    ///     of it.
    package init(
        kind: ObjectKind<Object>,
        store: ObjectStore<Object>,
        source: CollectionSource,
        namespaces: [String]? = nil,
        installed: InstalledKinds? = nil,
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory,
        onUndecodable: @escaping @Sendable (ObjectKey, String) -> Void = { _, _ in }
    ) {
        self.store = store
        let undecodable = UndecodableLog(
            kind: kind.resource.kind,
            logger: logger,
            metrics: metrics,
            report: onUndecodable
        )
        let settled = settled
        let names: [String?] = namespaces.map { $0.map(Optional.some) } ?? [nil]
        scopes = names.map { namespace in
            ReflectorScope(
                namespace: namespace,
                reader: ObjectReader(kind: kind),
                store: store,
                source: source,
                undecodable: undecodable,
                installed: installed,
                logger: logger,
                moved: { settled.moved() }
            )
        }
    }

    /// Runs until shutdown or cancellation.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for scope in self.scopes {
                    group.addTask(name: "reflector-\(self.store.resource.plural)") { await scope.run() }
                }
            }
        }
    }

    /// Whether the store shows the whole collection, or did before the connection was lost.
    package var isSynced: Bool { scopes.allSatisfy(\.isSynced) }

    /// Why the kind cannot be read at all (not installed, forbidden), or nil.
    package var unavailableReason: String? { scopes.lazy.compactMap(\.unavailableReason).first }

    /// Since when and why the store may be behind the cluster, or nil while it is not.
    package var trouble: (since: ContinuousClock.Instant, reason: String)? {
        scopes.compactMap(\.trouble).min { $0.since < $1.since }
    }

    /// Has the store read anew, consistently, unless that was asked for at this moment or later anyway.
    ///
    /// For who must not decide on what somebody else has changed since: a watch may be behind, and nobody can tell by how
    /// much. The store shows what it has until the new objects are all there. Wait with ``waitUntilSettled()``.
    package func outdate(before moment: ContinuousClock.Instant) {
        for scope in scopes { scope.outdate(before: moment) }
    }

    /// Waits until the server has answered for good: the store is synced or the kind is known to be unavailable.
    ///
    /// After ``outdate(before:)`` that is an answer to a later question. Returns early when the task is cancelled.
    package func waitUntilSettled() async {
        await settled.wait { self.scopes.allSatisfy(\.isSettled) }
    }
}

/// Those who wait for a condition that is looked at again after each move.
final class SettledFlag: Sendable {
    private struct State: Sendable {
        var waiters: [UInt64: Signal] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())

    func moved() {
        for waiter in state.withLock({ $0.waiters.values.map { $0 } }) { waiter.raise() }
    }

    func wait(until condition: @Sendable () -> Bool) async {
        let signal = Signal()
        let id = state.withLock { state in
            state.next += 1
            state.waiters[state.next] = signal
            return state.next
        }
        while !condition(), !Task.isCancelled { await signal.wait() }
        state.withLock { _ = $0.waiters.removeValue(forKey: id) }
    }
}
