import KubernetesAPI
import OrderedCollections

/// Who wants to be told about changes, and which keys each has not taken yet.
///
/// A key that changes twice before it is taken is told once, so a slow subscriber costs at most one entry an object. A
/// change costs nothing to those who look at other kinds or, but for a count, at other namespaces.
struct Subscriptions: Sendable {
    typealias ID = UInt64

    struct Change: Hashable, Sendable {
        let place: GroupResource
        let key: ObjectKey
    }

    private struct Subscription: Sendable {
        let places: Set<GroupResource>
        /// The only namespace whose changes it is told; nil for all.
        let namespace: String?
        var pending: OrderedSet<Change>
        /// How many changes in other namespaces it was not told of.
        var passedOver = 0
        var waiter: CheckedContinuation<Void, Never>?

        /// Takes note of a change; the waiter when there is a reason to wake it.
        mutating func note(_ change: Change, mostPassedOver: Int) -> CheckedContinuation<Void, Never>? {
            if let namespace, change.key.namespace != namespace {
                passedOver += 1
                guard passedOver > mostPassedOver else { return nil }
            }
            pending.append(change)
            return wake()
        }

        mutating func wake() -> CheckedContinuation<Void, Never>? {
            passedOver = 0
            return waiter.take()
        }
    }

    private let mostPassedOver: Int
    private var nextID: ID = 0
    private var subscriptions: [ID: Subscription] = [:]
    private var idsByPlace: [GroupResource: Set<ID>] = [:]

    /// - Parameter mostPassedOver: after how many changes elsewhere a subscriber is told one, so that it notes how far the
    ///   history has come before its own place in it is forgotten.
    init(mostPassedOver: Int) { self.mostPassedOver = mostPassedOver }

    mutating func add(_ places: Set<GroupResource>, in namespace: String?, _ existing: [Change]) -> ID {
        nextID += 1
        subscriptions[nextID] = Subscription(places: places, namespace: namespace, pending: OrderedSet(existing))
        for place in places { idsByPlace[place, default: []].insert(nextID) }
        return nextID
    }

    mutating func remove(_ id: ID) -> CheckedContinuation<Void, Never>? {
        let subscription = subscriptions.removeValue(forKey: id)
        for place in subscription?.places ?? [] { idsByPlace[place]?.remove(id) }
        return subscription?.waiter
    }

    /// Notes a change; the waiters to resume, once no lock is held.
    mutating func tell(_ place: GroupResource, _ key: ObjectKey) -> [CheckedContinuation<Void, Never>] {
        var waiters: [CheckedContinuation<Void, Never>] = []
        for id in idsByPlace[place] ?? [] {
            if let waiter = subscriptions[id]?.note(Change(place: place, key: key), mostPassedOver: mostPassedOver) {
                waiters.append(waiter)
            }
        }
        return waiters
    }

    /// Wakes everyone who looks at a kind, as when it goes away.
    mutating func tellAll(_ place: GroupResource) -> [CheckedContinuation<Void, Never>] {
        (idsByPlace[place] ?? []).compactMap { id in
            subscriptions[id]?.pending.append(Change(place: place, key: ObjectKey(namespace: "", name: "")))
            return wake(id)
        }
    }

    mutating func take(_ id: ID) -> [Change] {
        guard let pending = subscriptions[id]?.pending else { return [] }
        subscriptions[id]?.pending = []
        return Array(pending)
    }

    /// Keeps the continuation until something changes; returns it when there is no reason to wait.
    mutating func wait(
        _ id: ID,
        _ waiter: CheckedContinuation<Void, Never>,
        unless isCancelled: Bool
    )
        -> CheckedContinuation<Void, Never>?
    {
        guard !isCancelled, let subscription = subscriptions[id], subscription.pending.isEmpty else { return waiter }
        subscriptions[id]?.waiter = waiter
        return nil
    }

    mutating func wake(_ id: ID) -> CheckedContinuation<Void, Never>? { subscriptions[id]?.wake() }
}
