import JSON
import KubernetesAPI

/// CloudNativePG's controllers over the sandbox's API.
struct CNPGReconciler: Reconciler {
    let watched: [ResourceType] = [
        .cnpgCluster, .cnpgBackup, .cnpgScheduledBackup, .cnpgPooler, .cnpgImageCatalog, .cnpgClusterImageCatalog,
        .barmanObjectStore, .pod, .persistentVolumeClaim, .job, .secret, .service, .deployment, .podDisruptionBudget,
        .serviceAccount,
    ]

    private let api: any SandboxAPI
    private let delays: Delays
    private let counters: StandInCounters
    private var children = Children<ObjectKey>()
    private var memories: [ObjectKey: ClusterMemory] = [:]
    private var timers = Timers()

    init(api: any SandboxAPI, delays: Delays, counters: StandInCounters) {
        self.api = api
        self.delays = delays
        self.counters = counters
    }

    var reaction: Int64 { delays.microseconds(Delays.Base.reaction, for: "reaction") }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        switch change.resource {
        case .cnpgCluster:
            return [change]
                + children.names(.cnpgBackup, of: change.key).map {
                    ObjectReference(.cnpgBackup, change.key.namespace, $0)
                }
                + children.names(.cnpgPooler, of: change.key).map {
                    ObjectReference(.cnpgPooler, change.key.namespace, $0)
                }
        case .barmanObjectStore:
            return memories.filter { $0.value.missingStore == change }.map { ObjectReference(.cnpgCluster, $0.key) }
        case .cnpgImageCatalog, .cnpgClusterImageCatalog:
            return memories.keys.map { ObjectReference(.cnpgCluster, $0) }
        default: break
        }
        let former = children.owner(of: change)
        let object = await api.get(change.resource, change.key)
        let current = object.flatMap { owner(of: $0, change) }
        children.set(change, owner: current)
        var affected = Set([former, current].compactMap(\.self).map { ObjectReference(.cnpgCluster, $0) })
        switch change.resource {
        case .secret, .service, .podDisruptionBudget, .serviceAccount:
            for cluster in affected { memories[cluster.key]?.prepared = nil }
            if change.resource == .service, let pooler = object?.label(CNPG.Label.pooler) {
                affected = [ObjectReference(.cnpgPooler, change.key.namespace, pooler)]
            }
        case .cnpgBackup:
            // A backup that ends lets the next one begin.
            affected = [change]
            if let cluster = current ?? former {
                for name in children.names(.cnpgBackup, of: cluster) {
                    affected.insert(ObjectReference(.cnpgBackup, cluster.namespace, name))
                }
            }
        case .cnpgScheduledBackup, .cnpgPooler: affected = [change]
        case .deployment:
            if let pooler = object?.label(CNPG.Label.pooler) {
                affected = [ObjectReference(.cnpgPooler, change.key.namespace, pooler)]
            }
        default: break
        }
        return Array(affected)
    }

    private func owner(of object: JSONValue, _ place: ObjectReference) -> ObjectKey? {
        let isOurKind = place.resource.group == CNPG.group
        let name = isOurKind ? object.at("spec", "cluster", "name")?.string : object.label(CNPG.Label.cluster)
        return name.map { ObjectKey(namespace: place.key.namespace, name: $0) }
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        switch object.resource {
        case .cnpgCluster: await cluster(object.key, now)
        case .cnpgBackup: await backup(object, now)
        case .cnpgScheduledBackup: await scheduledBackup(object, now)
        case .cnpgPooler: await pooler(object, now)
        default: nil
        }
    }

    private mutating func cluster(_ key: ObjectKey, _ now: Timestamp) async -> Timestamp? {
        guard let snapshot = await snapshot(key) else {
            memories[key] = nil
            return nil
        }
        var pass = ClusterPass(snapshot, memory: memories[key] ?? ClusterMemory(), delays: delays, now: now)
        pass.run()
        memories[key] = pass.memory
        return await carryOut(pass.decision, for: key, now)
    }

    private mutating func backup(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let backup = await api.get(.cnpgBackup, place.key) else { return nil }
        let cluster = ObjectKey(
            namespace: place.key.namespace,
            name: backup.at("spec", "cluster", "name")?.string ?? ""
        )
        var siblings: [JSONValue] = []
        for name in children.names(.cnpgBackup, of: cluster) where name != place.key.name {
            let sibling = await api.get(.cnpgBackup, ObjectKey(namespace: cluster.namespace, name: name))
            if let sibling { siblings.append(sibling) }
        }
        var pass = BackupPass(
            backup: backup,
            snapshot: await snapshot(cluster),
            siblings: siblings,
            now: now,
            delays: delays,
            timers: timers
        )
        pass.run()
        timers = pass.timers
        return await carryOut(pass.decision, for: cluster, now)
    }

    private mutating func scheduledBackup(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let schedule = await api.get(.cnpgScheduledBackup, place.key) else { return nil }
        let key = ObjectKey(namespace: place.key.namespace, name: schedule.at("spec", "cluster", "name")?.string ?? "")
        var pass = ScheduledBackupPass(schedule: schedule, cluster: await api.get(.cnpgCluster, key), now: now)
        pass.run()
        return await carryOut(pass.decision, for: key, now)
    }

    private mutating func pooler(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let pooler = await api.get(.cnpgPooler, place.key) else { return nil }
        let key = ObjectKey(namespace: place.key.namespace, name: pooler.at("spec", "cluster", "name")?.string ?? "")
        var pass = PoolerPass(
            pooler: pooler,
            cluster: await api.get(.cnpgCluster, key),
            others: await read(PoolerPass.places(pooler)),
            now: now,
            delays: delays
        )
        pass.run()
        return await carryOut(pass.decision, for: key, now)
    }

    /// Writes what was decided; a write that fails ends the look, and it is repeated.
    private mutating func carryOut(
        _ decision: ClusterDecision,
        for cluster: ObjectKey,
        _ now: Timestamp
    ) async -> Timestamp? {
        var failed = false
        for action in decision.actions {
            switch await api.perform(action) {
            case .done, .alreadySo: children.note(action, owner: cluster)
            case .failed: failed = true
            }
            if failed { break }
        }
        if !failed || !decision.counted.contains(.podCreations) {
            for count in decision.counted { counters.add(count, for: cluster) }
        }
        guard failed else { return decision.wake }
        let retry = now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: "\(cluster)"))
        return min(decision.wake ?? retry, retry)
    }
}

extension CNPGReconciler {
    /// Reads a cluster and what belongs to it; nil when there is no such cluster.
    private func snapshot(_ key: ObjectKey) async -> ClusterSnapshot? {
        // Where the webhooks do not run, the controllers fill in the defaults themselves.
        guard let cluster = await api.get(.cnpgCluster, key).map(ClusterDefaults.applied) else { return nil }
        func labelled(_ resource: ResourceType) async -> [String: JSONValue] {
            var found: [String: JSONValue] = [:]
            for name in children.names(resource, of: key) {
                found[name] = await api.get(resource, ObjectKey(namespace: key.namespace, name: name))
            }
            return found
        }
        var snapshot = ClusterSnapshot(
            cluster: cluster,
            pods: await labelled(.pod),
            claims: await labelled(.persistentVolumeClaim),
            jobs: await labelled(.job)
        )
        let generation = cluster.at("metadata", "generation")?.integer
        snapshot.isPrepared = generation != nil && memories[key]?.prepared == generation
        snapshot.others = await read(places(snapshot))
        for storageClass in await api.list(.storageClass, namespace: nil, labels: [:]) {
            snapshot.others[ObjectReference(.storageClass, storageClass.objectKey)] = storageClass
        }
        return snapshot
    }

    /// The other objects a cluster is decided from.
    private func places(_ snapshot: ClusterSnapshot) -> [ObjectReference] {
        let sources = ClusterSources(snapshot.spec)
        var places: [ObjectReference] = []
        if !snapshot.isPrepared {
            let builder = ClusterObjects(snapshot: snapshot, seed: delays.seed)
            places += builder.required.map(\.0) + builder.obsolete
        }
        places += sources.barmanStores.map { snapshot.reference(.barmanObjectStore, $0) }
        if let (resource, name) = sources.catalog { places.append(snapshot.reference(resource, name)) }
        if let backup = snapshot.spec.at("bootstrap", "recovery", "backup", "name")?.string {
            places.append(snapshot.reference(.cnpgBackup, backup))
        }
        if let source = sources.cloneSource(in: snapshot.namespace) {
            places.append(ObjectReference(.cnpgCluster, source))
        }
        return places
    }

    private func read(_ places: [ObjectReference]) async -> [ObjectReference: JSONValue] {
        var found: [ObjectReference: JSONValue] = [:]
        for place in places { found[place] = await api.get(place.resource, place.key) }
        return found
    }
}
