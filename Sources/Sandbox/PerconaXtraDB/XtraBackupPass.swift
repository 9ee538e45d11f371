import JSON
import KubernetesAPI

/// One look at a PerconaXtraDBClusterBackup.
struct XtraBackupPass: PerconaJobPass {
    let job: PerconaJob
    var memory: PerconaJobMemory
    var decision = ClusterDecision()

    private var backup: JSONValue { job.object }
    private var state: String { backup.jobState }
    private var storageName: String { job.spec["storageName"]?.string ?? "" }

    mutating func run() {
        if backup.isBeingDeleted { return finalize() }
        // A backup of no cluster stays as it is, without a word.
        guard ![Xtra.Job.succeeded, Xtra.Job.failed].contains(state), let snapshot = job.snapshot else { return }
        guard let storage = snapshot.spec.at("backup", "storages")?[storageName] else {
            return fail("storage \(storageName) doesn't exist")
        }
        if let complaint = XtraValidation(snapshot.cluster).complaint { return fail("wrong PXC options: " + complaint) }
        if snapshot.spec.at("backup", "allowParallel")?.bool == false,
            !backup.finalizers.contains(Percona.Finalizer.releaseLock)
        {
            let finalizers = JSONValue(backup.finalizers + [Percona.Finalizer.releaseLock])
            decision.actions.append(.patch(job.reference, ["metadata": ["finalizers": finalizers]]))
        }
        if let why = missedDeadline(snapshot) { return fail("\(why) deadline seconds exceeded: deadline exceeded") }
        let running = snapshot.jobs[XtraJobs.backup(backup.objectName)]
        if let running, holdOrResume(running, snapshot) { return }
        guard canBackUp(snapshot) else { return }
        guard let running else { return start(snapshot, storage) }
        follow(running, snapshot, storage)
    }

    private func canBackUp(_ snapshot: PerconaSnapshot) -> Bool {
        if snapshot.cluster.at("status", "state")?.string == Percona.State.ready { return true }
        return snapshot.spec.at("unsafeFlags", "backupIfUnhealthy")?.bool == true
            && (snapshot.cluster.at("status", "pxc", "ready")?.integer ?? 0) > 0
    }

    /// Which of the deadlines is over; nil when none is.
    ///
    /// Without a deadline a backup waits for ever.
    private mutating func missedDeadline(_ snapshot: PerconaSnapshot) -> String? {
        func limit(_ field: String) -> Int64? {
            (job.spec[field] ?? snapshot.spec.at("backup", field))?.integer
        }
        let running = snapshot.jobs[XtraJobs.backup(backup.objectName)]
        let candidates: [(String, Int64?, String?)] = [
            (
                "starting", state.isEmpty ? limit("startingDeadlineSeconds") : nil,
                backup.at("metadata", "creationTimestamp")?.string
            ),
            (
                "running", state == Xtra.Job.starting ? limit("runningDeadlineSeconds") : nil,
                running?.at("metadata", "creationTimestamp")?.string
            ),
        ]
        for (name, seconds, since) in candidates {
            guard let seconds, let since = since.flatMap({ Timestamp($0) }) else { continue }
            let end = since + .seconds(seconds)
            if end <= job.now { return name }
            wake(at: end)
        }
        guard state == Xtra.Job.suspended, let seconds = limit("suspendedDeadlineSeconds") else { return nil }
        return isWaiting("suspended", seconds * 1_000_000) ? nil : "suspended"
    }

    /// A job is held while servers are missing, and goes on when they are back; whether that was all for now.
    private mutating func holdOrResume(_ running: JSONValue, _ snapshot: PerconaSnapshot) -> Bool {
        let status = snapshot.cluster["status"] ?? [:]
        let isComplete = status.at("pxc", "ready") == status.at("pxc", "size")
        let isReady = status["state"]?.string == Percona.State.ready
        let isHeld = running.at("spec", "suspend")?.bool == true
        let place = snapshot.reference(.job, running.objectName)
        if isHeld, isReady, isComplete {
            decision.actions.append(.patch(place, ["spec": ["suspend": false]]))
            return false
        }
        if !isHeld, !isReady, !isComplete, running.conditionStatus("Complete") != "True",
            snapshot.spec.at("unsafeFlags", "backupIfUnhealthy")?.bool != true
        {
            decision.actions.append(.patch(place, ["spec": ["suspend": true]]))
            decision.actions.append(.patchStatus(job.reference, ["state": .string(Xtra.Job.suspended)]))
            return true
        }
        return isHeld
    }

    private mutating func start(_ snapshot: PerconaSnapshot, _ storage: JSONValue) {
        if snapshot.spec.at("backup", "allowParallel")?.bool == false {
            let isTaken = snapshot.backups.values.contains {
                $0.objectName != backup.objectName && [Xtra.Job.starting, Xtra.Job.running].contains($0.jobState)
            }
            if isTaken { return retryLater() }
        }
        decision.counted.append(.backups)
        let isAsked = isFailureAsked("backup")
        let made = XtraJobs(snapshot).job(
            XtraJobs.backup(backup.objectName),
            owner: backup,
            container: "xtrabackup",
            labels: ["percona.com/backup-name": backup.objectName, "percona.com/backup-type": "xtrabackup"],
            fails: isAsked
        )
        decision.actions.append(.create(.job, made))
        decision.actions.append(.patchStatus(job.reference, started(snapshot, storage)))
    }

    private func started(_ snapshot: PerconaSnapshot, _ storage: JSONValue) -> JSONValue {
        let type = storage["type"]?.string ?? "s3"
        let created = backup.at("metadata", "creationTimestamp")?.string ?? job.now.description
        let stamp = created.prefix(19).replacing("T", with: "-")
        let name = "\(snapshot.name)-\(stamp)-full"
        var status: JSONValue = [
            "state": .string(Xtra.Job.starting), "storageName": .string(storageName), "storage_type": .string(type),
            "sslSecretName": .string(Xtra.certificate(snapshot.name, isInternal: false, snapshot.spec)),
            "sslInternalSecretName": .string(Xtra.certificate(snapshot.name, isInternal: true, snapshot.spec)),
            "image": snapshot.spec.at("backup", "image") ?? "",
        ]
        switch type {
        case "azure":
            let container = storage.at("azure", "container")?.string ?? ""
            status["azure"] = storage["azure"]
            status["destination"] = .string("azure://\(container)/\(name)")
        case "filesystem":
            status["destination"] = .string("pvc/\(XtraJobs.backup(backup.objectName))")
            status["pvc"] = storage.at("volume", "persistentVolumeClaim")
        default:
            let bucket = storage.at("s3", "bucket")?.string ?? ""
            status["s3"] = storage["s3"]
            status["destination"] = .string(bucket.hasPrefix("s3://") ? "\(bucket)/\(name)" : "s3://\(bucket)/\(name)")
        }
        if let verifies = storage["verifyTLS"] { status["verifyTLS"] = verifies }
        return status
    }

    /// The state is the job's: why one failed is only told there.
    private mutating func follow(_ running: JSONValue, _ snapshot: PerconaSnapshot, _ storage: JSONValue) {
        if running.conditionStatus("Failed") == "True" {
            decision.actions.append(.patchStatus(job.reference, ["state": .string(Xtra.Job.failed)]))
        } else if running.conditionStatus("Complete") == "True" {
            succeed(running, snapshot)
        } else if state != Xtra.Job.running {
            guard !isWaiting("pods", Delays.Base.podRunning) else { return }
            decision.actions.append(.patchStatus(job.reference, ["state": .string(Xtra.Job.running)]))
        }
    }

    private mutating func succeed(_ running: JSONValue, _ snapshot: PerconaSnapshot) {
        let time = running.at("status", "completionTime") ?? .string(job.now.description)
        var status: JSONValue = ["state": .string(Xtra.Job.succeeded), "completed": time]
        if snapshot.spec.at("backup", "pitr", "enabled")?.bool == true {
            status["latestRestorableTime"] = time
            if RequestedFailure.isAsked("pitr-gap", on: snapshot.cluster) {
                status["conditions"] = [
                    [
                        "type": "PITRReady", "status": "False", "reason": "BinlogGapDetected",
                        "message": "Binlog with GTID set not found", "lastTransitionTime": time,
                    ]
                ]
            }
        }
        let destination = backup.at("status", "destination")?.string ?? ""
        decision.actions.append(
            PerconaBucket.store(
                destination,
                in: backup.objectNamespace,
                ["completed": time.string ?? "", "cluster": snapshot.name]
            )
        )
        decision.actions.append(.delete(snapshot.reference(.secret, snapshot.name + "-mysql-init")))
        decision.actions.append(.patchStatus(job.reference, status))
    }

    /// Finalizers that are not the operator's own are left to whoever wrote them.
    private mutating func finalize() {
        let own = [Percona.Finalizer.deleteBackup, Percona.Finalizer.releaseLock]
        let kept = backup.finalizers.filter { !own.contains($0) }
        if backup.finalizers.contains(Percona.Finalizer.deleteBackup),
            let destination = backup.at("status", "destination")?.string, !destination.isEmpty
        {
            decision.actions.append(PerconaBucket.remove(destination, from: backup.objectNamespace))
        }
        guard kept != backup.finalizers else { return }
        decision.actions.append(
            .patch(job.reference, ["metadata": ["finalizers": kept.isEmpty ? .null : JSONValue(kept)]])
        )
    }

    private mutating func fail(_ why: String) {
        decision.actions.append(
            .patchStatus(job.reference, ["state": .string(Xtra.Job.failed), "error": .string(why)])
        )
    }
}

/// Builds the jobs of backups and restores.
struct XtraJobs {
    private let snapshot: PerconaSnapshot

    init(_ snapshot: PerconaSnapshot) { self.snapshot = snapshot }

    /// The name of a backup's job, cut to what a label takes.
    static func backup(_ name: String) -> String { trimmed("xb-" + name) }

    private static func trimmed(_ name: String) -> String {
        func isPlain(_ character: Character) -> Bool {
            character.isASCII && (character.isLowercase || character.isNumber)
        }
        var result = name.prefix(63)
        while let last = result.last, !isPlain(last) { result = result.dropLast() }
        return String(result)
    }

    /// The names of the jobs of a restore, which are not cut.
    static func restore(_ kind: String, _ restore: JSONValue) -> String {
        "\(kind)-job-\(restore.objectName)-\(restore.at("spec", "pxcCluster")?.string ?? "")"
    }

    func job(
        _ name: String,
        owner: JSONValue,
        container: String,
        labels: [String: String],
        fails: Bool
    ) -> JSONValue {
        let allLabels = Xtra.labels(snapshot.name).merging(labels) { $1 }
        var metadata: JSONValue = [
            "name": .string(name), "namespace": .string(snapshot.namespace), "labels": JSONValue(allLabels),
            "ownerReferences": [Percona.controller(owner)],
        ]
        if fails { metadata["annotations"] = [RequestedFailure.annotation: "job"] }
        let limit = snapshot.spec.at("backup", "backoffLimit") ?? 10
        return [
            "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
            "spec": [
                "backoffLimit": limit,
                "template": [
                    "metadata": ["labels": JSONValue(allLabels)],
                    "spec": [
                        "containers": [
                            ["name": .string(container), "image": snapshot.spec.at("backup", "image") ?? ""]
                        ],
                        "restartPolicy": "Never",
                    ],
                ],
            ],
        ]
    }
}
