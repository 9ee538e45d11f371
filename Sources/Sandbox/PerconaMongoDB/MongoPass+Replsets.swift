import JSON
import KubernetesAPI

/// Stateful sets and their volumes.
extension MongoPass {
    mutating func reconcileReplsets() throws(PassEnd) {
        removeObsoleteSets()
        reconcileServices()
        // Config servers are made before what they are for.
        for index in replsets.indices.sorted(by: { replsets[$0].isConfigServer && !replsets[$1].isConfigServer }) {
            for (set, component, size) in MongoServers.sets(replsets[index], of: snapshot.name) {
                var replset = replsets[index]
                defer { replsets[index] = replset }
                do throws(PassEnd) {
                    try reconcile(&replset, set, component, size)
                } catch {
                    guard case .error(let why) = error else { throw error }
                    let name = replset.name
                    throw .error(
                        "reconcile statefulsets: reconcile replset \(name): reconcile StatefulSet for \(name): \(why)"
                    )
                }
            }
        }
        readVersion()
        try reconcileMembers()
    }

    private mutating func removeObsoleteSets() {
        var wanted = Set(replsets.flatMap { MongoServers.sets($0, of: snapshot.name).map(\.set) })
        if isSharded { wanted.insert(snapshot.name + "-mongos") }
        for (name, set) in snapshot.sets where !wanted.contains(name) && !set.isBeingDeleted {
            act(.delete(snapshot.reference(.statefulSet, name)))
        }
    }

    private mutating func reconcile(
        _ replset: inout MongoReplset,
        _ name: String,
        _ component: String,
        _ size: Int
    ) throws(PassEnd) {
        let existing = snapshot.sets[name]
        // What a physical restore has done to a set is left alone until it is over.
        if let existing, existing.annotation(Percona.Annotation.restoreInProgress) != nil {
            return try update(existing, replset, component)
        }
        if let existing, component != "arbiter" {
            do throws(PassEnd) {
                if try resize(existing, &replset) { return }
            } catch {
                guard case .error(let why) = error else { throw error }
                throw .error("reconcile PVCs for \(name): resize volumes if needed: \(why)")
            }
        }
        let servers = MongoServers(snapshot: snapshot, configurations: memory.configurations)
        let wanted = servers.set(replset, name, component, size)
        guard let existing else { return act(.create(.statefulSet, wanted)) }
        guard !existing.isBeingDeleted else { return }
        if let refusal = PerconaSets.refusal(of: wanted, existing) {
            throw .error("update StatefulSet \(name): \(refusal)")
        }
        if let action = PerconaSets.action(for: wanted, existing) { act(action) }
        try update(existing, replset, component)
    }

    // MARK: Volumes

    private var canGrow: Bool {
        if let scaling = spec["storageScaling"] { return scaling["enableVolumeScaling"]?.bool == true }
        return spec["enableVolumeExpansion"]?.bool == true
    }

    /// Lets volumes grow to the spec's size; whether the set is not to be touched meanwhile.
    private mutating func resize(_ set: JSONValue, _ replset: inout MongoReplset) throws(PassEnd) -> Bool {
        let name = set.objectName
        let claims = snapshot.claims(Mongo.claimTemplate, of: name)
        let sizes = claims.compactMap { $0.claim.at("status", "capacity", "storage")?.string }
            .compactMap { Quantity($0) }
        guard let actual = sizes.min(), let asked = Percona.gibibytes(replset.storage) else { return false }
        let requested = Quantity(bytes: asked << 30)
        let configured = PerconaSets.storage(of: set) ?? replset.storage
        let startedAt = set.annotation(Percona.Annotation.resizeInProgress)
        let growing = claims.filter { snapshot.pods[$0.pod] != nil }
        if startedAt != nil {
            if RequestedFailure.isAsked("resize", on: snapshot.cluster) {
                revert(set, replset, to: configured)
                throw .error("volume resize failed: resize volume: the volume cannot be expanded, as was asked for")
            }
            if sizes.count(where: { $0 == requested }) == growing.count {
                // The set is made anew with the new size, around pods that stay as they are.
                if !set.isBeingDeleted {
                    act(.delete(snapshot.reference(.statefulSet, name), .orphan))
                }
                return true
            }
        }
        guard requested >= actual else {
            throw .error("requested storage (\(requested)) is less than actual storage (\(actual))")
        }
        guard requested > actual else { return startedAt != nil }
        guard canGrow else {
            replset.storage = configured
            return false
        }
        if startedAt == nil { annotate(set, .string(now.description)) }
        for (_, claim) in growing
        where claim.at("status", "capacity", "storage")?.string.flatMap({ Quantity($0) }) != requested {
            guard snapshot.canExpand(claim) else {
                revert(set, replset, to: configured)
                return true
            }
            grow(claim, to: requested)
        }
        return true
    }

    private mutating func annotate(_ set: JSONValue, _ value: JSONValue) {
        act(
            .patch(
                snapshot.reference(.statefulSet, set.objectName),
                ["metadata": ["annotations": [Percona.Annotation.resizeInProgress: value]]]
            )
        )
    }

    /// Writes the old size into the spec: the whole list of replica sets, with all its defaults.
    private mutating func revert(_ set: JSONValue, _ replset: MongoReplset, to storage: String) {
        let old: JSONValue = [
            "volumeSpec": ["persistentVolumeClaim": ["resources": ["requests": ["storage": .string(storage)]]]]
        ]
        let specified = MongoReplset.all(spec)
        func completed(_ one: MongoReplset) -> JSONValue {
            let json = MongoDefaults.completed(one.json, name: one.name)
            return one.name == replset.name ? JSONMergePatch.apply(old, to: json) : json
        }
        let change: JSONValue =
            replset.isConfigServer
            ? ["sharding": ["configsvrReplSet": old]]
            : ["replsets": .array(specified.filter { !$0.isConfigServer }.map(completed))]
        // Nobody asked for the way back.
        memory.wishes?.storage = .array(
            specified.map { .string($0.name == replset.name ? storage : $0.storage) }
        )
        act(.patch(reference, ["spec": change]))
        annotate(set, .null)
    }
}
