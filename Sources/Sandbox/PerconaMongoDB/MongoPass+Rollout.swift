import JSON
import KubernetesAPI

/// Pods made anew after a change, one after the other.
extension MongoPass {
    /// How long the operator waits for one pod before it lets the status show an error for one look.
    private static let podWait: Int64 = 60_000_000

    func isOutdated(_ set: JSONValue) -> Bool {
        guard let revision = set.at("status", "updateRevision")?.string else { return false }
        return pods(of: set).contains { $0.label(StatefulSetRules.revisionLabel) != revision }
    }

    func pods(of set: JSONValue) -> [JSONValue] {
        snapshot.pods(set.at("spec", "selector", "matchLabels")?.strings ?? [:])
    }

    /// Secondaries from the last to the first, then the primary, which steps down before.
    mutating func update(_ set: JSONValue, _ replset: MongoReplset, _ component: String) throws(PassEnd) {
        guard replset.size > 0, (spec["updateStrategy"]?.string ?? "SmartUpdate") == "SmartUpdate" else { return }
        try waitForReplacement(in: set, replset)
        guard isOutdated(set), !waitsForConfigServers(set) else { return }
        let pods = pods(of: set)
        let ready = set.at("status", "readyReplicas")?.integer ?? 0
        // A pod that is not ready, for whatever reason, stops the update until somebody deals with it.
        guard ready >= set.at("status", "replicas")?.integer ?? 0, pods.count >= StatefulSetRules.replicas(set) else {
            return
        }
        guard status["replsets"]?[replset.name]?["initialized"]?.bool == true else {
            return try replaceFirst(pods, set)
        }
        let members = status["replsets"]?[replset.name]?["members"]?.object
        if let members, !members.isEmpty, let stranger = pods.first(where: { members[$0.objectName] == nil }) {
            return try replaceFirst([stranger], set)
        }
        guard !isBackingUp else { return }
        let isBeingRestored = set.annotation(Percona.Annotation.restoreInProgress) != nil
        let hasJobs = snapshot.restores.values.contains { !["ready", "error", "waiting"].contains($0.jobState) }
        guard isBeingRestored || !hasJobs else { return }
        let primary = primary(of: replset.name)
        try replaceFirst(pods.filter { $0.objectName != primary }.reversed(), set)
        if let last = pods.first(where: { $0.objectName == primary }), isOutdated(last, set) {
            if !["nonVoting", "hidden"].contains(component) { stepDown(replset) }
            try replaceFirst([last], set)
        }
    }

    private func isOutdated(_ pod: JSONValue, _ set: JSONValue) -> Bool {
        pod.label(StatefulSetRules.revisionLabel) != set.at("status", "updateRevision")?.string
    }

    /// Deletes the first of those pods that is out of date, and ends the look.
    private mutating func replaceFirst(_ pods: [JSONValue], _ set: JSONValue) throws(PassEnd) {
        guard let pod = pods.first(where: { isOutdated($0, set) }) else { return }
        noteRollout(set)
        if !pod.isBeingDeleted { act(.delete(snapshot.reference(.pod, pod.objectName))) }
        memory.replaced[set.objectName] = pod.objectName
        memory.timers.reset("replacement \(set.objectName)", of: "cluster")
        _ = isWaiting(for: "replacement \(set.objectName)", Self.podWait)
        throw .over
    }

    /// The look at the cluster is over while a replaced pod has not come up; when that takes too long, an error is shown
    /// once, and the next look goes on as if nothing had been.
    private mutating func waitForReplacement(in set: JSONValue, _ replset: MongoReplset) throws(PassEnd) {
        let name = set.objectName
        guard let waited = memory.replaced[name] else { return }
        if let pod = snapshot.pods[waited], pod.isServingPod, !isOutdated(pod, set) {
            memory.replaced[name] = nil
            endWait("replacement \(name)")
            return
        }
        guard !isWaiting(for: "replacement \(name)", Self.podWait) else { throw .over }
        memory.replaced[name] = nil
        endWait("replacement \(name)")
        throw .error(
            "failed to run smartUpdate: failed to apply changes: wait pod restart: reach pod wait limit"
        )
    }

    private func waitsForConfigServers(_ set: JSONValue) -> Bool {
        let servers = "\(snapshot.name)-\(Mongo.configServers)"
        guard isSharded, set.objectName != servers, let configSet = snapshot.sets[servers] else { return false }
        return isOutdated(configSet)
    }

    /// Counts a rollout once, however many pods and looks it takes.
    private mutating func noteRollout(_ set: JSONValue) {
        guard let revision = set.at("status", "updateRevision")?.string,
            memory.rollouts[set.objectName] != revision
        else { return }
        memory.rollouts[set.objectName] = revision
        guard (set.at("status", "updatedReplicas")?.integer ?? 0) == 0 else { return }
        decision.counted.append(.restarts)
    }

    /// The version is read from the servers only once everything is ready with the present spec.
    mutating func readVersion() {
        let shown = snapshot.cluster["status"] ?? [:]
        guard shown["observedGeneration"] == snapshot.cluster.at("metadata", "generation"),
            shownState == Percona.State.ready, let image = spec["image"]?.string,
            shown["mongoImage"]?.string != image, let version = Percona.tag(of: image),
            !replsets.contains(where: { isSetOutdated("\(snapshot.name)-\($0.name)") })
        else { return }
        status["mongoVersion"] = .string(version)
        status["mongoImage"] = .string(image)
    }

    private func isSetOutdated(_ name: String) -> Bool { snapshot.sets[name].map { isOutdated($0) } ?? false }

    /// Routers of a sharded cluster, which come once everything before them is up to date.
    mutating func reconcileRouters() throws(PassEnd) {
        guard isSharded, !isRestoring else { return }
        let others = snapshot.sets.values.filter { $0.label(Percona.Label.component) != "mongos" }
        guard !others.contains(where: { isOutdated($0) }),
            let servers = replsets.first(where: \.isConfigServer),
            members(of: servers).count >= servers.totalSize
        else { return }
        let builder = MongoServers(snapshot: snapshot, configurations: memory.configurations)
        let wanted = builder.routers(routers, configServers: servers.size)
        guard let existing = snapshot.sets[wanted.objectName] else { return act(.create(.statefulSet, wanted)) }
        guard !existing.isBeingDeleted else { return }
        if let action = PerconaSets.action(for: wanted, existing) { act(action) }
        guard routers > 0, (spec["updateStrategy"]?.string ?? "SmartUpdate") == "SmartUpdate" else { return }
        try waitForReplacement(in: existing, servers)
        let ready = existing.at("status", "readyReplicas")?.integer ?? 0
        guard isOutdated(existing), ready >= existing.at("status", "replicas")?.integer ?? 0, !isBackingUp else {
            return
        }
        try replaceFirst(pods(of: existing).reversed(), existing)
    }
}
