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
        let crc = String(ShortHash.crc32(schedule.cron), radix: 32).prefix(5)
        let metadata = metadata(
            ofBackup: "cron-\(snapshot.name.prefix(16))-\(schedule.storage.prefix(16))-\(stamp)-\(crc)",
            of: schedule.task,
            named: name,
            Xtra.labels(snapshot.name)
        )
        var backup: JSONValue = [
            "pxcCluster": .string(snapshot.name), "storageName": .string(schedule.storage),
        ]
        backup["startingDeadlineSeconds"] = spec.at("backup", "startingDeadlineSeconds")
        return [
            "apiVersion": "pxc.percona.com/v1", "kind": "PerconaXtraDBClusterBackup", "metadata": metadata,
            "spec": backup,
        ]
    }
}
