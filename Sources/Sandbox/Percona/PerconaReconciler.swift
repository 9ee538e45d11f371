import JSON
import KubernetesAPI

/// The controllers of one of Percona's operators over the sandbox's API.
struct PerconaReconciler<Engine: PerconaEngine>: Reconciler {
    let watched: [ResourceType] = [
        Engine.cluster, Engine.backup, Engine.restore, .statefulSet, .pod, .persistentVolumeClaim, .job, .deployment,
        .secret, .service, .configMap, .podDisruptionBudget,
    ]

    private let api: any SandboxAPI
    private let delays: Delays
    private let counters: StandInCounters
    private var children = Children<ObjectKey>()
    private var memories: [ObjectKey: PerconaMemory] = [:]
    /// The clusters that read an object which does not carry their label.
    private var readers: [ObjectReference: Set<ObjectKey>] = [:]
    /// What each cluster reads in that way.
    private var read: [ObjectKey: Set<ObjectReference>] = [:]
    private var jobMemory = PerconaJobMemory()

    init(api: any SandboxAPI, delays: Delays, counters: StandInCounters) {
        self.api = api
        self.delays = delays
        self.counters = counters
    }

    var reaction: Int64 { delays.microseconds(Delays.Base.reaction, for: "reaction") }

    private func isJob(_ resource: ResourceType) -> Bool { resource == Engine.backup || resource == Engine.restore }

    private func jobs(of cluster: ObjectKey) -> [ObjectReference] {
        [Engine.backup, Engine.restore].flatMap { resource in
            children.names(resource, of: cluster).map { ObjectReference(resource, cluster.namespace, $0) }
        }
    }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        if change.resource == Engine.cluster { return [change] + jobs(of: change.key) }
        let former = children.owner(of: change)
        let object = await api.get(change.resource, change.key)
        let current = object.flatMap { owner(of: $0, change) }
        children.set(change, owner: current)
        var clusters = Set([former, current].compactMap(\.self))
        if [.secret, .service, .configMap, .podDisruptionBudget].contains(change.resource) {
            clusters.formUnion(readers[change] ?? [])
            for cluster in clusters { memories[cluster]?.prepared = nil }
        }
        var affected = Set(clusters.map { ObjectReference(Engine.cluster, $0) })
        if isJob(change.resource) {
            // One that ends lets the next one begin.
            affected.insert(change)
            for cluster in clusters { affected.formUnion(jobs(of: cluster)) }
        } else if change.resource == .job {
            for cluster in clusters { affected.formUnion(jobs(of: cluster)) }
        }
        return Array(affected)
    }

    private func owner(of object: JSONValue, _ place: ObjectReference) -> ObjectKey? {
        let name: String?
        if isJob(place.resource) {
            name = object.at("spec", Engine.clusterField)?.string
        } else {
            name =
                object.label(Percona.Label.managedBy) == Engine.managedBy ? object.label(Percona.Label.instance) : nil
        }
        return name.map { ObjectKey(namespace: place.key.namespace, name: $0) }
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        switch object.resource {
        case Engine.cluster: await cluster(object.key, now)
        case Engine.backup, Engine.restore: await job(object, now)
        default: nil
        }
    }

    private mutating func cluster(_ key: ObjectKey, _ now: Timestamp) async -> Timestamp? {
        guard let snapshot = await snapshot(key) else {
            memories[key] = nil
            for place in read.removeValue(forKey: key) ?? [] {
                readers[place]?.remove(key)
                if readers[place]?.isEmpty == true { readers[place] = nil }
            }
            return nil
        }
        var memory = memories[key] ?? PerconaMemory()
        let decision = Engine.ClusterPass.look(at: snapshot, &memory, delays, now: now)
        memories[key] = memory
        return await carryOut(decision, for: key, now)
    }

    private mutating func job(_ place: ObjectReference, _ now: Timestamp) async -> Timestamp? {
        guard let object = await api.get(place.resource, place.key) else { return nil }
        if ["ready", "error", "Succeeded", "Failed"].contains(object.jobState), !object.isBeingDeleted {
            jobMemory.timers.forget(object.objectUID)
            return nil
        }
        let namespace = place.key.namespace
        let cluster = ObjectKey(namespace: namespace, name: object.at("spec", Engine.clusterField)?.string ?? "")
        var source: JSONValue?
        var buckets: [JSONValue] = []
        if place.resource == Engine.restore {
            if let name = object.at("spec", "backupName")?.string, !name.isEmpty {
                source = await api.get(Engine.backup, ObjectKey(namespace: namespace, name: name))
            }
            if object.at("spec", "backupSource") != nil {
                buckets = await api.list(.configMap, namespace: nil, labels: PerconaBucket.labels)
            }
        }
        let job = PerconaJob(
            resource: place.resource,
            object: object,
            snapshot: await snapshot(cluster),
            source: source,
            buckets: buckets,
            delays: delays,
            now: now
        )
        let decision =
            place.resource == Engine.backup
            ? Engine.BackupPass.look(at: job, &jobMemory) : Engine.RestorePass.look(at: job, &jobMemory)
        return await carryOut(decision, for: cluster, now)
    }

    /// Writes what was decided; a write that fails ends the look, and it is repeated.
    private mutating func carryOut(
        _ decision: ClusterDecision,
        for cluster: ObjectKey,
        _ now: Timestamp
    ) async -> Timestamp? {
        for action in decision.actions {
            switch await api.perform(action) {
            case .done, .alreadySo:
                if case .create(let resource, let object) = action,
                    let owner = owner(of: object, ObjectReference(resource, object.objectKey))
                {
                    children.note(action, owner: owner)
                }
            case .failed:
                memories[cluster]?.prepared = nil
                let retry = now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: "\(cluster)"))
                return min(decision.wake ?? retry, retry)
            }
        }
        for count in decision.counted { counters.add(count, for: cluster) }
        return decision.wake
    }
}

extension PerconaReconciler {
    /// Reads a cluster and what belongs to it; nil when there is no such cluster.
    private mutating func snapshot(_ key: ObjectKey) async -> PerconaSnapshot? {
        guard let cluster = await api.get(Engine.cluster, key) else { return nil }
        var snapshot = PerconaSnapshot(cluster)
        snapshot.sets = await fetch(.statefulSet, of: key)
        snapshot.pods = await fetch(.pod, of: key)
        snapshot.claims = await fetch(.persistentVolumeClaim, of: key)
        snapshot.jobs = await fetch(.job, of: key)
        snapshot.deployments = await fetch(.deployment, of: key)
        snapshot.services = await fetch(.service, of: key)
        snapshot.backups = await fetch(Engine.backup, of: key)
        snapshot.restores = await fetch(Engine.restore, of: key)
        let generation = cluster.at("metadata", "generation")?.integer
        snapshot.isPrepared = generation != nil && memories[key]?.prepared == generation
        snapshot.storageClasses = await api.list(.storageClass, namespace: nil, labels: [:])
        guard !snapshot.isPrepared else { return snapshot }
        for place in Engine.places(snapshot, seed: delays.seed) {
            readers[place, default: []].insert(key)
            read[key, default: []].insert(place)
            snapshot.others[place] = await api.get(place.resource, place.key)
        }
        return snapshot
    }

    private func fetch(_ resource: ResourceType, of key: ObjectKey) async -> [String: JSONValue] {
        var found: [String: JSONValue] = [:]
        for name in children.names(resource, of: key) {
            found[name] = await api.get(resource, ObjectKey(namespace: key.namespace, name: name))
        }
        return found
    }
}
