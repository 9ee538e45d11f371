import KubernetesAPI
import OrderedCollections

/// Who wants to be told about changes, and which keys each has not taken yet.
///
/// A key that changes twice before it is taken is told once, so a slow subscriber costs at most one entry an object.
struct Subscriptions: Sendable {
    typealias ID = UInt64

    struct Change: Hashable, Sendable {
        let place: GroupResource
        let key: ObjectKey
    }

    private struct Subscription: Sendable {
        let places: Set<GroupResource>
        var pending: OrderedSet<Change>
        var waiter: CheckedContinuation<Void, Never>?
    }

    private var nextID: ID = 0
    private var subscriptions: [ID: Subscription] = [:]

    mutating func add(_ places: Set<GroupResource>, _ existing: [Change]) -> ID {
        nextID += 1
        subscriptions[nextID] = Subscription(places: places, pending: OrderedSet(existing))
        return nextID
    }

    mutating func remove(_ id: ID) -> CheckedContinuation<Void, Never>? {
        subscriptions.removeValue(forKey: id)?.waiter
    }

    /// Notes a change; the waiters to resume, once no lock is held.
    mutating func tell(_ place: GroupResource, _ key: ObjectKey) -> [CheckedContinuation<Void, Never>] {
        var waiters: [CheckedContinuation<Void, Never>] = []
        for id in subscriptions.keys {
            guard subscriptions[id]?.places.contains(place) == true else { continue }
            subscriptions[id]?.pending.append(Change(place: place, key: key))
            if let waiter = wake(id) { waiters.append(waiter) }
        }
        return waiters
    }

    /// Wakes everyone who looks at a kind, as when it goes away.
    mutating func tellAll(_ place: GroupResource) -> [CheckedContinuation<Void, Never>] {
        tell(place, ObjectKey(namespace: "", name: ""))
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

    mutating func wake(_ id: ID) -> CheckedContinuation<Void, Never>? {
        let waiter = subscriptions[id]?.waiter
        subscriptions[id]?.waiter = nil
        return waiter
    }
}
