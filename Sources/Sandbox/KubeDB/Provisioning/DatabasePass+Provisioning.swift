import JSON
import KubernetesAPI

/// What the provisioner keeps as the definition has it.
extension DatabasePass {
    mutating func provision() {
        guard spec["halted"]?.bool != true else { return halt() }
        if conditionStatus(KubeDB.Condition.halted) == "True" { resume() }
        guard hasSentinel else { return }
        if memory.prepared != generation || hasGaps {
            guard createObjects() else { return }
            keepPetSets()
        }
        bind()
        if status["observedGeneration"]?.integer != generation, memory.prepared == generation {
            status["observedGeneration"] = .integer(generation)
        }
    }

    /// Whether somebody has taken a PetSet away.
    private var hasGaps: Bool { snapshot.groups.contains { snapshot.petSets[$0.name] == nil } }

    /// A Redis that sentinels watch waits for them.
    private var hasSentinel: Bool {
        guard engine.name == "redis", spec["mode"]?.string == "Sentinel" else { return true }
        return snapshot.others.contains { $0.key.resource == DatabaseEngine.redisSentinel.database }
    }

    /// Creates what is missing, and keeps services as they are asked for; whether the database can be started.
    private mutating func createObjects() -> Bool {
        let secrets = DatabaseSecrets(objects: objects)
        var isComplete = true
        for (place, make) in objects.required {
            guard let there = snapshot.others[place] else {
                act(.create(place.resource, make()))
                isComplete = false
                continue
            }
            if place.resource == .service { keep(there, as: make()) }
            if place.resource == .secret { claim(there) }
        }
        if secrets.hasCredentials {
            if secrets.isExternal, snapshot.other(.secret, secrets.credentials) == nil { return false }
            if spec.at("authSecret", "name")?.string != secrets.credentials {
                act(.patch(snapshot.reference, ["spec": ["authSecret": ["name": .string(secrets.credentials)]]]))
                isComplete = false
            }
            reportCredentials(secrets.credentials)
        }
        if isComplete { memory.prepared = generation }
        return true
    }

    private mutating func keep(_ service: JSONValue, as wanted: JSONValue) {
        var changes: JSONObject = [:]
        for part in [
            "type", "ports", "selector", "loadBalancerIP", "loadBalancerSourceRanges", "externalTrafficPolicy",
        ] {
            guard let value = wanted.at("spec", part), !value.isCovered(by: service.at("spec", part)) else { continue }
            changes[part] = value
        }
        var metadata: JSONObject = [:]
        for part in ["labels", "annotations"] {
            guard let value = wanted.at("metadata", part), !value.isCovered(by: service.at("metadata", part)) else {
                continue
            }
            metadata[part] = value
        }
        guard !changes.names.isEmpty || !metadata.names.isEmpty else { return }
        act(
            .patch(
                snapshot.reference(.service, service.objectName),
                ["spec": .object(changes), "metadata": .object(metadata)]
            )
        )
    }

    /// A secret that an earlier database of this name left behind becomes this one's.
    private mutating func claim(_ secret: JSONValue) {
        guard secret.controller == nil, secret.label(KubeDB.Label.manager) == KubeDB.group else { return }
        let owner: JSONValue = ["metadata": ["ownerReferences": [KubeDB.controller(snapshot.database)]]]
        act(.patch(snapshot.reference(.secret, secret.objectName), owner))
    }

    private mutating func reportCredentials(_ name: String) {
        guard engine.name != "kafka", status.at("authSecret", "lastUpdateTimestamp") == nil,
            let since = snapshot.other(.secret, name)?.annotation(KubeDB.Annotation.activeFrom)
        else { return }
        status.set(["authSecret", "lastUpdateTimestamp"], .string(since))
    }

    /// PetSets follow the definition; their pods follow at their next restart, except in number.
    private mutating func keepPetSets() {
        let builder = PetSetObjects(objects: objects)
        for group in snapshot.groups {
            let wanted = builder.petSet(group)
            guard let petSet = snapshot.petSets[group.name] else {
                guard allowsPlacement(group) else { continue }
                act(.create(.kubeDBPetSet, wanted))
                continue
            }
            guard !petSet.isBeingDeleted, let spec = wanted["spec"], petSet["spec"] != spec,
                let difference = JSONMergePatch.difference(from: petSet["spec"] ?? [:], to: spec)
            else { continue }
            act(.patch(snapshot.reference(.kubeDBPetSet, group.name), ["spec": difference]))
        }
    }

    /// Pods are made by a PetSet only where the placement policy that they name exists.
    private mutating func allowsPlacement(_ group: NodeGroup) -> Bool {
        let path = group.templatePath + ["spec", "podPlacementPolicy", "name"]
        guard let policy = spec.at(path: path)?.string, snapshot.other(.kubeDBPlacementPolicy, policy) == nil else {
            return true
        }
        tell("Warning", "FailedCreate", "placementpolicies.apps.k8s.appscode.com \"\(policy)\" not found")
        return false
    }

    /// The binding is there once the database can be connected to.
    private mutating func bind() {
        guard conditionStatus(KubeDB.Condition.acceptingConnection) == "True" else { return }
        let wanted = objects.appBinding
        guard let binding = snapshot.other(.kubeDBAppBinding, snapshot.name) else {
            return act(.create(.kubeDBAppBinding, wanted))
        }
        guard let spec = wanted["spec"], !spec.isCovered(by: binding["spec"]) else { return }
        act(.patch(snapshot.reference(.kubeDBAppBinding, snapshot.name), ["spec": spec]))
    }
}

/// Stopping and starting.
extension DatabasePass {
    private mutating func halt() {
        guard conditionStatus(KubeDB.Condition.halted) != "True" else { return }
        let petSets = snapshot.petSets.values.filter { !$0.isBeingDeleted }
        for petSet in petSets { act(.delete(snapshot.reference(.kubeDBPetSet, petSet.objectName))) }
        if !petSets.isEmpty { count(.hibernations) }
        for place in objects.takenByHalting where snapshot.others[place] != nil { act(.delete(place)) }
        memory.prepared = nil
        guard snapshot.petSets.isEmpty, snapshot.pods.isEmpty else { return }
        for type in [
            KubeDB.Condition.provisioned, KubeDB.Condition.ready, KubeDB.Condition.acceptingConnection,
            KubeDB.Condition.replicaReady,
        ] { removeCondition(type) }
        setCondition(
            KubeDB.Condition.halted,
            true,
            "DatabaseHaltedSuccessfully",
            "The \(title) is halted."
        )
        status["observedGeneration"] = .integer(generation)
    }

    private mutating func resume() {
        removeCondition(KubeDB.Condition.halted)
        endWait("connection")
        memory.prepared = nil
        countWithStatus(.resumptions)
    }
}

extension JSONValue {
    /// Whether another value says at least what this one says.
    func isCovered(by other: JSONValue?) -> Bool {
        guard let other else { return false }
        switch (self, other) {
        case (.object(let fields), .object):
            return fields.allSatisfy { $0.value.isCovered(by: other[$0.name]) }
        case (.array(let items), .array(let others)):
            return items.count == others.count && zip(items, others).allSatisfy { $0.isCovered(by: $1) }
        default: return self == other
        }
    }
}
