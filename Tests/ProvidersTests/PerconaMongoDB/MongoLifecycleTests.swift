import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// From the first data to what a deletion leaves.
@Suite struct MongoLifecycleTests {
    private let provider = MongoRunning.provider
    private let source = "dataSource: {backup: {name: nightly}}"

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    /// A backup of the cluster named other, and what is left of that cluster.
    private func answers(users: Bool = true) throws -> [Need: NeedAnswer] {
        let backup = try Manifests.value(MongoRunning.backup("nightly", of: "other"))
        let other: JSONValue = [
            "apiVersion": "psmdb.percona.com/v1", "kind": "PerconaServerMongoDB",
            "metadata": ["name": "other", "namespace": "default"],
            "spec": ["image": "percona/percona-server-mongodb:7.0.30-16", "secrets": ["users": "other-users"]],
        ]
        return [
            .object(.psmdb("Backup"), key("nightly")): .object(backup), .object(.psmdb, key("other")): .object(other),
            .secretKeys(key("demo-secrets")): .absent,
            .secretKeys(key("other-users")): users ? .keys(["MONGODB_BACKUP_USER"]) : .absent,
        ]
    }

    // MARK: - The first data

    @Test("The users of the restored data are copied before the cluster is made")
    func users() throws {
        let cluster = try MongoCase.cluster(source)
        var observed = Manifests.observed(by: provider)
        for _ in 0..<4 {
            guard case .need(let needs) = provider.preReconcile(cluster, observed) else { break }
            for need in needs { observed.answers[need] = try answers()[need] }
        }
        let copy = Intent.copySecret(key("other-users"), to: key("demo-secrets"), labels: [:])
        #expect(provider.preReconcile(cluster, observed) == .prepare([copy]))
        observed.answers[.secretKeys(key("demo-secrets"))] = .keys(["a"])
        #expect(provider.preReconcile(cluster, observed) == .proceed)
        #expect(
            provider.desiredObjects(for: cluster, observed).first?.content.at("spec", "image")
                == "percona/percona-server-mongodb:7.0.30-16"
        )
        observed = Manifests.observed(answers: try answers(users: false), by: provider)
        guard case .wait("CredentialsMissing", let message, _) = provider.preReconcile(cluster, observed) else {
            Issue.record("without the users the data could not be served")
            return
        }
        #expect(message.contains("other-users"))
    }

    @Test("The restore is asked for once the cluster has been ready for a while, knows the storage and has its agents")
    func restore() throws {
        let cluster = try MongoCase.cluster(source)
        let storages = "{enabled: true, image: pbm, storages: {main: {type: s3}}}"
        func hook(_ running: MongoRunning, more: [String] = []) throws -> HookAnswer {
            provider.preReconcile(cluster, try running.observed(more, answers: try answers()))
        }
        var running = MongoRunning(backup: storages)
        guard case .prepare(let intents) = try hook(running), case .create(let restore)? = intents.first else {
            Issue.record("the restore is to be created")
            return
        }
        #expect(restore.key.name == "demo")
        #expect(restore.content.at("spec", "clusterName") == "demo")
        #expect(restore.content.at("spec", "backupName") == nil, "that name would be looked for below the new folder")
        #expect(restore.content.at("spec", "backupSource", "destination") == "s3://b/p/x")
        #expect(restore.content.at("spec", "backupSource", "s3", "prefix") == "p")
        running.conditions = "[{type: ready, status: \"True\", lastTransitionTime: \"\(OperationCase.ago(20))\"}]"
        #expect(try hook(running) == .proceed)
        running.conditions = MongoRunning().conditions
        running.statusMore = ""
        #expect(try hook(running) == .proceed, "no agents yet")
        running.statusMore = MongoRunning().statusMore
        running.backup = "{enabled: true, image: pbm}"
        #expect(try hook(running) == .proceed, "the storage is not there yet")
    }

    @Test("A restore that is done is put on record and never done again, whatever becomes of its object")
    func onceOnly() throws {
        let cluster = try MongoCase.cluster(source)
        let done = MongoRunning.restore("demo", state: "ready", metadata: "creationTimestamp: \"2026-01-01T00:00:00Z\"")
        let hook = provider.preReconcile(cluster, try MongoRunning().observed([done], answers: try answers()))
        guard case .prepare(let intents) = hook else {
            Issue.record("it is to be put on record")
            return
        }
        #expect(intents.first?.body == ["metadata": ["annotations": ["dbaas.io/restored": "demo"]]])
        let later = MongoRunning(annotations: ["dbaas.io/restored": "demo"])
        #expect(provider.preReconcile(cluster, try later.observed()) == .proceed)
        let remembered = try MongoCase.cluster(
            source,
            status:
                "conditions: [{type: DataRestored, status: \"True\", reason: R, lastTransitionTime: \"2026-11-01T12:00:00Z\"}]"
        )
        #expect(provider.preReconcile(remembered, try MongoRunning().observed()) == .proceed)
    }

    @Test("The restore of an earlier cluster of that name proves nothing and is removed")
    func stale() throws {
        let old = MongoRunning.restore("demo", state: "ready", metadata: "creationTimestamp: \"2024-01-01T00:00:00Z\"")
        let running = MongoRunning(backup: "{enabled: true, image: pbm, storages: {main: {type: s3}}}")
        let hook = provider.preReconcile(
            try MongoCase.cluster(source),
            try running.observed([old], answers: try answers())
        )
        #expect(hook == .prepare([.delete(.psmdb("Restore"), key("demo"), uid: "restore-demo")]))
    }

    @Test("A failed restore shows, with its words and what to do")
    func failedRestore() throws {
        let failed = MongoRunning.restore("demo", state: "error", more: "error: no oplog")
        let report = provider.status(of: try MongoCase.cluster(source), try MongoRunning().observed([failed]))
        #expect(report.phase == .failed)
        #expect(report.message.contains("no oplog"))
        #expect(report.message.contains("Delete it"))
    }

    @Test("A running cluster is not cloned; the cluster waits and says what to do instead")
    func clone() throws {
        let cluster = try MongoCase.cluster("dataSource: {cluster: {name: other}}")
        guard
            case .wait("DataSourceUnsupported", let message, _) = provider.preReconcile(
                cluster,
                Manifests.observed(by: provider)
            )
        else {
            Issue.record("nothing is to be rendered")
            return
        }
        #expect(message.contains("dataSource.backup"))
    }

    @Test(
        "A storage that Percona's agents cannot use holds a new cluster up, and a running one goes on with what it has"
    )
    func storages() throws {
        let cluster = try MongoCase.cluster("backup: {enabled: true, storage: main}")
        let need = Need.object(BackupStorage.resource, key("main"))
        var observed = Manifests.observed(by: provider)
        #expect(provider.preReconcile(cluster, observed) == .need([need]))
        observed.answers[need] = .object([
            "apiVersion": "dbaas.io/v1alpha1", "kind": "BackupStorage", "metadata": ["name": "main"],
            "spec": ["type": "filesystem", "bucket": "b"],
        ])
        guard case .wait("BackupStorageUnsupported", _, _) = provider.preReconcile(cluster, observed) else {
            Issue.record("a new cluster waits")
            return
        }
        let running = try MongoRunning().observed(answers: [need: .absent])
        #expect(provider.preReconcile(cluster, running) == .proceed)
        let storages = provider.desiredObjects(for: cluster, running).first?.content.at("spec", "backup", "storages")
        #expect(storages == ["main": ["main": true, "s3": ["bucket": "b"], "type": "s3"]])
    }

    // MARK: - Deletion

    private func intents(_ answer: CleanupAnswer) -> [Intent] {
        if case .intents(let intents) = answer { intents } else { [] }
    }

    @Test("With policy Delete the oplog ends, backups go with their data, then the cluster, then what is left of it")
    func deletion() throws {
        let cluster = try MongoCase.cluster("deletionPolicy: Delete")
        let backups = [MongoRunning.backup("b")]
        let first = intents(provider.cleanup(cluster, try MongoRunning().observed(backups)))
        #expect(first.first?.body == ["spec": ["backup": ["pitr": ["enabled": false], "tasks": .null]]])
        let quiet = MongoRunning(backup: "{enabled: true, image: pbm, pitr: {enabled: false}}")
        let second = intents(provider.cleanup(cluster, try quiet.observed(backups)))
        #expect(second == [.delete(.psmdb("Backup"), key("b"), uid: "backup-b")])
        let third = intents(provider.cleanup(cluster, try quiet.observed()))
        #expect(third == [.delete(.psmdb, key("demo"), uid: "child")])
    }

    @Test("Volumes and Secrets that Percona's operator has left are removed at last")
    func leftovers() throws {
        let cluster = try MongoCase.cluster("deletionPolicy: Delete")
        let none = Need.object(.psmdb, key("demo"))
        var observed = Manifests.observed(answers: [none: .absent], by: provider)
        let claim = """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: mongod-data-demo-rs0-0
              namespace: default
              uid: claim
              labels: {app.kubernetes.io/instance: demo}
            spec: {}
            """
        var withVolume = observed
        withVolume.add(try Manifests.child(claim, of: provider))
        #expect(
            intents(provider.cleanup(cluster, withVolume))
                == [.delete(.persistentVolumeClaim, key("mongod-data-demo-rs0-0"), uid: "claim")]
        )
        guard case .need(let secrets) = provider.cleanup(cluster, observed) else {
            Issue.record("it must know which Secrets are left")
            return
        }
        for need in secrets { observed.answers[need] = .absent }
        #expect(provider.cleanup(cluster, observed) == .done)
        observed.answers[.secretKeys(key("demo-mongodb-encryption-key"))] = .keys(["encryption-key"])
        #expect(intents(provider.cleanup(cluster, observed)) == [.delete(.secret, key("demo-mongodb-encryption-key"))])
    }

    @Test("With policy Retain volumes, Secrets and backups stay, whatever the finalizers said before")
    func retaining() throws {
        let cluster = try MongoCase.cluster("deletionPolicy: Retain")
        let first = intents(provider.cleanup(cluster, try MongoRunning().observed([MongoRunning.backup("b")])))
        #expect(first.count == 2)
        #expect(
            first.first?.body?.at("metadata", "finalizers") == ["percona.com/delete-psmdb-pods-in-order"],
            "the finalizer that deletes volumes and the encryption key goes first"
        )
        #expect(first.last == .delete(.psmdb, key("demo"), uid: "child"))
        let gone = Manifests.observed(answers: [.object(.psmdb, key("demo")): .absent], by: provider)
        #expect(provider.cleanup(cluster, gone) == .done)
    }

    @Test("A backup that cannot delete its data, as without members, is let go after a while")
    func stuckBackup() throws {
        let cluster = try MongoCase.cluster("deletionPolicy: Delete")
        func backup(_ seconds: Int64) -> String {
            MongoRunning.backup(
                "b",
                metadata:
                    "finalizers: [percona.com/delete-backup], deletionTimestamp: \"\(OperationCase.ago(seconds))\""
            )
        }
        let quiet = MongoRunning(backup: "{enabled: true, image: pbm}")
        #expect(
            provider.cleanup(cluster, try quiet.observed([backup(60)]))
                == .wait(message: "waiting for backups and their data to go")
        )
        guard case .abandon(let abandonments) = provider.cleanup(cluster, try quiet.observed([backup(400)])) else {
            throw CancellationError()
        }
        let abandonment = try #require(abandonments.first)
        #expect(abandonment.intent.body?.at("metadata", "finalizers") == [])
        #expect(abandonment.uid == "backup-b" && abandonment.reason == "BackupDataLeft")
        #expect(
            abandonment.message
                == "PerconaServerMongoDBBackup b could not delete its data within 5 minutes and is let go "
                + "without: all that begins with s3://b/p/x stays in storage main; delete it there yourself"
        )
    }

    @Test("A cluster of that name that is not ours any more is left alone")
    func foreign() throws {
        let cluster = try MongoCase.cluster("deletionPolicy: Delete")
        let need = Need.object(.psmdb, key("demo"))
        let observed = Manifests.observed(answers: [need: .object(["metadata": ["name": "demo"]])], by: provider)
        #expect(provider.cleanup(cluster, observed) == .done)
        #expect(provider.cleanup(cluster, Manifests.observed(by: provider)) == .need([need]))
    }
}
