import JSON
import KubernetesAPI

/// KubeDB's provisioner and ops-manager over the sandbox's API.
struct KubeDBReconciler: Reconciler {
    let watched: [ResourceType] =
        DatabaseEngine.all.map(\.database) + DatabaseEngine.all.map(\.operation) + [
            .kubeDBPetSet, .pod, .persistentVolumeClaim, .secret, .service, .kubeDBAppBinding,
        ]

    private let api: any SandboxAPI
    private let delays: Delays
    private let counters: StandInCounters
    private var children = Children<ObjectReference>()
    private var memories: [ObjectReference: DatabaseMemory] = [:]

    init(api: any SandboxAPI, delays: Delays, counters: StandInCounters) {
        self.api = api
        self.delays = delays
        self.counters = counters
    }

    var reaction: Int64 { delays.microseconds(Delays.Base.reaction, for: "reaction") }

    mutating func note(_ change: ObjectReference) async -> [ObjectReference] {
        if DatabaseEngine.of(database: change.resource) != nil {
            // A Redis may have waited for these sentinels.
            guard change.resource == DatabaseEngine.redisSentinel.database else { return [change] }
            return [change] + memories.keys.filter { $0.resource == DatabaseEngine.redis.database }
        }
        let former = children.owner(of: change)
        let object = await api.get(change.resource, change.key)
        let current = object.flatMap { owner(of: $0, change) }
        children.set(change, owner: current)
        let affected = Set([former, current].compactMap(\.self))
        switch change.resource {
        case .secret, .service, .kubeDBAppBinding: for database in affected { memories[database]?.prepared = nil }
        default: break
        }
        return Array(affected)
    }

    private func owner(of object: JSONValue, _ place: ObjectReference) -> ObjectReference? {
        if let engine = DatabaseEngine.of(operation: place.resource) {
            let name = object.at("spec", "databaseRef", "name")?.string
            return name.map { ObjectReference(engine.database, place.key.namespace, $0) }
        }
        guard let kind = object.label(KubeDB.Label.name), let engine = DatabaseEngine.of(qualifiedName: kind),
            let instance = object.label(KubeDB.Label.instance)
        else { return nil }
        return ObjectReference(engine.database, place.key.namespace, instance)
    }

    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp? {
        guard let engine = DatabaseEngine.of(database: object.resource) else { return nil }
        guard let snapshot = await snapshot(object, engine) else {
            memories[object] = nil
            return await queueForNothing(object, engine)
        }
        var pass = DatabasePass(snapshot, memory: memories[object] ?? DatabaseMemory(), delays: delays, now: now)
        pass.run()
        memories[object] = pass.memory
        return await carryOut(pass.decision, for: object, now)
    }

    /// Requests about a database that is not there are queued, and wait.
    private func queueForNothing(_ database: ObjectReference, _ engine: DatabaseEngine) async -> Timestamp? {
        for name in children.names(engine.operation, of: database) {
            let place = ObjectReference(engine.operation, database.key.namespace, name)
            guard let request = await api.get(place.resource, place.key), request.at("status", "phase") == nil else {
                continue
            }
            _ = await api.perform(.patchStatus(place, ["phase": "Pending", "observedGeneration": 1]))
        }
        return nil
    }

    /// Writes what was decided; a write that fails ends the look, and it is repeated.
    private func carryOut(
        _ decision: DatabaseDecision,
        for database: ObjectReference,
        _ now: Timestamp
    ) async -> Timestamp? {
        for step in decision.steps {
            switch await api.perform(step.action) {
            case .done: for count in step.counted { counters.add(count, for: database.key) }
            case .alreadySo: break
            case .failed:
                let retry = now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: "\(database.key)"))
                return min(decision.wake ?? retry, retry)
            }
        }
        return decision.wake
    }
}

extension KubeDBReconciler {
    /// Reads a database and what belongs to it; nil when there is no such database.
    private func snapshot(_ place: ObjectReference, _ engine: DatabaseEngine) async -> DatabaseSnapshot? {
        guard let database = await api.get(place.resource, place.key) else { return nil }
        let namespace = place.key.namespace
        func labelled(_ resource: ResourceType) async -> [String: JSONValue] {
            var found: [String: JSONValue] = [:]
            for name in children.names(resource, of: place) {
                found[name] = await api.get(resource, ObjectKey(namespace: namespace, name: name))
            }
            return found
        }
        let spec = database["spec"] ?? [:]
        let generation = database.at("metadata", "generation")?.integer
        let versionName = spec["version"]?.string ?? ""
        let operations = await labelled(engine.operation).values.sorted(by: OperationRequest.isOlder)
        var snapshot = DatabaseSnapshot(
            engine: engine,
            database: database,
            name: place.key.name,
            namespace: namespace,
            spec: spec,
            groups: engine.groups(of: place.key.name, spec),
            version: await api.get(engine.catalogue, ObjectKey(namespace: "", name: versionName)),
            petSets: await labelled(.kubeDBPetSet),
            pods: await labelled(.pod),
            claims: await labelled(.persistentVolumeClaim),
            operations: operations,
            isPrepared: memories[place]?.prepared == generation && !database.isBeingDeleted
        )
        if database.isBeingDeleted { snapshot.sharedSecrets = await secretsOfOthers(than: place) }
        snapshot.others = await read(places(snapshot))
        if snapshot.hasOpenOperations {
            for storageClass in await api.list(.storageClass, namespace: nil, labels: [:]) {
                snapshot.others[ObjectReference(.storageClass, storageClass.objectKey)] = storageClass
            }
        }
        return snapshot
    }

    /// The other objects a database is decided from.
    private func places(_ snapshot: DatabaseSnapshot) -> [ObjectReference] {
        var places = [snapshot.reference(.kubeDBAppBinding, snapshot.name)]
        let objects = DatabaseObjects(snapshot: snapshot, seed: delays.seed, now: Timestamp(seconds: 0))
        let needsAll = !snapshot.isPrepared || snapshot.spec["halted"]?.bool == true || snapshot.hasOpenOperations
        if needsAll { places += objects.required.map(\.0) }
        places.append(snapshot.reference(.secret, DatabaseSecrets(objects: objects).credentials))
        if let sentinel = snapshot.spec["sentinelRef"], let name = sentinel["name"]?.string {
            let namespace = sentinel["namespace"]?.string ?? snapshot.namespace
            places.append(ObjectReference(DatabaseEngine.redisSentinel.database, namespace, name))
        }
        for request in snapshot.operations {
            guard let target = request.at("spec", "updateVersion", "targetVersion")?.string else { continue }
            places.append(ObjectReference(snapshot.engine.catalogue, "", target))
        }
        for group in snapshot.groups {
            let path = group.templatePath + ["spec", "podPlacementPolicy", "name"]
            guard let policy = snapshot.spec.at(path: path)?.string else { continue }
            places.append(ObjectReference(.kubeDBPlacementPolicy, "", policy))
        }
        return places
    }

    private func secretsOfOthers(than place: ObjectReference) async -> Set<String> {
        let others = await api.list(place.resource, namespace: place.key.namespace, labels: [:])
        return Set(
            others.filter { $0.objectName != place.key.name }.compactMap { $0.at("spec", "authSecret", "name")?.string }
        )
    }

    private func read(_ places: [ObjectReference]) async -> [ObjectReference: JSONValue] {
        var found: [ObjectReference: JSONValue] = [:]
        for place in places where found[place] == nil { found[place] = await api.get(place.resource, place.key) }
        return found
    }
}
