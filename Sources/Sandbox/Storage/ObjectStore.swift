import JSON
import KubernetesAPI
import Synchronization

/// Every object of the sandbox, under one counter of revisions.
///
/// Writes are optimistic: a caller reads an object, works out its successor, and replaces exactly what it has read.
final class ObjectStore: Sendable {
    /// What a list sees: some objects and the revision they were read at.
    struct Snapshot: Sendable {
        let objects: ArraySlice<StoredObject>
        let revision: UInt64
    }

    private struct State: Sendable {
        var revision: UInt64 = 1
        var tables: [GroupResource: ObjectTable] = [:]
        var subscriptions: Subscriptions

        mutating func commit(
            _ kind: StoredEvent.Kind,
            _ place: GroupResource,
            _ content: JSONValue,
            _ old: StoredObject?
        )
            -> (StoredObject, [CheckedContinuation<Void, Never>])
        {
            revision += 1
            let object = StoredObject(content, revision: revision)
            tables[place]?.record(StoredEvent(kind: kind, revision: revision, object: object, previous: old))
            return (object, subscriptions.tell(place, object.key))
        }
    }

    private let state: Mutex<State>
    private let window: Int

    /// - Parameter window: how many events each kind remembers for watches that start in the past.
    init(window: Int) {
        self.window = window
        state = Mutex(State(subscriptions: Subscriptions(mostPassedOver: window / 2)))
    }

    var revision: UInt64 { state.withLock { $0.revision } }

    /// Begins to keep objects of a kind; does nothing when it does already.
    func open(_ place: GroupResource) {
        state.withLock { state in
            if state.tables[place] == nil {
                state.tables[place] = ObjectTable(since: state.revision, window: window)
            }
        }
    }

    /// Forgets a kind, its objects and its history; watches of it end.
    func close(_ place: GroupResource) {
        let waiters = state.withLock { state in
            state.tables[place] = nil
            return state.subscriptions.tellAll(place)
        }
        for waiter in waiters { waiter.resume() }
    }

    func object(_ place: GroupResource, _ key: ObjectKey) -> StoredObject? {
        state.withLock { $0.tables[place]?[StoredObject.path(key)] }
    }

    func snapshot(_ place: GroupResource, namespace: String?) -> Snapshot {
        state.withLock { state in
            Snapshot(objects: state.tables[place]?.objects(in: namespace) ?? [], revision: state.revision)
        }
    }

    /// The objects of a kind as they were; nil when that revision is forgotten.
    func snapshot(_ place: GroupResource, namespace: String?, at revision: UInt64) -> Snapshot? {
        let table = state.withLock { $0.tables[place] }
        guard let past = table?.objects(at: revision) else { return nil }
        let objects = past.filter { namespace == nil || $0.key.namespace == namespace }
        return Snapshot(objects: objects[...], revision: revision)
    }

    func count(_ place: GroupResource) -> Int { state.withLock { $0.tables[place]?.objects.count ?? 0 } }

    /// Stores a new object; nil when one of that key is there or the kind is not kept.
    func insert(_ place: GroupResource, _ content: JSONValue) -> StoredObject? {
        let path = StoredObject.path(
            ObjectKey(
                namespace: content.at("metadata", "namespace")?.string ?? "",
                name: content.at("metadata", "name")?.string ?? ""
            )
        )
        return commit { state in
            guard let table = state.tables[place], table[path] == nil else { return nil }
            return state.commit(.added, place, content, nil)
        }
    }

    /// Replaces an object; nil when it is not the stored one any more.
    func replace(_ place: GroupResource, _ old: StoredObject, with content: JSONValue) -> StoredObject? {
        commit { state in
            guard state.tables[place]?[old.path] === old else { return nil }
            return state.commit(.modified, place, content, old)
        }
    }

    /// Removes an object, telling watches its last content; nil when it is not the stored one any more.
    func remove(_ place: GroupResource, _ old: StoredObject, last content: JSONValue) -> StoredObject? {
        commit { state in
            guard state.tables[place]?[old.path] === old else { return nil }
            return state.commit(.deleted, place, content, old)
        }
    }

    private func commit(
        _ body: (inout State) -> (StoredObject, [CheckedContinuation<Void, Never>])?
    ) -> StoredObject? {
        guard let (object, waiters) = state.withLock({ body(&$0) }) else { return nil }
        for waiter in waiters { waiter.resume() }
        return object
    }
}

extension ObjectStore {
    /// The answer to a watch that asks what came next.
    enum NextEvents: Sendable {
        case events([StoredEvent])
        /// Some of the events are forgotten; the oldest revision that can still be continued from.
        case expired(oldest: UInt64)
        /// The kind is not kept any more.
        case closed
    }

    /// The events of a kind after a revision, none when it is up to date.
    func events(_ place: GroupResource, after revision: UInt64, limit: Int) -> NextEvents {
        state.withLock { state in
            guard let table = state.tables[place] else { return .closed }
            guard let events = table.events(after: revision, limit: limit) else {
                return .expired(oldest: table.forgotten)
            }
            return .events(events)
        }
    }

    /// Begins to collect the keys that change in some kinds; the existing ones are told first when asked for.
    ///
    /// - Parameter namespace: the one it is about, nil for all; now and then a change elsewhere is told too.
    func subscribe(
        _ places: Set<GroupResource>,
        in namespace: String? = nil,
        tellingExisting: Bool
    ) -> Subscriptions.ID {
        state.withLock { state in
            var existing: [Subscriptions.Change] = []
            if tellingExisting {
                for place in places {
                    for object in state.tables[place]?.objects ?? [] {
                        existing.append(Subscriptions.Change(place: place, key: object.key))
                    }
                }
            }
            return state.subscriptions.add(places, in: namespace, existing)
        }
    }

    func unsubscribe(_ id: Subscriptions.ID) {
        let waiter = state.withLock { $0.subscriptions.remove(id) }
        waiter?.resume()
    }

    /// The keys that changed since the last call; waits until there are some, and ends with none when cancelled.
    func changes(_ id: Subscriptions.ID) async -> [Subscriptions.Change] {
        while !Task.isCancelled {
            let changes = state.withLock { $0.subscriptions.take(id) }
            if !changes.isEmpty { return changes }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isCancelled = Task.isCancelled
                    let now = state.withLock { $0.subscriptions.wait(id, continuation, unless: isCancelled) }
                    now?.resume()
                }
            } onCancel: {
                let waiter = state.withLock { $0.subscriptions.wake(id) }
                waiter?.resume()
            }
        }
        return []
    }
}
