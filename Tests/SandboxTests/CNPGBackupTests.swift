import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("CloudNativePG stand-in: backups, poolers, recovery")
struct CNPGBackupTests {
    private static let plugin: JSONValue = [
        "plugins": [
            [
                "name": "barman-cloud.cloudnative-pg.io", "enabled": true, "isWALArchiver": true,
                "parameters": ["barmanObjectName": "store"],
            ]
        ]
    ]

    private func createStore(_ world: FakeWorld) throws {
        let metadata: JSONValue = ["name": "store", "namespace": "default"]
        _ = try world.api.create(.barmanObjectStore, ["kind": "ObjectStore", "metadata": metadata])
    }

    private func createBackup(_ world: FakeWorld, _ name: String, method: String = "plugin") throws {
        var spec: JSONValue = ["cluster": ["name": "pg"], "method": .string(method)]
        if method == "plugin" { spec["pluginConfiguration"] = ["name": "barman-cloud.cloudnative-pg.io"] }
        let metadata: JSONValue = ["name": .string(name), "namespace": "default"]
        _ = try world.api.create(.cnpgBackup, ["kind": "Backup", "metadata": metadata, "spec": spec])
    }

    private func backup(_ world: FakeWorld, _ name: String) -> JSONValue {
        world.api.get(.cnpgBackup, ObjectKey(namespace: "default", name: name))?["status"] ?? .null
    }

    @Test("A missing object store stops the whole cluster without a phase, until it is there")
    func missingStore() async throws {
        var world = FakeWorld()
        try world.createCluster(1, Self.plugin)
        _ = await world.run(seconds: 60)
        #expect(world.cluster["status"] == nil)
        try createStore(world)
        try await world.reach { $0.isHealthy(1) }
    }

    @Test("Two backups run one after the other, each once, and the store knows the window")
    func backups() async throws {
        var world = FakeWorld()
        try createStore(world)
        try await world.haveCluster(2, Self.plugin)
        try createBackup(world, "one")
        try createBackup(world, "two")
        try await world.reach { backup($0, "one")["phase"] == "started" || backup($0, "two")["phase"] == "started" }
        #expect([backup(world, "one"), backup(world, "two")].count { $0["phase"] == "started" } == 1)
        #expect(world.cluster.condition("LastBackupSucceeded")?["reason"] == "BackupStarted")
        try await world.reach { backup($0, "one")["phase"] == "completed" && backup($0, "two")["phase"] == "completed" }
        #expect(backup(world, "one").at("instanceID", "podName") == "pg-2")
        #expect(backup(world, "one")["backupId"]?.string != nil)
        #expect(world.cluster.conditionStatus("LastBackupSucceeded") == "True")
        #expect(world.count(.backups) == 2)
        let store = world.api.get(.barmanObjectStore, ObjectKey(namespace: "default", name: "store"))
        #expect(store?.at("status", "serverRecoveryWindow", "pg", "firstRecoverabilityPoint")?.string != nil)
    }

    @Test("Backups that cannot work fail at once and say why; one of an unknown cluster waits for ever")
    func failures() async throws {
        var world = FakeWorld()
        try createBackup(world, "early")
        _ = await world.run(seconds: 60)
        #expect(backup(world, "early")["phase"] == "pending")
        try await world.haveCluster(1)
        try await world.reach { backup($0, "early")["phase"] == "failed" }
        try createBackup(world, "old", method: "barmanObjectStore")
        try await world.reach {
            backup($0, "old")["error"] == "cannot proceed with the backup as the cluster has no backup section"
        }
        try world.annotate("cnpg.io/hibernation", "on")
        try createBackup(world, "asleep")
        try await world.reach { backup($0, "asleep")["error"] == "cannot backup a hibernated cluster" }
    }

    @Test("A backup whose instance restarts, or that is asked to fail, fails")
    func interrupted() async throws {
        var world = FakeWorld()
        try createStore(world)
        try await world.haveCluster(1, Self.plugin)
        try createBackup(world, "cut")
        try await world.reach { backup($0, "cut")["phase"] == "started" }
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-1"), propagation: .background)
        try await world.reach { backup($0, "cut")["phase"] == "failed" }
        try await world.reach { $0.isHealthy(1) }
        try world.annotate("sandbox.dbaas.io/fail", "backup")
        try createBackup(world, "asked")
        try await world.reach { backup($0, "asked")["phase"] == "failed" }
        #expect(world.cluster.condition("LastBackupSucceeded")?["reason"] == "LastBackupFailed")
    }

    @Test("A new cluster recovers from the store, and not from a folder that is empty or its own that is full")
    func recovery() async throws {
        var world = FakeWorld()
        try createStore(world)
        try await world.haveCluster(1, Self.plugin)
        try createBackup(world, "base")
        try await world.reach { backup($0, "base")["phase"] == "completed" }
        let ended = try #require(backup(world, "base")["stoppedAt"]?.string.flatMap { Timestamp($0) })
        _ = await world.run(seconds: 60)

        func create(_ name: String, from server: String, archiving: Bool = false, at target: JSONValue? = nil) throws {
            var spec: JSONValue = [
                "instances": 1, "storage": ["size": "1Gi"], "bootstrap": ["recovery": ["source": "origin"]],
                "externalClusters": [
                    [
                        "name": "origin",
                        "plugin": [
                            "name": "barman-cloud.cloudnative-pg.io",
                            "parameters": ["barmanObjectName": "store", "serverName": .string(server)],
                        ],
                    ]
                ],
            ]
            if let target { spec["bootstrap"] = ["recovery": ["source": "origin", "recoveryTarget": target]] }
            if archiving {
                spec["plugins"] = [
                    [
                        "name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": true,
                        "parameters": ["barmanObjectName": "store", "serverName": "pg"],
                    ]
                ]
            }
            let metadata: JSONValue = ["name": .string(name), "namespace": "default"]
            _ = try world.api.create(.cnpgCluster, ["kind": "Cluster", "metadata": metadata, "spec": spec])
        }
        try create("good", from: "pg")
        try create("then", from: "pg", at: ["targetTime": .string((ended + .seconds(30)).description)])
        try create("early", from: "pg", at: ["targetTime": .string((ended - .seconds(30)).description)])
        try create("late", from: "pg", at: ["targetTime": .string((ended + .seconds(3600)).description)])
        let base = backup(world, "base")["backupId"] ?? .null
        try create("named", from: "pg", at: ["backupID": base, "targetImmediate": true])
        try create("unknown", from: "pg", at: ["backupID": "20200101T000000", "targetImmediate": true])
        try create("empty", from: "nobody")
        try create("full", from: "pg", archiving: true)
        _ = await world.run(seconds: 60)
        func phase(_ name: String) -> JSONValue? {
            world.api.get(.cnpgCluster, ObjectKey(namespace: "default", name: name))?.at("status", "phase")
        }
        for name in ["good", "then", "named"] {
            #expect(phase(name) == "Cluster in healthy state", "\(name)")
            #expect(world.counters.value(.restores, for: ObjectKey(namespace: "default", name: name)) == 1)
        }
        for name in ["empty", "early", "late", "unknown"] {
            #expect(phase(name) == "Cluster is unrecoverable and needs manual intervention", "\(name)")
        }
        #expect(phase("full") == "Setting up primary")
    }

    @Test("A backup that is missing leaves the phase empty and an event, until it is there and complete")
    func missingBackup() async throws {
        var world = FakeWorld()
        try world.createCluster(1, ["bootstrap": ["recovery": ["backup": ["name": "base"]]]])
        _ = await world.run(seconds: 30)
        #expect(world.status["phase"] == nil)
        let events = world.api.list(.coreEvent, namespace: "default", labels: [:])
        #expect(events.map { $0["reason"] } == ["ErrorNoBackup"])
        let metadata: JSONValue = ["name": "base", "namespace": "default"]
        let spec: JSONValue = ["cluster": ["name": "other"], "method": "barmanObjectStore"]
        _ = try world.api.create(
            .cnpgBackup,
            [
                "kind": "Backup", "metadata": metadata, "spec": spec,
                "status": ["phase": "completed", "method": "barmanObjectStore"],
            ]
        )
        try await world.reach { $0.isHealthy(1) }
    }

    @Test("A pooler is active before its replicas are ready, and inactive without a cluster")
    func pooler() async throws {
        var world = FakeWorld()
        let key = ObjectKey(namespace: "default", name: "pg-pool")
        _ = try world.api.create(
            .cnpgPooler,
            [
                "kind": "Pooler", "metadata": ["name": "pg-pool", "namespace": "default"],
                "spec": [
                    "cluster": ["name": "pg"], "instances": 2, "type": "rw", "pgbouncer": ["poolMode": "session"],
                ],
            ]
        )
        let status = { (world: FakeWorld) in world.api.get(.cnpgPooler, key)?["status"] ?? .null }
        let deployment = { (world: FakeWorld) in world.api.get(.deployment, key)?["status"] ?? .null }
        try await world.reach { status($0)["phase"] == "inactive" }
        try world.createCluster(1)
        try await world.reach { status($0)["phase"] == "active" }
        #expect(deployment(world)["readyReplicas"] == nil)
        try await world.reach { deployment($0)["readyReplicas"] == 2 && status($0)["instances"] == 2 }
        #expect(world.api.get(.secret, ObjectKey(namespace: "default", name: "pg-pooler")) != nil)
    }

    @Test("A schedule makes its backup when due, in six fields; the method left out makes one that fails")
    func schedule() async throws {
        var world = FakeWorld()
        try await world.haveCluster(1)
        _ = try world.api.create(
            .cnpgScheduledBackup,
            [
                "kind": "ScheduledBackup", "metadata": ["name": "nightly", "namespace": "default"],
                "spec": [
                    "cluster": ["name": "pg"], "schedule": "0 0 2 * * *", "immediate": true,
                    "method": "barmanObjectStore",
                ],
            ]
        )
        _ = await world.run(seconds: 10)
        let first = world.api.list(.cnpgBackup, namespace: nil, labels: ["cnpg.io/immediateBackup": "true"])
        #expect(first.count == 1)
        #expect(first.first?.at("status", "phase") == "failed")
        _ = await world.run(seconds: 86_400)
        let later = world.api.list(.cnpgBackup, namespace: nil, labels: ["cnpg.io/immediateBackup": "false"])
        #expect(later.count == 1)
        #expect(later.first?.objectName.wholeMatch(of: /nightly-\d{8}020000/) != nil)
    }

    @Test(
        "A schedule of five fields is read with seconds first",
        arguments: [
            ("0 0 2 * * *", "2026-03-02T02:00:00Z"), ("0 2 * * *", "2026-03-01T12:02:00Z"),
            ("@weekly", "2026-03-08T00:00:00Z"), ("*/20 30 12 * * mon-fri", "2026-03-02T12:30:00Z"),
            ("0 0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ]
    )
    func cron(_ text: String, _ expected: String) throws {
        let now = try #require(Timestamp("2026-03-01T12:00:00Z"))
        #expect(try #require(CronSchedule(text)).next(after: now)?.description == expected)
    }

    @Test("What is no schedule is refused", arguments: ["", "1 2 3", "61 * * * * *", "a * * * * *", "5-1 * * * * *"])
    func badCron(_ text: String) { #expect(CronSchedule(text) == nil) }
}
