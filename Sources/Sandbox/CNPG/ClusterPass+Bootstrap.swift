import JSON
import KubernetesAPI

/// The first instance, and volumes that were there before the cluster.
extension ClusterPass {
    /// Volumes that an earlier cluster of this name left behind become this one's.
    mutating func adopt() -> Step {
        let orphans = snapshot.claims.values.filter { $0.isOrphan && !$0.isBeingDeleted }
        guard phase.isEmpty, !orphans.isEmpty else { return .goOn }
        let owner: JSONValue = ["metadata": ["ownerReferences": [CNPG.controller(snapshot.cluster, kind: "Cluster")]]]
        for claim in orphans.sorted(by: { $0.objectName < $1.objectName }) {
            act(.patch(snapshot.reference(.persistentVolumeClaim, claim.objectName), owner))
        }
        for pod in snapshot.pods.values where pod.isOrphan && !pod.isBeingDeleted {
            act(.delete(snapshot.reference(.pod, pod.objectName)))
        }
        for (reference, object) in snapshot.others
        where reference.resource == .service && object.isOrphan && object.label(CNPG.Label.cluster) == snapshot.name {
            act(.delete(reference))
        }
        let instances = snapshot.instances
        let primary = instances.first { $0.claim.label(CNPG.Label.instanceRole) == "primary" } ?? instances.last
        if let primary {
            aim(at: primary.name)
            if let image = ClusterSources(spec).image(in: snapshot), let major = CNPG.major(of: image) {
                status["pgDataImageInfo"] = ["image": .string(image), "majorVersion": JSONValue(major)]
            }
        }
        return .stop
    }

    mutating func bootstrap() -> Step {
        guard snapshot.instances.isEmpty else { return .goOn }
        guard snapshot.claims.isEmpty, snapshot.instancePods.isEmpty else { return .stop }
        if let backup = spec.at("bootstrap", "recovery", "backup", "name")?.string {
            let found = snapshot.other(.cnpgBackup, backup)
            guard found?.at("status", "phase")?.string == "completed" else {
                // The phase stays empty until the backup is there and complete; only its absence is told, by an event.
                if found == nil { tell("Warning", "ErrorNoBackup", "Backup object \"\(backup)\" is missing") }
                wake(at: now.adding(microseconds: delays.microseconds(60_000_000, for: "backup")))
                return .stop
            }
        }
        let name = snapshot.name + "-1"
        let (role, failure) = bootstrapJob
        setPhase(CNPG.Phase.settingUpPrimary, "Creating primary instance \(name)")
        aim(at: name)
        if role.hasSuffix("-recovery") { decision.counted.append(.restores) }
        for claim in objects.claims(name, serial: 1, role: "primary") { act(.create(.persistentVolumeClaim, claim)) }
        act(.create(.job, objects.job(name, role: role, failure: failure)))
        return .stop
    }

    /// The job that fills the first volume, and how it must fail where the cluster's definition makes it.
    var bootstrapJob: (role: String, failure: String?) {
        let bootstrap = spec["bootstrap"] ?? [:]
        let blocked = archiveIsOccupied ? WorkloadMachine.stalled : nil
        if let recovery = bootstrap["recovery"] {
            if recovery["volumeSnapshots"] != nil { return ("snapshot-recovery", blocked) }
            return ("full-recovery", blocked ?? (canRecover(recovery) ? nil : "full-recovery"))
        }
        if bootstrap["pg_basebackup"] != nil {
            guard let source = ClusterSources(spec).cloneSource(in: snapshot.namespace) else {
                return ("pgbasebackup", blocked)
            }
            let isThere = snapshot.others[ObjectReference(.cnpgCluster, source)] != nil
            return ("pgbasebackup", blocked ?? (isThere ? nil : "pgbasebackup"))
        }
        return (bootstrap.at("initdb", "import") == nil ? "initdb" : "import", blocked)
    }

    /// Whether the folder this cluster would archive to holds another's backups.
    private var archiveIsOccupied: Bool {
        guard let plugin = spec.barmanPlugin, plugin["isWALArchiver"]?.bool == true,
            snapshot.cluster.annotation(CNPG.Annotation.skipEmptyArchiveCheck) != "enabled"
        else { return false }
        return hasRecoveryWindow(plugin)
    }

    private func canRecover(_ recovery: JSONValue) -> Bool {
        if let name = recovery.at("backup", "name")?.string {
            // Upstream reads only fields that the plugin never writes.
            return snapshot.other(.cnpgBackup, name)?.at("status", "method")?.string != "plugin"
        }
        guard let plugin = ClusterSources(spec).recoveryPlugin else { return true }
        return hasRecoveryWindow(plugin) && isReachable(recovery["recoveryTarget"] ?? [:], in: plugin)
    }

    /// Whether the store holds the backup asked for, and a backup and the log of the moment asked for.
    private func isReachable(_ target: JSONValue, in plugin: JSONValue) -> Bool {
        guard let store = barmanStore(plugin) else { return false }
        let server = barmanServer(plugin)
        if let backup = target["backupID"]?.string {
            let kept = BackupPass.kept(store, server)
            guard kept.contains(backup) else { return false }
        }
        guard let text = target["targetTime"]?.string, let moment = Timestamp(text) else { return true }
        let window = store.at("status", "serverRecoveryWindow")?[server]
        let first = window?["firstRecoverabilityPoint"]?.string.flatMap { Timestamp($0) }
        return first.map { $0 <= moment && moment <= now } ?? false
    }

    private func hasRecoveryWindow(_ plugin: JSONValue) -> Bool {
        barmanStore(plugin)?.at("status", "serverRecoveryWindow")?[barmanServer(plugin)] != nil
    }

    private func barmanStore(_ plugin: JSONValue) -> JSONValue? {
        plugin.at("parameters", "barmanObjectName")?.string.flatMap { snapshot.other(.barmanObjectStore, $0) }
    }

    private func barmanServer(_ plugin: JSONValue) -> String {
        plugin.at("parameters", "serverName")?.string ?? snapshot.name
    }

    /// Jobs decide what happens to the volume they work on.
    mutating func followJobs() -> Step {
        let jobs = snapshot.jobs.values.filter { !$0.isBeingDeleted && $0.label(CNPG.Label.jobRole) != "major-upgrade" }
            .sorted { $0.objectName < $1.objectName }
        let names = Set(snapshot.instances.map(\.name))
        var failed: [String] = []
        var isWorking = false
        for job in jobs {
            let instance = job.label(CNPG.Label.instance) ?? ""
            if !names.contains(instance) {
                act(.delete(snapshot.reference(.job, job.objectName)))
                isWorking = true
            } else if job.conditionStatus("Failed") == "True" {
                failed.append(job.objectName)
            } else if job.conditionStatus("Complete") != "True" {
                isWorking = true
            } else if markFilled(instance, by: job) {
                isWorking = true
            }
        }
        if !failed.isEmpty {
            setPhase(CNPG.Phase.unrecoverable, "One or more jobs have failed: \(failed.joined(separator: ", "))")
            return .stop
        }
        return isWorking ? .stop : .goOn
    }

    /// Marks the volumes of an instance as filled; whether there was something to mark.
    private mutating func markFilled(_ instance: String, by job: JSONValue) -> Bool {
        let unmarked = snapshot.claims.values.filter {
            $0.label(CNPG.Label.instance) == instance && $0.annotation(CNPG.Annotation.claimStatus) == "initializing"
        }
        let ready: JSONValue = ["metadata": ["annotations": [CNPG.Annotation.claimStatus: "ready"]]]
        for claim in unmarked { act(.patch(snapshot.reference(.persistentVolumeClaim, claim.objectName), ready)) }
        if status["pgDataImageInfo"] == nil, let major = CNPG.major(of: image) {
            status["pgDataImageInfo"] = ["image": .string(image), "majorVersion": JSONValue(major)]
        }
        return !unmarked.isEmpty
    }
}

extension JSONValue {
    var isOrphan: Bool { at("metadata", "ownerReferences")?.array?.isEmpty ?? true }
}
