package import KubernetesAPI
import Synchronization

/// A change of an object in a store.
package struct StoreChange<Object: KubernetesObject>: Sendable {
    package let key: ObjectKey
    /// The object before, or nil when it is new.
    package let old: Object?
    /// The object now, or nil when it has gone or can no longer be read.
    package let new: Object?
    /// Part of the first sight of the collection after start.
    package let isInitial: Bool
    /// The object is there but does not decode; `new` is nil.
    package let isUndecodable: Bool
}

/// An object that exists but does not decode.
package struct UndecodableObject: Sendable, Equatable {
    package let metadata: ObjectMeta
    /// What is wrong with it, as a sentence.
    package let reason: String
}

/// The objects of one collection as they were seen last.
///
/// A reflector writes, anybody reads; each call is atomic. Holds decoded objects alone, each boxed once. Callbacks run
/// in the reflector's task after the store has changed, for one key always in order.
package final class ObjectStore<Object: KubernetesObject>: Sendable {
    package typealias Callback = @Sendable (StoreChange<Object>) -> Void

    private final class Box: Sendable {
        let object: Object
        init(_ object: Object) { self.object = object }
    }

    private struct State: Sendable {
        var objects: [ObjectKey: Box] = [:]
        var owned: [ObjectKey: Set<ObjectKey>] = [:]
        var undecodable: [ObjectKey: UndecodableObject] = [:]
        /// By namespace, "" for all of them: up to where the store has seen everything.
        var versions: [String: String] = [:]
        /// By namespace: why it may not be read.
        var refusals: [String: String] = [:]
        var callbacks: [Callback] = []
        var availabilityCallbacks: [@Sendable () -> Void] = []
    }

    /// What the store holds.
    package let resource: ResourceType
    /// Whom an object belongs to, if anybody.
    package let owner: @Sendable (Object) -> ObjectKey?
    private let state = Mutex(State())

    /// A store that can also be asked for the objects of one owner, which `owner` reads from the object.
    package init(resource: ResourceType, owner: @escaping @Sendable (Object) -> ObjectKey? = { _ in nil }) {
        self.resource = resource
        self.owner = owner
    }

    /// A store whose objects name their owner, an object of the same namespace, in a label.
    package convenience init(resource: ResourceType, ownerLabel: String) {
        self.init(resource: resource) { object in
            object.metadata.labels[ownerLabel].map {
                ObjectKey(namespace: object.metadata.namespace, name: $0)
            }
        }
    }

    /// Calls back for every change from now on; to be called before the reflector runs.
    package func onChange(_ callback: @escaping Callback) {
        state.withLock { $0.callbacks.append(callback) }
    }

    /// Calls back when the collection has become known, is refused, or is no more because its kind has gone.
    ///
    /// To be called before the reflector runs.
    package func onAvailabilityChange(_ callback: @escaping @Sendable () -> Void) {
        state.withLock { $0.availabilityCallbacks.append(callback) }
    }
}

extension ObjectStore {
    /// The object of that key, unless there is none or it does not decode.
    package func get(_ key: ObjectKey) -> Object? { state.withLock { $0.objects[key]?.object } }

    /// What is known of an object that does not decode.
    package func undecodable(_ key: ObjectKey) -> UndecodableObject? { state.withLock { $0.undecodable[key] } }

    /// All objects, in no order; O(n).
    package func list() -> [Object] { state.withLock { $0.objects.values.map(\.object) } }

    /// All objects of a namespace, in no order; O(n).
    package func list(namespace: String) -> [Object] {
        state.withLock { state in
            state.objects.compactMap { $0.key.namespace == namespace ? $0.value.object : nil }
        }
    }

    /// The objects of an owner, by name; O(their number).
    package func list(ownedBy owner: ObjectKey) -> [Object] {
        state.withLock { state in
            (state.owned[owner] ?? []).sorted().compactMap { state.objects[$0]?.object }
        }
    }

    /// A number that is another one once an object of the owner was added, changed or removed; O(their number).
    ///
    /// Valid in this process only.
    package func fingerprint(ownedBy owner: ObjectKey) -> Int {
        state.withLock { state in
            guard let keys = state.owned[owner] else { return 0 }
            var sum = keys.count
            for key in keys {
                guard let metadata = state.objects[key]?.object.metadata else { continue }
                var hasher = Hasher()
                hasher.combine(metadata.name)
                hasher.combine(metadata.uid)
                hasher.combine(metadata.resourceVersion)
                // A sum, as the keys come in no order.
                sum &+= hasher.finalize()
            }
            return sum
        }
    }

    /// Why the collection, or a part of it, may not be read, in the server's words; nil while nothing is refused.
    ///
    /// What was read before the refusal is still here.
    package var refusal: String? { state.withLock { $0.refusals.min { $0.key < $1.key }?.value } }

    /// How many objects there are, without those that do not decode.
    package var count: Int { state.withLock { $0.objects.count } }

    /// Up to where the store has seen everything in a namespace ("" for cluster-scoped objects); nil before the first
    /// sync.
    package func resourceVersion(namespace: String) -> String? {
        state.withLock { $0.versions[namespace] ?? $0.versions[""] }
    }
}

extension ObjectStore {
    /// What a reflector has read of an object.
    enum Reading: Sendable {
        case object(Object)
        case undecodable(UndecodableObject)

        var metadata: ObjectMeta {
            switch self {
            case .object(let object): object.metadata
            case .undecodable(let object): object.metadata
            }
        }
    }

    /// The namespace's content becomes these readings ("" for all namespaces); what is not among them has gone.
    func replace(_ readings: [ObjectKey: Reading], namespace: String, resourceVersion: String?) {
        let (wasKnown, callbacks) = state.withLock { ($0.versions[namespace] != nil, $0.availabilityCallbacks) }
        change { state in
            let isInitial = state.versions[namespace] == nil
            state.refusals[namespace] = nil
            state.versions[namespace] = resourceVersion
            func isCovered(_ key: ObjectKey) -> Bool { namespace.isEmpty || key.namespace == namespace }
            let known = Set(state.objects.keys).union(state.undecodable.keys)
            var changes: [StoreChange<Object>] = []
            for key in known where isCovered(key) && readings[key] == nil {
                changes += remove(key, from: &state)
            }
            for reading in readings.values { changes += put(reading, into: &state, isInitial: isInitial) }
            return changes
        }
        guard wasKnown != (resourceVersion != nil) else { return }
        for callback in callbacks { callback() }
    }

    /// The server does not let us read the namespace ("" for all of them).
    func refuse(namespace: String, reason: String) {
        let callbacks = state.withLock { state in
            defer { state.refusals[namespace] = reason }
            return state.refusals[namespace] == nil ? state.availabilityCallbacks : []
        }
        for callback in callbacks { callback() }
    }

    /// An object has been added or changed.
    func apply(_ reading: Reading, namespace: String, resourceVersion: String) {
        change { state in
            state.versions[namespace] = resourceVersion
            return put(reading, into: &state, isInitial: false)
        }
    }

    /// An object has gone.
    func remove(_ key: ObjectKey, namespace: String, resourceVersion: String) {
        change { state in
            state.versions[namespace] = resourceVersion
            return remove(key, from: &state)
        }
    }

    /// Nothing else has happened up to this version.
    func advance(namespace: String, resourceVersion: String) {
        state.withLock { $0.versions[namespace] = resourceVersion }
    }

    private func change(_ body: (inout sending State) -> [StoreChange<Object>]) {
        let (changes, callbacks) = state.withLock { state in (body(&state), state.callbacks) }
        for change in changes {
            for callback in callbacks { callback(change) }
        }
    }

    private func put(_ reading: Reading, into state: inout State, isInitial: Bool) -> [StoreChange<Object>] {
        let metadata = reading.metadata
        let key = metadata.key
        let old = state.objects[key]?.object
        if let old, old.metadata.resourceVersion == metadata.resourceVersion, case .object = reading { return [] }
        // An object of the same name with another uid is another object: the old one has gone in between.
        let isReplaced = old.map { $0.metadata.uid != metadata.uid } ?? false
        var changes = isReplaced ? remove(key, from: &state) : []
        let before = isReplaced ? nil : old
        if let before { disown(before, key: key, in: &state) }
        switch reading {
        case .object(let object):
            state.undecodable[key] = nil
            state.objects[key] = Box(object)
            if let owner = owner(object) { state.owned[owner, default: []].insert(key) }
            changes.append(StoreChange(key: key, old: before, new: object, isInitial: isInitial, isUndecodable: false))
        case .undecodable(let object):
            state.undecodable[key] = object
            state.objects[key] = nil
            changes.append(StoreChange(key: key, old: before, new: nil, isInitial: isInitial, isUndecodable: true))
        }
        return changes
    }

    private func remove(_ key: ObjectKey, from state: inout State) -> [StoreChange<Object>] {
        let wasUndecodable = state.undecodable.removeValue(forKey: key) != nil
        guard let old = state.objects.removeValue(forKey: key)?.object else {
            guard wasUndecodable else { return [] }
            return [StoreChange(key: key, old: nil, new: nil, isInitial: false, isUndecodable: false)]
        }
        disown(old, key: key, in: &state)
        return [StoreChange(key: key, old: old, new: nil, isInitial: false, isUndecodable: false)]
    }

    private func disown(_ object: Object, key: ObjectKey, in state: inout State) {
        guard let owner = owner(object) else { return }
        state.owned[owner]?.remove(key)
        if state.owned[owner]?.isEmpty == true { state.owned[owner] = nil }
    }
}
