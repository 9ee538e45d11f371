import JSON
import KubernetesAPI

/// One look at a PerconaXtraDBClusterRestore, which stops its cluster, changes its spec on the way, and puts back what
/// it has saved.
struct XtraRestorePass: PerconaJobPass {
    let job: PerconaJob
    var memory: PerconaJobMemory
    var decision = ClusterDecision()

    private var restore: JSONValue { job.object }
    private var state: String { restore.jobState }
    private var recovers: Bool { job.spec["pitr"] != nil }

    mutating func run() {
        guard !restore.isBeingDeleted, state != Xtra.Job.succeeded, state != Xtra.Job.failed else { return }
        if let other = otherRestore {
            return fail("unable to continue, concurrent restore job \(other) running now")
        }
        if let complaint = formComplaint { return fail(complaint) }
        let name = job.spec["pxcCluster"]?.string ?? ""
        guard let snapshot = job.snapshot else {
            return fail("perconaxtradbclusters.pxc.percona.com \"\(name)\" not found")
        }
        if let complaint = XtraValidation(snapshot.cluster).complaint { return fail(complaint) }
        if let complaint = backupComplaint { return fail(complaint) }
        switch state {
        case "": set(Xtra.Job.starting)
        case Xtra.Job.starting: begin(snapshot)
        case Xtra.Job.stopping: stop(snapshot)
        case Xtra.Job.restoring: followRestore(snapshot)
        case Xtra.Job.recovering: follow("pitr", snapshot, then: Xtra.Job.startingCluster)
        case Xtra.Job.preparing: prepare(snapshot)
        case Xtra.Job.startingCluster: startCluster(snapshot)
        default: return
        }
    }

    /// Any other restore of the cluster that is not over, also one that has not begun.
    private var otherRestore: String? {
        job.snapshot?.restores.values.first {
            $0.objectName != restore.objectName && ![Xtra.Job.succeeded, Xtra.Job.failed].contains($0.jobState)
        }?.objectName
    }

    private var formComplaint: String? {
        if job.spec["pxcCluster"]?.string ?? "" == "" { return "pxcCluster can't be empty" }
        if let source = job.spec.at("pitr", "backupSource"), source["storageName"]?.string ?? "" == "",
            source["s3"] == nil, source["azure"] == nil
        {
            return "PITR.BackupSource.StorageName, PITR.BackupSource.S3 and PITR.BackupSource.Azure can't be empty "
                + "simultaneously"
        }
        let hasName = job.spec["backupName"]?.string ?? "" != ""
        if !hasName, job.spec["backupSource"] == nil {
            return "backupName and BackupSource can't be empty simultaneously"
        }
        return hasName && job.spec["backupSource"] != nil
            ? "backupName and BackupSource can't be specified simultaneously" : nil
    }

    private var backupComplaint: String? {
        guard job.spec["backupSource"] == nil else { return nil }
        let name = job.spec["backupName"]?.string ?? ""
        guard let backup = job.source else {
            return "get backup \(name): perconaxtradbclusterbackups.pxc.percona.com \"\(name)\" not found"
        }
        return backup.jobState == Xtra.Job.succeeded || state == Xtra.Job.startingCluster
            ? nil : "backup \(name) didn't finished yet, current state: \(backup.jobState)"
    }

    // MARK: The steps

    private mutating func begin(_ snapshot: PerconaSnapshot) {
        if recovers, job.source?.conditionStatus("PITRReady") == "False",
            restore.annotation(Xtra.unsafeRecovery) == nil
        {
            return fail(
                "Backup doesn't guarantee consistent recovery with PITR. Annotate PerconaXtraDBClusterRestore with "
                    + "\(Xtra.unsafeRecovery) to force it."
            )
        }
        if recovers, snapshot.spec.at("backup", "pitr") == nil, job.spec.at("pitr", "backupSource") == nil {
            return fail("failed to validate restore job: PITR is not configured")
        }
        if let storage = job.spec.at("pitr", "backupSource", "storageName")?.string,
            snapshot.spec.at("backup", "storages")?[storage] == nil
        {
            return fail("failed to validate restore job: storage \(storage) doesn't exist")
        }
        if let destination = job.spec.at("backupSource", "destination")?.string,
            PerconaBucket.facts(destination, in: job.buckets) == nil
        {
            return fail("failed to validate restore job: failed to validate backup existence: backup not found")
        }
        guard !isWaiting("validation", Delays.Base.configurationLoaded) else { return }
        decision.counted.append(.restores)
        // The sizes as the operator has them in memory: none of a cluster that is stopped.
        var saved: JSONValue = ["state": .string(Xtra.Job.stopping)]
        let apps = XtraApp.all(snapshot.spec)
        for (field, component) in [("clusterSize", "pxc"), ("haproxySize", "haproxy"), ("proxysqlSize", "proxysql")] {
            let size = apps.first { $0.component == component }?.size ?? 0
            if size > 0 { saved[field] = JSONValue(size) }
        }
        saved["unsafeFlags"] = snapshot.spec["unsafeFlags"] ?? [:]
        decision.actions.append(.patchStatus(job.reference, saved))
    }

    private mutating func stop(_ snapshot: PerconaSnapshot) {
        guard snapshot.spec["pause"]?.bool == true else { return change(snapshot, ["pause": true]) }
        guard snapshot.pods([Percona.Label.component: "pxc"]).isEmpty else { return lookAgain() }
        let servers = snapshot.name + "-pxc"
        let rest = snapshot.claims(Xtra.claimTemplate, of: servers).filter { $0.claim.podNumber != 0 }
        guard rest.isEmpty else {
            for (_, claim) in rest where !claim.isBeingDeleted {
                decision.actions.append(.delete(snapshot.reference(.persistentVolumeClaim, claim.objectName)))
            }
            return lookAgain()
        }
        let isAsked = isFailureAsked("restore")
        guard create("restore", snapshot, fails: isAsked) else { return }
        set(Xtra.Job.restoring)
    }

    /// Creates a job of the restore; a name that is too long for a label ends the restore.
    private mutating func create(_ kind: String, _ snapshot: PerconaSnapshot, fails: Bool) -> Bool {
        let name = XtraJobs.restore(kind, restore)
        guard name.utf8.count <= 63 else {
            fail(
                "failed to run restore: create job: Job.batch \"\(name)\" is invalid: spec.template.labels: "
                    + "Invalid value: \"\(name)\": must be no more than 63 bytes"
            )
            return false
        }
        let made = XtraJobs(snapshot).job(
            name,
            owner: restore,
            container: kind == "prepare" ? "prepare" : "xtrabackup",
            labels: ["percona.com/restore-job-name": name],
            fails: fails
        )
        decision.actions.append(.create(.job, made))
        return true
    }

    /// Whether a job of the restore is complete; one that failed ends the restore.
    private mutating func isFinished(_ kind: String, _ snapshot: PerconaSnapshot) -> Bool {
        let name = XtraJobs.restore(kind, restore)
        guard let running = snapshot.jobs[name] else {
            lookAgain()
            return false
        }
        if let failure = running.condition("Failed"), failure["status"]?.string == "True" {
            fail("job \(name) failed: \(failure["message"]?.string ?? "")")
            return false
        }
        return running.conditionStatus("Complete") == "True"
    }

    private mutating func follow(_ kind: String, _ snapshot: PerconaSnapshot, then next: String) {
        if isFinished(kind, snapshot) { set(next) }
    }

    private mutating func followRestore(_ snapshot: PerconaSnapshot) {
        guard isFinished("restore", snapshot) else { return }
        guard recovers else { return set(Xtra.Job.preparing) }
        // One server without a proxy takes the binary logs.
        guard snapshot.spec["pause"]?.bool != true else {
            var spec: JSONValue = [
                "pause": false, "pxc": ["size": 1], "unsafeFlags": ["pxcSize": true, "proxySize": true],
            ]
            for proxy in ["haproxy", "proxysql"] where snapshot.spec[proxy] != nil { spec[proxy] = ["size": 0] }
            return change(snapshot, spec)
        }
        let status = snapshot.cluster["status"] ?? [:]
        guard status["observedGeneration"] == snapshot.cluster.at("metadata", "generation"),
            status.at("pxc", "status")?.string == Percona.State.ready, status.at("haproxy", "size") == nil,
            status.at("proxysql", "size") == nil
        else { return lookAgain() }
        guard create("pitr", snapshot, fails: !isTargetThere) else { return }
        set(Xtra.Job.recovering)
    }

    /// Whether the binary logs reach to the time asked for.
    private var isTargetThere: Bool {
        guard job.spec.at("pitr", "type")?.string == "date" else { return true }
        guard let target = PerconaTime.parse(job.spec.at("pitr", "date")?.string ?? "") else { return false }
        let begin = job.source?.at("status", "completed")?.string.flatMap { Timestamp($0) }
        return target <= job.now && begin.map { target >= $0 } ?? true
    }

    private mutating func prepare(_ snapshot: PerconaSnapshot) {
        guard snapshot.jobs[XtraJobs.restore("prepare", restore)] != nil else {
            _ = create("prepare", snapshot, fails: RequestedFailure.isAsked("prepare", on: restore))
            return lookAgain()
        }
        follow("prepare", snapshot, then: Xtra.Job.startingCluster)
    }

    private mutating func startCluster(_ snapshot: PerconaSnapshot) {
        let saved = restore["status"] ?? [:]
        let sizes = [("clusterSize", "pxc"), ("haproxySize", "haproxy"), ("proxysqlSize", "proxysql")]
        let isChanged = sizes.contains { field, component in
            let size = saved[field]?.integer ?? 0
            return size != 0 && snapshot.spec[component] != nil && snapshot.spec[component]?["size"]?.integer != size
        }
        if snapshot.spec["pause"]?.bool == true || isChanged {
            var spec: JSONValue = ["pause": false]
            for (field, component) in sizes where snapshot.spec[component] != nil {
                spec[component] = ["size": saved[field] ?? 0]
            }
            var flags: JSONValue = saved["unsafeFlags"] ?? [:]
            for flag in ["pxcSize", "proxySize"] where flags[flag] == nil { flags[flag] = .some(.null) }
            spec["unsafeFlags"] = flags
            return change(snapshot, spec)
        }
        let status = snapshot.cluster["status"] ?? [:]
        guard status["observedGeneration"] == snapshot.cluster.at("metadata", "generation"),
            status.at("pxc", "status")?.string == Percona.State.ready
        else { return lookAgain() }
        decision.actions.append(
            .patchStatus(
                job.reference,
                ["state": .string(Xtra.Job.succeeded), "completed": .string(job.now.description)]
            )
        )
    }

    // MARK: What the steps share

    private mutating func change(_ snapshot: PerconaSnapshot, _ spec: JSONValue) {
        decision.actions.append(.patch(snapshot.reference(.perconaXtraDB, snapshot.name), ["spec": spec]))
        lookAgain()
    }

    private mutating func set(_ next: String) {
        decision.actions.append(.patchStatus(job.reference, ["state": .string(next)]))
    }

    private mutating func fail(_ why: String) {
        decision.actions.append(
            .patchStatus(job.reference, ["state": .string(Xtra.Job.failed), "comments": .string(why)])
        )
    }

    private mutating func lookAgain() {
        wake(
            at: job.now.adding(microseconds: job.delays.microseconds(Delays.Base.reaction, for: restore.objectName) * 4)
        )
    }
}
