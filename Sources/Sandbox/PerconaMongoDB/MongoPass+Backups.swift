import JSON
import KubernetesAPI

/// The backup agents and the schedules.
extension MongoPass {
    var hasBackups: Bool { spec.at("backup", "enabled")?.bool == true }

    /// What the agents are like; a cluster is not ready without them.
    var backupState: String {
        guard hasBackups else { return Percona.State.ready }
        if isPaused { return Percona.State.paused }
        guard status["backupVersion"] != nil else { return Percona.State.initializing }
        guard spec.at("backup", "storages")?.object?.isEmpty == false else { return Percona.State.ready }
        guard status["backupConfigHash"] != nil, !RequestedFailure.isAsked("storage", on: snapshot.cluster) else {
            return Percona.State.initializing
        }
        return Percona.State.ready
    }

    mutating func configureBackups() throws(PassEnd) {
        guard hasBackups else { return }
        readBackupVersion()
        try configureStorages()
        finishResync()
    }

    private mutating func readBackupVersion() {
        let image = spec.at("backup", "image")?.string ?? ""
        guard status["backupVersion"] == nil || status["backupImage"]?.string != image,
            (snapshot.cluster.at("status", "ready")?.integer ?? 0) > 0,
            let replset = replsets.first(where: { !$0.isConfigServer }),
            let set = snapshot.sets["\(snapshot.name)-\(replset.name)"],
            let revision = set.at("status", "updateRevision")?.string,
            pods(of: set).contains(where: { pod in
                pod.isServingPod && pod.label(StatefulSetRules.revisionLabel) == revision
                    && pod.at("spec", "containers")?.array?.contains { $0["image"]?.string == image } == true
            })
        else { return }
        status["backupVersion"] = .string(Percona.tag(of: image) ?? image)
        status["backupImage"] = .string(image)
    }

    /// The agents get the storages once every replica set has begun; this shows in a condition.
    private mutating func configureStorages() throws(PassEnd) {
        guard status["backupVersion"] != nil, !isPaused, !isRestoring,
            MongoValidation.mainStorage(spec) != nil
        else { return }
        for replset in replsets {
            let shown = status["replsets"]?[replset.name]
            guard shown?["initialized"]?.bool == true else { return }
            if isSharded, !replset.isConfigServer, shown?["added_as_shard"]?.bool != true { return }
        }
        if let missing = memory.missingCredentials {
            throw .error(
                "reconcile PBM: reconcile configuration: get config: get storage config: get storage credentials "
                    + "secret: Secret \"\(missing)\" not found"
            )
        }
        let storages = spec.at("backup", "storages") ?? [:]
        let hash = String(stableHash(of: storages), radix: 16)
        guard status["backupConfigHash"]?.string != hash else { return }
        addCondition("PBMReady", "False", reason: "PBMConfigurationIsChanged")
        guard !isWaiting(for: "storages", Delays.Base.configurationLoaded) else { return }
        endWait("storages")
        status["backupConfigHash"] = .string(hash)
        addCondition("PBMReady", "True", reason: "PBMConfigurationIsUpToDate")
    }

    /// After a physical restore the agents read the storage anew.
    private mutating func finishResync() {
        guard snapshot.cluster.annotation(Percona.Annotation.resyncNeeded) != nil, !isRestoring,
            shownState == Percona.State.ready, !isWaiting(for: "resync", Delays.Base.configurationLoaded)
        else { return }
        endWait("resync")
        act(.patch(reference, ["metadata": ["annotations": [Percona.Annotation.resyncNeeded: .null]]]))
    }

    /// Backups by the clock of the operator process.
    mutating func runSchedules() throws(PassEnd) {
        guard hasBackups else { return }
        var names: Set<String> = []
        for task in spec.at("backup", "tasks")?.array ?? [] where task["enabled"]?.bool == true {
            let name = task["name"]?.string ?? ""
            let storage = task["storageName"]?.string ?? ""
            guard spec.at("backup", "storages")?[storage] != nil else {
                throw .error(
                    "reconcile backup tasks: reconcile backup tasks: there is no storage \(storage) in cluster "
                        + "\(snapshot.name) for \(name) task"
                )
            }
            names.insert(name)
            let text = task["schedule"]?.string ?? ""
            // Only another time or another storage makes the operator read a task anew.
            if memory.schedules[name]?.cron != text || memory.schedules[name]?.storage != storage {
                guard PerconaCron(text) != nil else {
                    throw .error(
                        "reconcile backup tasks: reconcile backup tasks: can't parse cronjob schedule for backup "
                            + "\(name) with schedule \(text)"
                    )
                }
                memory.schedules[name] = PerconaSchedule(cron: text, storage: storage, task: task, since: now)
            }
            if task["type"]?.string != "incremental" { retire(task, named: name) }
        }
        for name in memory.schedules.keys where !names.contains(name) { memory.schedules[name] = nil }
        for (name, schedule) in memory.schedules.sorted(by: { $0.key < $1.key }) { run(schedule, named: name) }
    }

    private mutating func run(_ schedule: PerconaSchedule, named name: String) {
        guard let next = PerconaCron(schedule.cron)?.next(after: schedule.since) else { return }
        guard next <= now else { return wake(at: next) }
        memory.schedules[name]?.since = now
        act(.create(.perconaMongoDBBackup, backup(of: schedule.task, named: name, at: next)))
        if let following = PerconaCron(schedule.cron)?.next(after: now) { wake(at: following) }
    }

    private func backup(of task: JSONValue, named name: String, at time: Timestamp) -> JSONValue {
        let stamp = time.description.filter { $0.isASCII && $0.isNumber }.prefix(14)
        let suffix = SeededText(seed: delays.seed).letters(5, for: "\(snapshot.cluster.objectUID) \(name) \(stamp)")
            .lowercased()
        let metadata = metadata(
            ofBackup: "cron-\(snapshot.name.prefix(16))-\(stamp)-\(suffix)",
            of: task,
            named: name,
            Mongo.labels(snapshot.name)
        )
        var backup: JSONValue = [
            "clusterName": .string(snapshot.name), "storageName": task["storageName"] ?? "",
            "type": task["type"] ?? "logical", "compressionType": task["compressionType"] ?? "gzip",
        ]
        backup["compressionLevel"] = task["compressionLevel"]
        return [
            "apiVersion": "psmdb.percona.com/v1", "kind": "PerconaServerMongoDBBackup", "metadata": metadata,
            "spec": backup,
        ]
    }
}
