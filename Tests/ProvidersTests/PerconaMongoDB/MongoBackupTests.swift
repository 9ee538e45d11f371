import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// Backups and restores that are asked for.
@Suite struct MongoBackupTests {
    private let spec = "backup: {enabled: true, storage: main, pointInTimeRecovery: true}"
    private let storage = Need.object(BackupStorage.resource, ObjectKey(namespace: "default", name: "main"))
    private let executed = OperationCase.executed(secondsAgo: 60)
    private let mine = "labels: {dbaas.io/ops-request: abc}"

    private func backup(
        _ running: MongoRunning = MongoRunning(),
        more: [String] = [],
        request: String = "type: Backup"
    ) -> MongoCase {
        MongoCase(request, running, spec: spec, status: executed, more: more)
    }

    @Test("A backup gets the data's finalizer and time to begin, and none of our own finalizers")
    func creation() throws {
        guard case .create(let object) = try backup().intents().first else {
            Issue.record("a backup is to be created")
            return
        }
        #expect(object.content.at("metadata", "finalizers") == ["percona.com/delete-backup"])
        #expect(
            object.content["spec"] == [
                "clusterName": "demo", "startingDeadlineSeconds": 600, "storageName": "main", "type": "logical",
            ]
        )
        #expect(object.key.name == "op")
    }

    @Test("A backup waits for the agents to know their storage, and for others to end")
    func obstacles() throws {
        #expect(try backup(MongoRunning(statusMore: "")).obstacle()?.reason == "BackupNotConfigured")
        #expect(try backup(more: [MongoRunning.backup("b", state: "running")]).obstacle()?.reason == "BackupRunning")
        #expect(try backup(more: [MongoRunning.restore("r", state: "running")]).obstacle()?.reason == "RestoreRunning")
        #expect(try backup(more: [MongoRunning.backup("op")]).refusal()?.reason == "NameTaken")
        #expect(try backup(request: "type: Backup, backup: {storage: other}").refusal()?.reason == "StorageMismatch")
        #expect(try MongoCase("type: Backup").refusal()?.reason == "BackupNotConfigured")
    }

    @Test("A backup is proved by its own state; what failed, or never began, may be tried again under another name")
    func evidence() throws {
        #expect(try backup(more: [MongoRunning.backup("op", state: "running", metadata: mine)]).percent() == 50)
        #expect(
            try backup(more: [MongoRunning.backup("op", metadata: mine)]).evidence()?.last == "it lies at s3://b/p/x"
        )
        let failed = MongoRunning.backup("op", state: "error", metadata: mine, more: "error: no space")
        #expect(try backup(more: [failed]).hiccup()?.message.contains("no space") == true)
        let late = "\(mine), creationTimestamp: \"\(OperationCase.ago(700))\""
        #expect(
            try backup(more: [MongoRunning.backup("op", state: "", metadata: late)]).hiccup()?.reason == "BackupFailed"
        )
        let young = "\(mine), creationTimestamp: \"\(OperationCase.ago(600))\""
        #expect(try backup(more: [MongoRunning.backup("op", state: "", metadata: young)]).percent() == 5)
        var again = backup(more: [failed])
        again.attempt = 2
        #expect(try again.intents().first?.target.key.name == "op-2")
    }

    // MARK: - In place

    private func restore(_ fields: String, more: [String] = [], running: MongoRunning = MongoRunning()) -> MongoCase {
        MongoCase("type: Restore, restore: {\(fields)}", running, spec: spec, status: executed, more: more)
    }

    @Test("In place it is a restore of the backup's name, to a time in Percona's form")
    func inPlace() throws {
        let plain = try restore("backup: b", more: [MongoRunning.backup("b")]).intents()
        guard case .create(let object)? = plain.first else {
            Issue.record("a restore is to be created")
            return
        }
        #expect(object.content["spec"] == ["backupName": "b", "clusterName": "demo"])
        let time = "pointInTime: \"2026-11-01T12:30:00Z\""
        let backups = [
            MongoRunning.backup("b"), MongoRunning.backup("c", ended: "2026-11-01T12:00:00Z"),
            MongoRunning.backup("d", ended: "2026-11-02T00:00:00Z"),
        ]
        guard case .create(let timed)? = try restore(time, more: backups).intents().first else {
            Issue.record("a restore is to be created")
            return
        }
        #expect(timed.content.at("spec", "backupName") == "c", "the newest that ended before")
        #expect(timed.content.at("spec", "pitr") == ["date": "2026-11-01 12:30:00", "type": "date"])
    }

    @Test("What cannot be restored is refused with what can")
    func refusals() throws {
        let named = Need.object(.psmdb("Backup"), ObjectKey(namespace: "default", name: "x"))
        var missing = restore("backup: x", more: [MongoRunning.backup("b")])
        #expect(try missing.answer() == .need([named]))
        missing.answers = [named: .absent]
        #expect(try missing.refusal()?.message.contains("completed are b") == true)
        let unfinished = MongoRunning.backup("b", state: "running")
        #expect(try restore("backup: b", more: [unfinished]).refusal()?.reason == "BackupNotCompleted")
        let early = restore("pointInTime: \"2026-10-01T00:00:00Z\"", more: [MongoRunning.backup("b")])
        #expect(try early.refusal()?.reason == "PointInTimeNotCovered")
        let future = restore("pointInTime: \"2036-10-01T00:00:00Z\"", more: [MongoRunning.backup("b")])
        #expect(try future.refusal()?.reason == "PointInTimeNotCovered")
        let noOplog = MongoRunning(backup: "{enabled: true, image: pbm, storages: {main: {type: s3}}}")
        let unkept = restore(
            "pointInTime: \"2026-11-02T00:00:00Z\"",
            more: [MongoRunning.backup("b")],
            running: noOplog
        )
        #expect(try unkept.refusal()?.reason == "PointInTimeNotConfigured")
        let stopped = restore("backup: b", more: [MongoRunning.backup("b")], running: MongoRunning(paused: true))
        #expect(try stopped.refusal()?.reason == "ClusterStopped")
    }

    @Test("A restore is proved by its own state and by the cluster being ready again")
    func restored() throws {
        let done = MongoRunning.restore("op", state: "ready", metadata: mine)
        #expect(try restore("backup: b", more: [done]).evidence()?.count == 2)
        let busy = MongoRunning(state: "initializing")
        #expect(try restore("backup: b", more: [done], running: busy).percent() == 80)
        let failed = MongoRunning.restore("op", state: "error", metadata: mine, more: "error: oplog gap")
        #expect(try restore("backup: b", more: [failed]).hiccup()?.message.contains("oplog gap") == true)
    }

    @Test("Into a new cluster the original stays, and the version is the one that the data was of")
    func intoNew() throws {
        var restore = restore("backup: b, into: copy", more: [MongoRunning.backup("b")])
        let original = Need.object(DatabaseCluster.resource, ObjectKey(namespace: "default", name: "demo"))
        let target = Need.object(DatabaseCluster.resource, ObjectKey(namespace: "default", name: "copy"))
        #expect(try restore.answer() == .need([original, target]))
        let spec: JSONValue = ["engine": "mongodb", "storage": "10Gi", "stopped": true, "clusterSize": 3]
        restore.answers = [
            original: .object([
                "apiVersion": "dbaas.io/v1alpha1", "kind": "DatabaseCluster", "metadata": ["name": "demo"],
                "spec": spec,
            ]),
            target: .absent,
        ]
        guard case .create(let copy)? = try restore.intents().first else {
            Issue.record("a cluster is to be created")
            return
        }
        #expect(copy.content.at("spec", "dataSource") == ["backup": ["name": "b"]])
        #expect(copy.content.at("spec", "version") == "8.0.19-7")
        #expect(copy.content.at("spec", "stopped") == nil)
    }

    @Test("Looking at the backups tells whether the cluster could be restored")
    func chain() throws {
        let request = "type: Custom, custom: {operation: analyze-backup-chain}"
        #expect(try backup(more: [MongoRunning.backup("b")], request: request).evidence()?.count == 3)
        let broken = backup(more: [MongoRunning.backup("b", state: "error", more: "error: denied")], request: request)
        #expect(try broken.failure()?.message.contains("denied") == true)
    }
}
