import JSON
import KubernetesAPI

/// One look at a Backup.
struct BackupPass {
    let backup: JSONValue
    /// The cluster it names; nil when there is none.
    let snapshot: ClusterSnapshot?
    /// The other backups of that cluster.
    let siblings: [JSONValue]
    let now: Timestamp
    let delays: Delays
    var timers: Timers
    var decision = ClusterDecision()

    private var spec: JSONValue { backup["spec"] ?? [:] }
    private var reference: ObjectReference { ObjectReference(.cnpgBackup, backup.objectKey) }
    private var method: String { spec["method"]?.string ?? "barmanObjectStore" }

    mutating func run() {
        guard !backup.isBeingDeleted else { return }
        switch backup.at("status", "phase")?.string ?? "" {
        case "completed", "failed", "invalid backup definition": return
        case "started", "running", "finalizing": follow()
        default: start()
        }
    }

    private mutating func start() {
        guard let snapshot else { return wait() }
        if let refusal = refusal(snapshot) { return fail(refusal) }
        let isBusy = siblings.contains {
            ["started", "running", "finalizing"].contains($0.at("status", "phase")?.string)
        }
        let isUpgrading = snapshot.cluster.at("status", "targetPgDataImageInfo") != nil
        guard !isBusy, !isUpgrading, let pod = suitablePod(snapshot) else { return wait() }
        guard snapshot.cluster.conditionStatus("ContinuousArchiving") != "False" else {
            return wait("walArchivingFailing")
        }
        decision.counted.append(.backups)
        let time = JSONValue.string(now.description)
        decision.actions.append(
            .patchStatus(
                reference,
                [
                    "phase": "started", "method": .string(method), "startedAt": time, "reconciliationStartedAt": time,
                    "instanceID": [
                        "podName": .string(pod.objectName), "ContainerID": .string("sandbox://\(pod.objectUID)"),
                    ],
                    "majorVersion": snapshot.cluster.at("status", "pgDataImageInfo", "majorVersion") ?? 0,
                ]
            )
        )
        setCondition(snapshot, "False", "BackupStarted", "New Backup starting up")
        decision.wake = now.adding(microseconds: delays.microseconds(Delays.Base.backup, for: "\(backup.objectKey)"))
    }

    /// What fails a backup before it starts.
    private func refusal(_ snapshot: ClusterSnapshot) -> String? {
        if snapshot.cluster.annotation(CNPG.Annotation.hibernation) == "on" {
            return "cannot backup a hibernated cluster"
        }
        switch method {
        case "plugin":
            let name = spec.at("pluginConfiguration", "name")?.string ?? ""
            guard snapshot.spec.enabledPlugins.contains(where: { $0["name"]?.string == name }) else {
                return "requested plugin is not available: \(name)"
            }
            let store = snapshot.spec.barmanPlugin?.at("parameters", "barmanObjectName")?.string
            guard let store, snapshot.other(.barmanObjectStore, store) != nil else {
                return "while getting ObjectStore: objectstores.barmancloud.cnpg.io \"\(store ?? "")\" not found"
            }
            return nil
        case "volumeSnapshot":
            return snapshot.spec.at("backup", "volumeSnapshot") == nil
                ? "cannot proceed with the backup as the cluster has no volumeSnapshot section" : nil
        default:
            return snapshot.spec.at("backup", "barmanObjectStore") == nil
                ? "cannot proceed with the backup as the cluster has no backup section" : nil
        }
    }

    /// A ready replica where that is preferred and there is one, else the primary.
    private func suitablePod(_ snapshot: ClusterSnapshot) -> JSONValue? {
        let primary = snapshot.cluster.at("status", "currentPrimary")?.string
        let ready = snapshot.instances.filter { $0.isReady && !snapshot.isFenced($0.name) }
        let target = spec["target"]?.string ?? snapshot.spec.at("backup", "target")?.string ?? "prefer-standby"
        let replica = target == "primary" ? nil : ready.first { $0.name != primary }
        return (replica ?? ready.first { $0.name == primary })?.pod
    }

    private mutating func follow() {
        let name = backup.at("status", "instanceID", "podName")?.string ?? ""
        let container = backup.at("status", "instanceID", "ContainerID")?.string
        guard let snapshot, let pod = snapshot.pods[name], !pod.isBeingDeleted,
            container == "sandbox://\(pod.objectUID)"
        else { return fail("the instance manager of the backup's instance has been restarted") }
        let length = delays.microseconds(Delays.Base.backup, for: "\(backup.objectKey)")
        let end = timers.end("backup", of: backup.objectUID, lasting: length, now: now)
        guard end <= now else {
            decision.wake = end
            return
        }
        timers.forget(backup.objectUID)
        let asked =
            RequestedFailure.isAsked("backup", on: backup) || RequestedFailure.isAsked("backup", on: snapshot.cluster)
        if asked { return fail("exit status 4: the object store refused the data, as was asked for") }
        complete(snapshot)
    }

    private mutating func complete(_ snapshot: ClusterSnapshot) {
        let started = backup.at("status", "startedAt")?.string.flatMap { Timestamp($0) } ?? now
        let digits = started.description.filter { $0.isNumber || $0 == "T" }
        let server = snapshot.spec.barmanPlugin?.at("parameters", "serverName")?.string ?? snapshot.name
        let time = JSONValue.string(now.description)
        var status: JSONValue = [
            "phase": "completed", "stoppedAt": time, "reconciliationTerminatedAt": time,
            "backupId": .string(digits), "backupName": .string("backup-\(digits.filter { $0 != "T" })"),
            "beginWal": "000000010000000000000005", "endWal": "000000010000000000000006",
            "beginLSN": "0/5000028", "endLSN": "0/6000158", "online": .bool(spec["online"]?.bool ?? true),
            "error": .null,
        ]
        if method == "barmanObjectStore" { status["serverName"] = .string(server) }
        decision.actions.append(.patchStatus(reference, status))
        setCondition(snapshot, "True", "LastBackupSucceeded", "Backup was successful")
        guard method == "plugin", let store = storeReference(snapshot) else { return }
        var kept = snapshot.others[store].map { Self.kept($0, server) } ?? []
        kept.append(digits)
        let annotation = Self.keptAnnotation(server)
        decision.actions.append(
            .patch(store, ["metadata": ["annotations": [annotation: .string(kept.joined(separator: ","))]]])
        )
        let window = snapshot.others[store]?.at("status", "serverRecoveryWindow")?[server]
        decision.actions.append(
            .patchStatus(
                store,
                [
                    "serverRecoveryWindow": [
                        server: [
                            "firstRecoverabilityPoint": window?["firstRecoverabilityPoint"] ?? time,
                            "lastSuccessfulBackupTime": time,
                        ]
                    ]
                ]
            )
        )
    }

    /// What the bucket behind an ObjectStore holds, in annotations of it, a server each; deleting a Backup does not
    /// take its data from there.
    private static func keptAnnotation(_ server: String) -> String {
        // A server's name may be longer than an annotation's.
        "backups.sandbox.dbaas.io/" + String(stableHash(of: .string(server)), radix: 16)
    }

    /// The ids of the backups of a server that a store holds, oldest first.
    static func kept(_ store: JSONValue, _ server: String) -> [String] {
        (store.annotation(keptAnnotation(server)) ?? "").split(separator: ",").map(String.init)
    }

    private mutating func fail(_ why: String) {
        let time = JSONValue.string(now.description)
        decision.actions.append(
            .patchStatus(
                reference,
                [
                    "phase": "failed", "method": .string(method), "error": .string(why), "stoppedAt": time,
                    "reconciliationTerminatedAt": time,
                ]
            )
        )
        guard let snapshot else { return }
        decision.actions.append(.patchStatus(snapshot.reference, ["lastFailedBackup": time]))
        setCondition(snapshot, "False", "LastBackupFailed", why)
        guard let store = storeReference(snapshot), backup.at("status", "phase")?.string == "started" else { return }
        let server = snapshot.spec.barmanPlugin?.at("parameters", "serverName")?.string ?? snapshot.name
        decision.actions.append(
            .patchStatus(store, ["serverRecoveryWindow": [server: ["lastFailedBackupTime": time]]])
        )
    }

    private mutating func wait(_ phase: String = "pending") {
        if backup.at("status", "phase")?.string != phase {
            decision.actions.append(.patchStatus(reference, ["phase": .string(phase), "method": .string(method)]))
        }
        decision.wake = now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: "\(backup.objectKey)"))
    }

    private func storeReference(_ snapshot: ClusterSnapshot) -> ObjectReference? {
        guard let name = snapshot.spec.barmanPlugin?.at("parameters", "barmanObjectName")?.string else { return nil }
        let store = snapshot.reference(.barmanObjectStore, name)
        return snapshot.others[store] == nil ? nil : store
    }

    private mutating func setCondition(
        _ snapshot: ClusterSnapshot,
        _ state: String,
        _ reason: String,
        _ message: String
    ) {
        var pass = ClusterPass(snapshot, memory: ClusterMemory(), delays: delays, now: now)
        pass.setCondition("LastBackupSucceeded", state, reason, message)
        guard let conditions = pass.status["conditions"] else { return }
        decision.actions.append(.patchStatus(snapshot.reference, ["conditions": conditions]))
    }
}
