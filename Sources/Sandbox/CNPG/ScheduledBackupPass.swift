import JSON
import KubernetesAPI

/// One look at a ScheduledBackup.
struct ScheduledBackupPass {
    let schedule: JSONValue
    /// The cluster it names; nil when there is none.
    let cluster: JSONValue?
    let now: Timestamp
    var decision = ClusterDecision()

    private var spec: JSONValue { schedule["spec"] ?? [:] }
    private var reference: ObjectReference { ObjectReference(.cnpgScheduledBackup, schedule.objectKey) }

    mutating func run() {
        guard !schedule.isBeingDeleted, spec["suspend"]?.bool != true,
            let cron = CronSchedule(spec["schedule"]?.string ?? "")
        else { return }
        let time = JSONValue.string(now.description)
        guard let checked = schedule.at("status", "lastCheckTime")?.string.flatMap({ Timestamp($0) }) else {
            var status: JSONValue = ["lastCheckTime": time]
            if spec["immediate"]?.bool == true {
                create(at: now, isImmediate: true)
                status["lastScheduleTime"] = time
            }
            return plan(cron, after: now, status)
        }
        guard let due = cron.next(after: checked) else { return }
        guard due <= now else {
            decision.wake = due
            return
        }
        create(at: due, isImmediate: false)
        plan(cron, after: now, ["lastCheckTime": time, "lastScheduleTime": .string(due.description)])
    }

    private mutating func plan(_ cron: CronSchedule, after time: Timestamp, _ status: JSONValue) {
        var status = status
        let next = cron.next(after: time)
        status["nextScheduleTime"] = next.map { .string($0.description) }
        decision.actions.append(.patchStatus(reference, status))
        decision.wake = next
    }

    private mutating func create(at time: Timestamp, isImmediate: Bool) {
        let stamp = time.description.filter { $0.isASCII && $0.isNumber }
        var metadata: JSONValue = [
            "name": .string("\(schedule.objectName)-\(stamp)"), "namespace": .string(schedule.objectNamespace),
            "labels": [
                CNPG.Label.cluster: spec.at("cluster", "name") ?? "",
                CNPG.Label.scheduledBackup: .string(schedule.objectName),
                CNPG.Label.immediateBackup: .string(isImmediate ? "true" : "false"),
            ],
        ]
        switch spec["backupOwnerReference"]?.string {
        case "self": metadata["ownerReferences"] = [CNPG.controller(schedule, kind: "ScheduledBackup")]
        case "cluster": metadata["ownerReferences"] = cluster.map { [CNPG.controller($0, kind: "Cluster")] }
        default: break
        }
        var backup: JSONValue = [:]
        for field in ["cluster", "method", "target", "online", "onlineConfiguration", "pluginConfiguration"] {
            backup[field] = spec[field]
        }
        decision.actions.append(
            .create(
                .cnpgBackup,
                [
                    "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup", "metadata": metadata, "spec": backup,
                ]
            )
        )
    }
}
