import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("The first data of a Percona XtraDB Cluster") struct PXCDataSourceTests {
    private let provider = PXCRunning.provider

    private static func resource(_ kind: String) throws -> ResourceType {
        try #require(PXCRunning.provider.watches.map(\.resource).first { $0.kind == kind })
    }

    private func need(_ kind: String, _ name: String) throws -> Need {
        .object(try Self.resource(kind), ObjectKey(namespace: "default", name: name))
    }

    private func secret(_ name: String) -> Need { .secretKeys(ObjectKey(namespace: "default", name: name)) }

    private func answers() throws -> [Need: NeedAnswer] {
        let origin: JSONValue = [
            "metadata": ["name": "shop"],
            "spec": [
                "secretsName": "shop-secrets", "pxc": ["image": "percona/percona-xtradb-cluster:8.4.7-7.1"],
                "backup": [
                    "storages": [
                        "s3": ["type": "s3", "s3": ["bucket": "b/shop"]],
                        "s3-pitr": ["type": "s3", "s3": ["bucket": "b/shop/pitr"]],
                    ],
                    "pitr": ["enabled": true, "storageName": "s3-pitr"],
                ],
            ],
        ]
        let backup = try Manifests.value(PXCRunning.backup("nightly", cluster: "shop", PXCRunning.succeeded))
        let list = Need.list(
            try Self.resource("PerconaXtraDBClusterBackup"),
            namespace: "default",
            labelSelector: ""
        )
        return [
            try need("PerconaXtraDBClusterBackup", "nightly"): .object(backup), list: .objects([backup]),
            try need("PerconaXtraDBCluster", "shop"): .object(origin), secret("shop-secrets"): .keys(["root"]),
            secret("demo-secrets"): .absent,
        ]
    }

    private func cluster(_ source: String) throws -> DatabaseCluster {
        try Manifests.cluster("dataSource: \(source)", engine: "mysql")
    }

    @Test("The source's Secret is copied before the cluster is made, since the data comes with its passwords")
    func secretIsCopied() throws {
        let cluster = try cluster("{backup: {name: nightly}}")
        var answers = try answers()
        guard
            case .prepare(let intents) = provider.preReconcile(
                cluster,
                Manifests.observed(answers: answers, by: provider)
            ), case .copySecret(let source, let copy, _)? = intents.first
        else {
            Issue.record("the Secret must be copied first")
            return
        }
        #expect(source.name == "shop-secrets")
        #expect(copy.name == "demo-secrets")
        answers[secret("demo-secrets")] = .keys(["root"])
        let observed = Manifests.observed(answers: answers, by: provider)
        #expect(provider.preReconcile(cluster, observed) == .proceed)
        let objects = provider.desiredObjects(for: cluster, observed)
        #expect(objects.map(\.resource.kind) == ["PerconaXtraDBCluster"], "the restore comes when the cluster runs")
        #expect(
            objects.first?.content.at("spec", "pxc", "image") == "percona/percona-xtradb-cluster:8.4.7-7.1",
            "no other series reads that data"
        )
    }

    @Test(
        "What is missing is waited for and named",
        arguments: [
            ("shop-secrets", "CredentialsMissing"), ("nightly", "BackupNotFound"),
        ]
    )
    func missing(_ name: String, _ reason: String) throws {
        var answers = try answers()
        for need in answers.keys where need.isNamed(name) { answers[need] = .absent }
        let answer = provider.preReconcile(
            try cluster("{backup: {name: nightly}}"),
            Manifests.observed(answers: answers, by: provider)
        )
        guard case .wait(let found, _, _) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(found == reason)
    }

    @Test("A point in time is restored from the newest backup before it and the source's own binary logs")
    func pointInTime() throws {
        let cluster = try cluster("{cluster: {name: shop, pointInTime: \"2026-11-01T12:00:00Z\"}}")
        let running = PXCRunning(backup: "{image: x, storages: {s3-main: {type: s3}}}")
        let observed = try running.observed(answers: try answers())
        #expect(provider.preReconcile(cluster, observed) == .proceed)
        #expect(provider.status(of: cluster, observed).phase == .restoring, "an empty database is not Ready")
        let restore = try #require(provider.desiredObjects(for: cluster, observed).last)
        let spec: JSONValue = [
            "pxcCluster": "demo", "backupName": "nightly",
            "pitr": [
                "type": "date", "date": "2026-11-01 12:00:00", "backupSource": ["s3": ["bucket": "b/shop/pitr"]],
            ],
        ]
        #expect(restore.content["spec"] == spec)
    }

    @Test("Once restored it is never restored again, even when the restore's object is deleted")
    func once() throws {
        let cluster = try cluster("{backup: {name: nightly}}")
        let done = try PXCRunning().observed([PXCRunning.restore("demo", "state: Succeeded")])
        #expect(provider.preReconcile(cluster, done) == .proceed)
        let objects = provider.desiredObjects(for: cluster, done)
        #expect(objects.count == 1)
        #expect(objects.first?.content.at("metadata", "annotations", "dbaas.io/restored") == "demo")
        let later = try PXCRunning(clusterAnnotations: ["dbaas.io/restored": "demo"]).observed()
        #expect(provider.preReconcile(cluster, later) == .proceed)
        #expect(provider.desiredObjects(for: cluster, later).count == 1)
        #expect(provider.status(of: cluster, later).phase == .ready)
    }

    @Test("The restore of an earlier cluster of that name is deleted, and this one gets its data by one of its own")
    func madeAgain() throws {
        let cluster = try cluster("{backup: {name: nightly}}")
        var answers = try answers()
        answers[secret("demo-secrets")] = .keys(["root"])
        let made = PXCRunning(born: "2026-11-02T12:00:00Z", backup: "{image: x, storages: {s3-main: {type: s3}}}")
        for end in ["Succeeded", "Failed"] {
            let old = PXCRunning.restore("demo", "state: \(end)")
            let alone = Manifests.observed(
                [try Manifests.child(old, of: provider)],
                answers: answers,
                by: provider
            )
            let first = try #require(provider.desiredObjects(for: cluster, alone).first)
            #expect(first.content.at("metadata", "annotations", "dbaas.io/restored") == nil)
            let observed = try made.observed([old], answers: answers)
            #expect(provider.status(of: cluster, observed).phase == .restoring, "it has no data yet")
            guard case .prepare(let intents) = provider.preReconcile(cluster, observed),
                case .delete(_, let key, _, "demo", _)? = intents.first
            else {
                Issue.record("the old restore is in the way of the new one")
                return
            }
            #expect(key.name == "demo")
            let objects = provider.desiredObjects(for: cluster, observed)
            #expect(objects.map(\.resource.kind) == ["PerconaXtraDBCluster"])
            #expect(objects.first?.content.at("metadata", "annotations", "dbaas.io/restored") == nil)
        }
        let gone = try made.observed(answers: answers)
        #expect(provider.preReconcile(cluster, gone) == .proceed)
        #expect(provider.desiredObjects(for: cluster, gone).last?.resource.kind == "PerconaXtraDBClusterRestore")
    }

    @Test("What has its data is not restored over when its PerconaXtraDBCluster is lost and made again")
    func childMadeAgain() throws {
        let done = try PXCRunning().observed([PXCRunning.restore("demo", "state: Succeeded")])
        let source = "dataSource: {backup: {name: nightly}}"
        let report = provider.status(of: try Manifests.cluster(source, engine: "mysql"), done)
        #expect(report.conditions.contains { $0.type == "DataRestored" && $0.status == .true })
        let known = "conditions: [{type: DataRestored, status: \"True\", reason: Restored}]"
        let cluster = try Manifests.cluster(source, engine: "mysql", status: known)
        let again = PXCRunning(born: "2026-11-02T12:00:00Z")
        let observed = try again.observed([PXCRunning.restore("demo", "state: Succeeded")], answers: try answers())
        #expect(provider.preReconcile(cluster, observed) == .proceed)
        let objects = provider.desiredObjects(for: cluster, observed)
        #expect(objects.count == 1)
        #expect(objects.first?.content.at("metadata", "annotations", "dbaas.io/restored") == "demo")
    }

    @Test("A restore that failed leaves the cluster for a look at it, and says why")
    func failed() throws {
        let cluster = try cluster("{backup: {name: nightly}}")
        let observed = try PXCRunning().observed([PXCRunning.restore("demo", "state: Failed, comments: no such bucket")]
        )
        guard case .wait("RestoreFailed", let message, _) = provider.preReconcile(cluster, observed) else {
            Issue.record("nothing may be written over it")
            return
        }
        #expect(message.contains("no such bucket"))
        #expect(provider.status(of: cluster, observed).phase == .failed)
    }

    @Test("A foreign backup needs the passwords that are in it")
    func external() throws {
        let storage = try Manifests.value(
            """
            apiVersion: dbaas.io/v1alpha1
            kind: BackupStorage
            metadata: {name: s3, namespace: default}
            spec: {type: s3, bucket: old, prefix: prod, credentialsSecret: s3}
            """
        )
        let key = ObjectKey(namespace: "default", name: "s3")
        var answers: [Need: NeedAnswer] = [
            .object(BackupStorage.resource, key): .object(storage), secret("demo-secrets"): .absent,
        ]
        let cluster = try cluster("{external: {storage: s3, path: shop, backupID: full-1}}")
        guard
            case .wait("CredentialsMissing", _, _) = provider.preReconcile(
                cluster,
                Manifests.observed(answers: answers, by: provider)
            )
        else {
            Issue.record("the Secret must be there first")
            return
        }
        answers[secret("demo-secrets")] = .keys(["root"])
        let restore = try #require(
            provider.desiredObjects(for: cluster, try PXCRunning().observed(answers: answers)).last
        )
        let source: JSONValue = [
            "destination": "s3://old/prod/shop/full-1",
            "s3": ["bucket": "old/prod/shop", "credentialsSecret": "s3"],
        ]
        #expect(restore.content.at("spec", "backupSource") == source)
    }
}

extension Need {
    fileprivate func isNamed(_ name: String) -> Bool {
        switch self {
        case .object(_, let key), .secretKeys(let key): key.name == name
        default: false
        }
    }
}
