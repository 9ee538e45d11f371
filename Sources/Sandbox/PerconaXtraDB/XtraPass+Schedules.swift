import JSON
import KubernetesAPI

/// Backups by the clock of the operator process.
extension XtraPass {
    mutating func runSchedules() {
        let prefix = ShortHash.sha1("\(snapshot.namespace)-\(snapshot.name)").prefix(5)
        var names: Set<String> = []
        for task in spec.at("backup", "schedule")?.array ?? [] {
            let name = "\(prefix)-\(task["name"]?.string ?? "")"
            names.insert(name)
            let (text, storage) = (task["schedule"]?.string ?? "", task["storageName"]?.string ?? "")
            // Another time or storage makes the operator read a task anew; a time it cannot read is only logged.
            if memory.schedules[name]?.cron != text || memory.schedules[name]?.storage != storage {
                guard PerconaCron(text) != nil else { continue }
                memory.schedules[name] = PerconaSchedule(cron: text, storage: storage, task: task, since: now)
            }
            retire(task, named: name)
        }
        for name in memory.schedules.keys where !names.contains(name) { memory.schedules[name] = nil }
        for (name, schedule) in memory.schedules.sorted(by: { $0.key < $1.key }) { run(schedule, named: name) }
    }

    /// A backup that is due while the cluster is not ready is left out, not made later.
    private mutating func run(_ schedule: PerconaSchedule, named name: String) {
        guard let cron = PerconaCron(schedule.cron), let next = cron.next(after: schedule.since) else { return }
        guard next <= now else { return wake(at: next) }
        memory.schedules[name]?.since = now
        if let following = cron.next(after: now) { wake(at: following) }
        guard shownState == Percona.State.ready || spec.at("unsafeFlags", "backupIfUnhealthy")?.bool == true else {
            return
        }
        act(.create(.perconaXtraDBBackup, backup(of: schedule, named: name, at: next)))
    }

    private func backup(of schedule: PerconaSchedule, named name: String, at time: Timestamp) -> JSONValue {
        // Numbers without leading zeros, one after the other.
        let text = time.description
        let parts = text.prefix(19).split(whereSeparator: { "-T:".contains($0) }).compactMap { Int($0) }
        let stamp = parts.map(String.init).joined()
        var labels = Xtra.labels(snapshot.name)
        labels[Percona.Label.ancestor] = name
        labels[Percona.Label.cluster] = snapshot.name
        labels["percona.com/backup-type"] = "cron"
        let crc = String(ShortHash.crc32(schedule.cron), radix: 32).prefix(5)
        var metadata: JSONValue = [
            "name": .string("cron-\(snapshot.name.prefix(16))-\(schedule.storage.prefix(16))-\(stamp)-\(crc)"),
            "namespace": .string(snapshot.namespace), "labels": JSONValue(labels),
        ]
        if schedule.task.at("retention", "deleteFromStorage")?.bool ?? true {
            metadata["finalizers"] = [.string(Percona.Finalizer.deleteBackup)]
        }
        var backup: JSONValue = [
            "pxcCluster": .string(snapshot.name), "storageName": .string(schedule.storage),
        ]
        backup["startingDeadlineSeconds"] = spec.at("backup", "startingDeadlineSeconds")
        return [
            "apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBClusterBackup", "metadata": metadata,
            "spec": backup,
        ]
    }

    /// The oldest successful backups of a schedule beyond those to keep.
    private mutating func retire(_ task: JSONValue, named name: String) {
        let keep = Int((task.at("retention", "count") ?? task["keep"])?.integer ?? 0)
        guard keep > 0 else { return }
        let own = snapshot.backups.values.filter {
            $0.label(Percona.Label.ancestor) == name && $0.jobState == Xtra.Job.succeeded && !$0.isBeingDeleted
        }.sorted {
            ($0.at("metadata", "creationTimestamp")?.string ?? "", $0.objectName)
                < ($1.at("metadata", "creationTimestamp")?.string ?? "", $1.objectName)
        }
        for old in own.dropLast(keep) { act(.delete(snapshot.reference(.perconaXtraDBBackup, old.objectName))) }
    }
}
