import JSON
import KubernetesAPI

/// One look at a PerconaServerMongoDBRestore.
///
/// A logical one leaves no trace in the cluster's status; a physical one takes its stateful sets over, and removes them
/// when it is done.
struct MongoRestorePass: PerconaJobPass {
    let job: PerconaJob
    var memory: PerconaJobMemory
    var decision = ClusterDecision()

    private var restore: JSONValue { job.object }
    private var state: String { restore.jobState }

    mutating func run() {
        guard !restore.isBeingDeleted, state != "ready", state != "error" else { return }
        let name = job.spec["clusterName"]?.string ?? ""
        if name.isEmpty { return fail("spec clusterName field is empty") }
        if job.spec["backupName"]?.string ?? "" == "", job.spec["backupSource"] == nil {
            return fail("spec backupName and backupSource fields are empty")
        }
        guard let snapshot = job.snapshot else {
            return fail("perconaservermongodbs.psmdb.percona.com \"\(name)\" not found")
        }
        if snapshot.spec["unmanaged"]?.bool == true { return fail("can't run restore in an unmanaged cluster") }
        guard snapshot.cluster.annotation(Percona.Annotation.resyncNeeded) == nil else { return retryLater() }
        guard let source = source() else { return }
        if state.isEmpty, !isValid(source, snapshot) { return }
        if source.type == "physical" || source.type.hasPrefix("incremental") {
            physical(snapshot)
        } else {
            logical(snapshot)
        }
    }

    /// What is restored.
    private struct Source {
        let type: String
        let lastWrite: Timestamp?
        let storageName: String?
    }

    /// Nil while the backup is not ready, which is not told, and when there is none, which is.
    private mutating func source() -> Source? {
        if let destination = job.spec.at("backupSource", "destination")?.string,
            job.spec["backupName"]?.string ?? "" == ""
        {
            guard let facts = PerconaBucket.facts(destination, in: job.buckets) else {
                guard !isWaiting("resync", Delays.Base.retry) else { return nil }
                fail("failed to validate backup: get backup meta: get from store: not found")
                return nil
            }
            return Source(
                type: job.spec.at("backupSource", "type")?.string ?? facts["type"] ?? "logical",
                lastWrite: facts["lastWriteAt"].flatMap { Timestamp($0) },
                storageName: job.spec["storageName"]?.string
            )
        }
        guard let backup = job.source else {
            let name = job.spec["backupName"]?.string ?? ""
            fail("get backup: perconaservermongodbbackups.psmdb.percona.com \"\(name)\" not found")
            return nil
        }
        switch backup.jobState {
        case "error":
            fail("backup is in error state")
            return nil
        case "ready":
            return Source(
                type: backup.at("status", "type")?.string ?? backup.at("spec", "type")?.string ?? "logical",
                lastWrite: backup.at("status", "lastWriteAt")?.string.flatMap { Timestamp($0) },
                storageName: backup.at("spec", "storageName")?.string
            )
        default:
            retryLater()
            return nil
        }
    }

    private mutating func isValid(_ source: Source, _ snapshot: PerconaSnapshot) -> Bool {
        func refuse(_ why: String) -> Bool {
            fail(why)
            return false
        }
        if source.type != "logical", job.spec["selective"] != nil {
            return refuse("`.spec.selective` field is supported only for logical backups")
        }
        if let storage = source.storageName, !storage.isEmpty, snapshot.spec.at("backup", "storages")?[storage] == nil {
            return refuse("get storage: unable to get storage '\(storage)'")
        }
        guard snapshot.pods([:]).contains(where: \.isServingPod), snapshot.cluster.at("status", "backupVersion") != nil
        else {
            // Without the agents of running members nothing can be asked; that is waited for without a word.
            retryLater()
            return false
        }
        if let why = pointInTimeComplaint(source, snapshot) { return refuse(why) }
        guard snapshot.spec.at("sharding", "enabled")?.bool == true else { return true }
        let routers = snapshot.name + "-mongos"
        if let set = snapshot.sets[routers] {
            if !set.isBeingDeleted { decision.actions.append(.delete(snapshot.reference(.statefulSet, routers))) }
            retryLater()
            return false
        }
        guard snapshot.pods([Percona.Label.component: "mongos"]).isEmpty else {
            retryLater()
            return false
        }
        return true
    }

    private func pointInTimeComplaint(_ source: Source, _ snapshot: PerconaSnapshot) -> String? {
        guard let recovery = job.spec["pitr"] else { return nil }
        guard snapshot.spec.at("backup", "pitr", "enabled")?.bool == true else { return "there is no oplogs for PITR" }
        guard recovery["type"]?.string == "date" else { return nil }
        guard let target = PerconaTime.parse(recovery["date"]?.string ?? "") else {
            return "spec.pitr.date is not a date of the form YYYY-MM-DD HH:MM:SS"
        }
        if let last = source.lastWrite {
            if target.seconds == last.seconds { return "backup's last write is equal to target time" }
            if target < last { return "backup's last write is later than target time" }
        }
        return target > job.now ? "no oplog chunk contains the target time" : nil
    }

    // MARK: Logical

    private mutating func logical(_ snapshot: PerconaSnapshot) {
        switch state {
        case "", "waiting":
            guard !isBusy(snapshot) else { return wait() }
            guard !isWaiting("pitr", Delays.Base.reaction) else { return }
            request()
        case "requested": go(to: "running", Delays.Base.configurationLoaded)
        default: finish(snapshot)
        }
    }

    private func isBusy(_ snapshot: PerconaSnapshot) -> Bool {
        snapshot.backups.values.contains { ["requested", "running"].contains($0.jobState) }
            || snapshot.restores.values.contains {
                $0.objectName != restore.objectName && !["", "waiting", "ready", "error"].contains($0.jobState)
            }
    }

    private mutating func wait() {
        guard state != "waiting" else { return }
        decision.actions.append(.patchStatus(job.reference, ["state": "waiting"]))
    }

    private mutating func request() {
        decision.counted.append(.restores)
        let name = job.now.description
        decision.actions.append(
            .patchStatus(job.reference, ["state": "requested", "pbmName": .string(name)])
        )
    }

    private mutating func go(to next: String, _ base: Int64) {
        guard !isWaiting(state, base) else { return }
        decision.actions.append(.patchStatus(job.reference, ["state": .string(next)]))
    }

    private mutating func finish(_ snapshot: PerconaSnapshot) {
        guard !isWaiting("running", Delays.Base.backup) else { return }
        if isFailureAsked("restore") { return fail("restore: the data cannot be read, as was asked for") }
        decision.actions.append(
            .patchStatus(job.reference, ["state": "ready", "completed": .string(job.now.description)])
        )
    }

    // MARK: Physical

    private mutating func physical(_ snapshot: PerconaSnapshot) {
        let sets = snapshot.sets.values.filter { $0.label(Mongo.Label.replset) != nil }
            .sorted { $0.objectName < $1.objectName }
        switch state {
        case "", "waiting":
            if isBusy(snapshot) { return wait() }
            prepare(sets, snapshot)
            guard state == "waiting" else { return wait() }
            let areReady = sets.allSatisfy { set in
                let status = set["status"] ?? [:]
                return set.annotation(Percona.Annotation.restoreInProgress) != nil
                    && status["observedGeneration"] == set.at("metadata", "generation")
                    && (status["updatedReplicas"]?.integer ?? 0) == set.at("spec", "replicas")?.integer
                    && (status["readyReplicas"]?.integer ?? 0) == set.at("spec", "replicas")?.integer
            }
            guard areReady, !sets.isEmpty else { return retryLater() }
            request()
        case "requested": go(to: "running", Delays.Base.configurationLoaded)
        default:
            guard !isWaiting("running", Delays.Base.backup) else { return }
            let isAsked =
                RequestedFailure.isAsked("restore", on: restore)
                || RequestedFailure.isAsked("restore", on: snapshot.cluster)
            if isAsked { return fail("restore: the data cannot be read, as was asked for") }
            for set in sets { decision.actions.append(.delete(snapshot.reference(.statefulSet, set.objectName))) }
            decision.actions.append(
                .patch(
                    snapshot.reference(.perconaMongoDB, snapshot.name),
                    ["metadata": ["annotations": [Percona.Annotation.resyncNeeded: "true"]]]
                )
            )
            decision.actions.append(
                .patchStatus(job.reference, ["state": "ready", "completed": .string(job.now.description)])
            )
        }
    }

    /// The servers are started in a way that lets the agents replace their files.
    private mutating func prepare(_ sets: [JSONValue], _ snapshot: PerconaSnapshot) {
        let mark: JSONValue = ["annotations": [Percona.Annotation.restoreInProgress: "true"]]
        for set in sets where set.annotation(Percona.Annotation.restoreInProgress) == nil {
            decision.actions.append(
                .patch(
                    snapshot.reference(.statefulSet, set.objectName),
                    ["metadata": mark, "spec": ["template": ["metadata": mark]]]
                )
            )
        }
    }

    // MARK: What the steps share

    private mutating func fail(_ why: String) {
        decision.actions.append(.patchStatus(job.reference, ["state": "error", "error": .string(why)]))
    }
}
