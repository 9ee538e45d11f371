import JSON
import KubernetesAPI

/// One look at a PerconaServerMongoDBBackup.
struct MongoBackupPass: PerconaJobPass {
    let job: PerconaJob
    var memory: PerconaJobMemory
    var decision = ClusterDecision()

    private var backup: JSONValue { job.object }
    private var state: String { backup.jobState }
    private var storageName: String { job.spec["storageName"]?.string ?? "" }

    mutating func run() {
        if backup.isBeingDeleted { return finalize() }
        guard state != "ready", state != "error" else { return }
        if storageName.isEmpty { return fail("spec storageName field is empty") }
        if job.spec["clusterName"]?.string ?? "" == "" { return fail("spec clusterName is empty") }
        if isTooLate() { return fail("starting deadline seconds exceeded") }
        guard let snapshot = job.snapshot else { return fail("cluster not found") }
        if let complaint = MongoValidation(snapshot.cluster).complaint { return fail(complaint) }
        switch state {
        case "", "waiting": start(snapshot)
        case "requested": follow(snapshot, until: "running", Delays.Base.configurationLoaded)
        default: follow(snapshot, until: "ready", Delays.Base.backup)
        }
    }

    /// A backup that has not begun when its time is over never will; one that waits for another has begun.
    private mutating func isTooLate() -> Bool {
        guard state.isEmpty,
            let limit =
                (job.spec["startingDeadlineSeconds"]
                ?? job.snapshot?.spec.at("backup", "startingDeadlineSeconds"))?.integer,
            let created = backup.at("metadata", "creationTimestamp")?.string.flatMap({ Timestamp($0) })
        else { return false }
        let end = created + .seconds(limit)
        guard end > job.now else { return true }
        wake(at: end)
        return false
    }

    private mutating func start(_ snapshot: PerconaSnapshot) {
        guard canBackUp(snapshot) else { return }
        let others = snapshot.backups.values.filter { $0.objectName != backup.objectName }
        let isBusy =
            others.contains {
                // One that holds the lock and whose state is not written yet counts as well.
                ["requested", "running"].contains($0.jobState) || memory.starts[$0.objectUID] != nil
            }
            || snapshot.restores.values.contains { !["ready", "error", "waiting"].contains($0.jobState) }
        if isBusy {
            if state != "waiting" { decision.actions.append(.patchStatus(job.reference, ["state": "waiting"])) }
            return
        }
        // The lock is one of the finalizers, and so the object changes before its backup starts.
        guard backup.finalizers.contains(Percona.Finalizer.releaseLock) else {
            let finalizers = JSONValue(backup.finalizers + [Percona.Finalizer.releaseLock])
            decision.actions.append(.patch(job.reference, ["metadata": ["finalizers": finalizers]]))
            return
        }
        guard let storage = snapshot.spec.at("backup", "storages")?[storageName] else {
            return fail("unable to get storage '\(storageName)'")
        }
        // The command goes to the agents at once and the state follows a moment later: whoever changes the object in
        // between makes the operator look at it again, and a second backup starts.
        let version = backup.at("metadata", "resourceVersion")?.string ?? ""
        if let begun = memory.starts[backup.objectUID], begun != version { decision.counted.append(.backups) }
        memory.starts[backup.objectUID] = version
        guard !isWaiting("start", Delays.Base.configurationLoaded) else { return }
        memory.starts[backup.objectUID] = nil
        decision.counted.append(.backups)
        decision.actions.append(.patchStatus(job.reference, started(snapshot, storage)))
    }

    private func canBackUp(_ snapshot: PerconaSnapshot) -> Bool {
        let status = snapshot.cluster["status"] ?? [:]
        guard snapshot.spec.at("backup", "enabled")?.bool == true else { return false }
        switch status["state"]?.string ?? "" {
        case Percona.State.ready: return true
        case Percona.State.initializing where snapshot.cluster.conditionStatus("pendingSmartUpdate") == "True":
            return true
        default: break
        }
        guard snapshot.spec.at("unsafeFlags", "backupIfUnhealthy")?.bool == true else { return false }
        let replsets = status["replsets"]?.object ?? [:]
        return !replsets.isEmpty && replsets.allSatisfy { ($0.value["ready"]?.integer ?? 0) > 0 }
    }

    private func started(_ snapshot: PerconaSnapshot, _ storage: JSONValue) -> JSONValue {
        let name = job.now.description.prefix(19) + "Z"
        let type = storage["type"]?.string ?? "s3"
        var status: JSONValue = [
            "state": "requested", "storageName": .string(storageName), "pbmName": .string(String(name)),
            "lastTransition": .string(job.now.description),
            "destination": .string(Self.place(storage) + "/" + name),
            "replsetNames": JSONValue(MongoReplset.all(snapshot.spec).map(\.name)),
        ]
        if let details = storage[type] { status[type] = details }
        return status
    }

    /// The address of what a storage holds, without the last part.
    static func place(_ storage: JSONValue) -> String {
        let type = storage["type"]?.string ?? "s3"
        let details = storage[type] ?? [:]
        func joined(_ field: String) -> String {
            [details[field]?.string, details["prefix"]?.string].compactMap(\.self).filter { !$0.isEmpty }
                .joined(separator: "/")
        }
        func prefixed(_ scheme: String, _ text: String) -> String { text.hasPrefix(scheme) ? text : scheme + text }
        switch type {
        case "gcs": return prefixed("gs://", joined("bucket"))
        case "azure":
            let endpoint = details["endpointUrl"]?.string ?? ""
            return endpoint.isEmpty ? prefixed("azure://", joined("container")) : endpoint + "/" + joined("container")
        case "filesystem":
            let path = details["path"]?.string ?? ""
            return path.hasSuffix("/") ? String(path.dropLast()) : path
        default: return prefixed("s3://", joined("bucket"))
        }
    }

    private mutating func follow(_ snapshot: PerconaSnapshot, until next: String, _ base: Int64) {
        guard !isWaiting(state, base) else { return }
        let time = JSONValue.string(job.now.description)
        guard next == "ready" else {
            let node = snapshot.pods([:]).first { $0.label(Percona.Label.component) == "mongod" }?.objectName ?? ""
            let status: JSONValue = [
                "state": "running", "start": time, "lastTransition": time, "type": job.spec["type"] ?? "logical",
                "pbmPod": .string(node),
            ]
            return decision.actions.append(.patchStatus(job.reference, status))
        }
        if isFailureAsked("backup") { return fail("upload: the object store refused the data, as was asked for") }
        let destination = backup.at("status", "destination")?.string ?? ""
        var status: JSONValue = [
            "state": "ready", "size": "1.25MB", "completed": time, "lastWriteAt": time, "lastTransition": time,
        ]
        if snapshot.spec.at("backup", "pitr", "enabled")?.bool == true { status["latestRestorableTime"] = time }
        decision.actions.append(
            PerconaBucket.store(
                destination,
                in: backup.objectNamespace,
                ["type": job.spec["type"]?.string ?? "logical", "lastWriteAt": job.now.description]
            )
        )
        decision.actions.append(.patchStatus(job.reference, status))
    }

    /// Only what the operator knows is kept of the finalizers, and only when it could not be worked off.
    private mutating func finalize() {
        var kept: [String] = []
        if backup.finalizers.contains(Percona.Finalizer.deleteBackup), state == "ready",
            job.spec["type"]?.string != "incremental", let destination = backup.at("status", "destination")?.string
        {
            if isLastBase {
                kept.append(Percona.Finalizer.deleteBackup)
                retryLater()
            } else {
                decision.actions.append(PerconaBucket.remove(destination, from: backup.objectNamespace))
            }
        }
        guard kept != backup.finalizers else { return }
        decision.actions.append(
            .patch(job.reference, ["metadata": ["finalizers": kept.isEmpty ? .null : JSONValue(kept)]])
        )
    }

    /// Whether point-in-time recovery begins at this backup and no other.
    private var isLastBase: Bool {
        guard let snapshot = job.snapshot, snapshot.spec.at("backup", "pitr", "enabled")?.bool == true,
            MongoValidation.mainStorage(snapshot.spec)?.name == backup.at("status", "storageName")?.string
        else { return false }
        return !snapshot.backups.values.contains {
            $0.objectName != backup.objectName && $0.jobState == "ready" && !$0.isBeingDeleted
                && $0.at("status", "storageName") == backup.at("status", "storageName")
        }
    }

    private mutating func fail(_ why: String) {
        decision.actions.append(.patchStatus(job.reference, ["state": "error", "error": .string(why)]))
    }
}
