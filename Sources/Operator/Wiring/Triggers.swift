import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers

/// Which change wakes which key: the stores' callbacks that fill the queues.
///
/// Our own writes of a status come back as changes too; they wake nobody who has nothing to learn from them.
struct Triggers: Sendable {
    let clusters: WorkQueue<ObjectKey>
    let requests: WorkQueue<ObjectKey>
    let storages: WorkQueue<ObjectKey>

    func connect(_ stores: Stores) {
        stores.clusters.onChange { change in
            let isSpecSame = Self.isSeen(change.old?.metadata, change.new?.metadata)
            if !isSpecSame {
                clusters.add(change.key, priority: Self.priority(change))
                wakeStorages(change)
            }
            if !isSpecSame || change.old?.status.phase != change.new?.status.phase
                || change.old?.status.observedGeneration != change.new?.status.observedGeneration
            {
                wakeRequests(of: change.key, in: stores)
            }
        }
        stores.requests.onChange { change in
            let isPhaseSame = change.old?.status.phase == change.new?.status.phase
            if !isPhaseSame || !Self.isSame(change.old?.metadata, change.new?.metadata) {
                requests.add(change.key, priority: Self.priority(change))
            }
            guard let request = change.new ?? change.old else { return }
            let cluster = ObjectKey(namespace: change.key.namespace, name: request.spec.clusterRef)
            if change.old?.status.progress != change.new?.status.progress || !isPhaseSame {
                clusters.add(cluster, priority: change.isInitial ? .low : nil)
            }
            // One that goes without ever having had a phase makes way too.
            if !isPhaseSame || change.new == nil { wakeRequests(of: cluster, in: stores) }
        }
        stores.storages.onChange { change in
            guard !Self.isSame(change.old?.metadata, change.new?.metadata) else { return }
            storages.add(change.key, priority: Self.priority(change))
            for cluster in stores.clusters.list(namespace: change.key.namespace)
            where cluster.spec.backup?.storage == change.key.name {
                clusters.add(cluster.metadata.key, priority: change.isInitial ? .low : nil)
            }
        }
        connectChildren(stores)
    }

    private func connectChildren(_ stores: Stores) {
        for (_, kinds) in stores.children {
            for (_, store) in kinds {
                // A child operator was installed or removed: that concerns every cluster.
                store.onAvailabilityChange {
                    for cluster in stores.clusters.list() { clusters.add(cluster.metadata.key, priority: .low) }
                }
                store.onChange { change in
                    let owner = change.new.flatMap(store.owner)
                    if let owner { wake(owner, in: stores, isInitial: change.isInitial) }
                    if let former = change.old.flatMap(store.owner), former != owner {
                        wake(former, in: stores, isInitial: change.isInitial)
                    }
                }
            }
        }
    }

    private func wake(_ owner: ObjectKey, in stores: Stores, isInitial: Bool) {
        clusters.add(owner, priority: isInitial ? .low : nil, after: Self.gathering)
        if !isInitial { wakeRequests(of: owner, in: stores, after: Self.gathering) }
    }

    /// Children change in bursts (a pod, its volume, its service, the child's status): one look is for all of them.
    ///
    /// An edit of the cluster itself is looked at without this pause.
    private static let gathering = Duration.milliseconds(100)

    /// How many clusters use a storage changes with what the clusters name.
    private func wakeStorages(_ change: StoreChange<DatabaseCluster>) {
        let (old, new) = (change.old?.spec.storages ?? [], change.new?.spec.storages ?? [])
        let isGoing = change.new?.metadata.isBeingDeleted ?? false
        for name in isGoing ? old.union(new) : old.symmetricDifference(new) {
            storages.add(ObjectKey(namespace: change.key.namespace, name: name), priority: .low)
        }
    }

    private func wakeRequests(of cluster: ObjectKey, in stores: Stores, after delay: Duration = .zero) {
        for request in stores.requests.list(ownedBy: cluster) where !request.isFinished {
            requests.add(request.metadata.key, after: delay)
        }
    }

    /// Whether nothing changed but the status.
    private static func isSame(_ old: ObjectMeta?, _ new: ObjectMeta?) -> Bool {
        guard let old, let new else { return false }
        return hasSameHead(old, new) && old.finalizers == new.finalizers
    }

    /// Whether a look at the cluster would find nothing new in it: only its status has changed, or it has got our
    /// finalizer, which the look that puts it there goes on from.
    private static func isSeen(_ old: ObjectMeta?, _ new: ObjectMeta?) -> Bool {
        guard let old, let new else { return false }
        return hasSameHead(old, new)
            && (old.finalizers == new.finalizers || old.finalizers + [APIGroup.cleanupFinalizer] == new.finalizers)
    }

    private static func hasSameHead(_ old: ObjectMeta, _ new: ObjectMeta) -> Bool {
        old.generation == new.generation && old.uid == new.uid && old.deletionTimestamp == new.deletionTimestamp
            && old.annotations == new.annotations && old.labels == new.labels
    }

    private static func priority<Object>(_ change: StoreChange<Object>) -> Priority? {
        if change.new?.metadata.isBeingDeleted == true { return .high }
        return change.isInitial ? .low : nil
    }
}
