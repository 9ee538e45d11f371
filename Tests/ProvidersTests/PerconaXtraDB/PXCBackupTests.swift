import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("Backups and restores of a Percona XtraDB Cluster") struct PXCBackupTests {
    private static let configured = "backup: {storage: s3-main, pointInTimeRecovery: true}"
    private static let archiving = PXCRunning(
        backup: "{image: x, storages: {s3-main: {type: s3}, s3-main-pitr: {type: s3, s3: {bucket: b/pitr}}}, "
            + "pitr: {enabled: true, storageName: s3-main-pitr}}"
    )
    private static let nightly = PXCRunning.backup("nightly", PXCRunning.succeeded)

    private func trial(
        _ request: String,
        _ running: PXCRunning = archiving,
        status: String = "",
        more: [String] = [nightly]
    ) -> PXCTrial {
        PXCTrial(request, running, spec: Self.configured, status: status, more: more)
    }

    @Test("A backup is an object of the request's name that ends, and takes its data along when it is deleted")
    func backup() throws {
        guard case .create(let object)? = try trial("type: Backup").intents().first else {
            Issue.record("a backup must be created")
            return
        }
        #expect(object.key.name == "op")
        #expect(object.content.at("spec", "startingDeadlineSeconds") == 600, "without an end it might wait for ever")
        #expect(object.content.at("metadata", "finalizers") == ["percona.com/delete-backup"])
        let made = { (status: String) in self.trial("type: Backup", more: [PXCRunning.backup("op", status)]) }
        #expect(try made("").missing()?.contains("begins when the cluster is ready") == true)
        #expect(try made("state: Running").percent() == 50)
        guard case .succeeded(let evidence, let message) = try made(PXCRunning.succeeded).report() else {
            Issue.record("it has succeeded")
            return
        }
        #expect(evidence.last == "s3://backups/demo-full")
        #expect(message.contains("ended 2026-11-01T02:10:00Z"))
    }

    @Test("A backup that failed is tried again under another name, with the Job's words where it has none of its own")
    func failedBackup() throws {
        var failed = trial("type: Backup", more: [PXCRunning.backup("op", "state: Failed")])
        guard case .need(let needs) = try failed.report(), let need = needs.first else {
            Issue.record("the Job must be asked for")
            return
        }
        let job: JSONValue = [
            "status": ["conditions": [["type": "Failed", "reason": "BackoffLimitExceeded", "message": "10 tries"]]]
        ]
        failed.answers = [need: .object(job)]
        guard case .retryable(let refusal) = try failed.report() else {
            Issue.record("another try is safe")
            return
        }
        #expect(refusal.message.contains("Job xb-op says: BackoffLimitExceeded, 10 tries"))
        failed.attempt = 2
        #expect(try failed.intents().map { $0.target.key.name } == ["op-2"])
        let own = trial("type: Backup", more: [PXCRunning.backup("op", "state: Failed, error: no such storage")])
        #expect(try own.failure()?.message.contains("no such storage") == true)
    }

    @Test("A backup is refused without a storage, into another one, and under a name that is taken")
    func refusedBackup() throws {
        #expect(try PXCTrial("type: Backup").refusal()?.reason == "BackupNotConfigured")
        #expect(try trial("type: Backup, backup: {storage: other}").refusal()?.reason == "StorageMismatch")
        let taken = "type: Backup, backup: {name: nightly}"
        #expect(try trial(taken).refusal()?.reason == "NameTaken")
        let untold = PXCRunning(backup: "{image: x}")
        #expect(try trial("type: Backup", untold).postponement()?.reason == "BackupNotConfigured")
    }

    @Test("A restore in place names the backup and, with a time, the binary logs; Percona's states are its progress")
    func inPlace() throws {
        let request = "type: Restore, restore: {pointInTime: \"2026-11-01T12:00:00Z\"}"
        guard case .create(let object)? = try trial(request).intents().first else {
            Issue.record("a restore must be created")
            return
        }
        let spec: JSONValue = [
            "pxcCluster": "demo", "backupName": "nightly",
            "pitr": [
                "type": "date", "date": "2026-11-01 12:00:00", "backupSource": ["storageName": "s3-main-pitr"],
            ],
        ]
        #expect(object.content["spec"] == spec)
        let working = trial(request, more: [Self.nightly, PXCRunning.restore("op", "state: Point-in-time recovering")])
        #expect(try working.percent() == 60)
        #expect(try working.intents() == [], "asked again, it is not made a second time")
        let failed = trial(request, more: [PXCRunning.restore("op", "state: Failed, comments: gap in binlogs")])
        #expect(try failed.failure()?.message.contains("gap in binlogs") == true)
        let done = [Self.nightly, PXCRunning.restore("op", "state: Succeeded")]
        #expect(try trial(request, more: done).evidence()?.count == 2)
        var waking = Self.archiving
        waking.ready = 1
        #expect(try trial(request, waking, more: done).evidence() == nil, "the members have to be back")
    }

    @Test(
        "What cannot be restored is refused before anything is stopped",
        arguments: [
            ("{backup: weekly}", "BackupNotFound"), ("{backup: broken}", "BackupNotCompleted"),
            ("{pointInTime: \"2026-10-31T00:00:00Z\"}", "PointInTimeNotCovered"),
            ("{pointInTime: \"2036-10-31T00:00:00Z\"}", "PointInTimeNotCovered"),
            ("{pointInTime: \"2026-12-02T00:00:00Z\"}", "BinaryLogGap"),
        ]
    )
    func refusedRestore(_ restore: String, _ reason: String) throws {
        let gap =
            "state: Succeeded, completed: \"2026-12-01T00:00:00Z\", "
            + "conditions: [{type: PITRReady, status: \"False\", message: gone}]"
        let backups = [
            Self.nightly, PXCRunning.backup("broken", "state: Failed"), PXCRunning.backup("gap", gap),
        ]
        #expect(try trial("type: Restore, restore: \(restore)", more: backups).refusal()?.reason == reason)
    }

    @Test("Without binary logs only backups themselves are restored, and a long name leaves no Job's name")
    func limits() throws {
        let time = "type: Restore, restore: {pointInTime: \"2026-11-01T12:00:00Z\"}"
        #expect(try trial(time, PXCRunning()).refusal()?.reason == "BackupNotConfigured")
        let context = try trial("type: Restore, restore: {backup: nightly}").context()
        var request = context.request
        request.metadata.name = String(repeating: "r", count: 47)
        let long = OperationContext(cluster: context.cluster, request: request, observed: context.observed)
        guard case .refused(let refusal) = PXCRunning.provider.operations.execute(long) else {
            Issue.record("restore-job-NAME-demo would have 64 characters")
            return
        }
        #expect(refusal.reason == "InvalidName")
        #expect(refusal.message.contains("leaves 46"))
    }

    @Test("A restore into a new cluster makes a DatabaseCluster that is like this one, within Percona's limits")
    func intoNew() throws {
        var operation = trial("type: Restore, restore: {backup: nightly, into: copy}")
        guard case .need(let needs) = try operation.answer() else {
            Issue.record("the original and the name must be looked at")
            return
        }
        let original: JSONValue = ["spec": ["engine": "mysql", "storage": "10Gi", "stopped": true]]
        for need in needs { operation.answers[need] = need.isOf("demo") ? .object(original) : .absent }
        guard case .create(let copy)? = try operation.intents().first else {
            Issue.record("a DatabaseCluster must be created")
            return
        }
        let spec: JSONValue = [
            "engine": "mysql", "storage": "10Gi", "version": "8.0.42-33.1",
            "dataSource": ["backup": ["name": "nightly"]],
        ]
        #expect(copy.content["spec"] == spec)
        let name = "a-copy-of-23-characters"
        var long = trial("type: Restore, restore: {backup: nightly, into: \(name)}")
        for case let need in needs { long.answers[need] = .object(original) }
        long.answers[.object(DatabaseCluster.resource, ObjectKey(namespace: "default", name: name))] = .absent
        #expect(try long.refusal()?.reason == "InvalidName")
    }

    @Test("The chain of backups is told, and one that is broken is a failure")
    func chain() throws {
        let request = "type: Custom, custom: {operation: analyze-backup-chain}"
        #expect(try trial(request).evidence()?.contains { $0.contains("from 2026-11-01T02:10:00Z on") } == true)
        #expect(try trial(request, more: []).failure()?.reason == "BackupChainBroken")
        let unknown = "type: Custom, custom: {operation: rebalance}"
        #expect(try trial(unknown).refusal()?.message.contains("restart-instance, restart-proxy") == true)
        let strange = "type: Custom, custom: {operation: restart-proxy, parameters: {instance: x}}"
        #expect(try trial(strange).refusal()?.reason == "UnknownParameter")
    }

    @Test("A second member is not taken from a cluster that has one away, unless that is wanted")
    func quorum() throws {
        let one = "type: Custom, custom: {operation: restart-instance, parameters: {instance: demo-pxc-0}}"
        for running in [PXCRunning(ready: 2), PXCRunning(members: 3, ready: 2, pods: 2)] {
            let refusal = try trial(one, running).refusal()
            #expect(refusal?.reason == "MemberNotReady")
            #expect(refusal?.message.contains("demo-pxc-2") == true)
            #expect(try trial("\(one), force: true", running).intents().last?.target.key.name == "demo-pxc-0")
        }
        let broken = "type: Custom, custom: {operation: restart-instance, parameters: {instance: demo-pxc-2}}"
        #expect(try trial(broken, PXCRunning(ready: 2)).intents().last?.target.key.name == "demo-pxc-2")
    }

    @Test("One member, or the proxies, are restarted by themselves")
    func restarts() throws {
        let one = "type: Custom, custom: {operation: restart-instance, parameters: {instance: demo-pxc-0}}"
        let intents = try trial(one).intents()
        #expect(intents.dropFirst().map { $0.target.key.name } == ["demo-pxc-0"])
        let note = try #require(intents.first?.body?.at("metadata", "annotations", "dbaas.io/operation")?.string)
        var running = PXCRunning(clusterAnnotations: ["dbaas.io/operation": note])
        #expect(try trial(one, running).missing()?.contains("another pod") == true)
        running.podUIDs = [0: "another"]
        #expect(try trial(one, running).evidence() == ["demo-pxc-0 runs in another pod and is ready"])
        #expect(try trial(one, running).intents() == [], "the new pod is left alone")
        running.ready = 0
        #expect(try trial(one, running).refusal() == nil, "it has begun, and its own member is the one away")
        let proxies = "type: Custom, custom: {operation: restart-proxy}"
        let stamp: JSONValue = ["dbaas.io/restartedAt": "2026-11-01T12:00:00Z"]
        #expect(try trial(proxies).intents().first?.body == ["spec": ["haproxy": ["annotations": stamp]]])
        #expect(try trial(proxies).percent() == 0)
        #expect(try trial(proxies, PXCRunning(proxyAnnotations: "\(stamp)")).evidence()?.count == 2)
    }
}

extension Need {
    fileprivate func isOf(_ name: String) -> Bool {
        if case .object(_, let key) = self { key.name == name } else { false }
    }
}
