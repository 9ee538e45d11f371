import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona MongoDB stand-in: backups and restores")
struct MongoBackupTests {
    private let storages: JSONValue = [
        "backup": [
            "storages": [
                "s3": [
                    "type": "s3", "main": true,
                    "s3": ["bucket": "bucket", "prefix": "mongo/uid", "credentialsSecret": "s3-credentials"],
                ]
            ]
        ]
    ]

    /// A world with a cluster that has a storage, and the Secret with its credentials.
    private func world(_ spec: JSONValue = [:]) async throws -> FakeWorld {
        var world = FakeWorld.mongo()
        let secret: JSONValue = ["metadata": ["name": "s3-credentials", "namespace": "default"]]
        _ = try world.api.create(.secret, secret)
        try await world.haveMongo(3, JSONMergePatch.apply(spec, to: storages))
        return world
    }

    private func back(up world: FakeWorld, _ name: String, _ spec: JSONValue = [:], finalizers: JSONValue = []) throws {
        _ = try world.api.create(
            .perconaMongoDBBackup,
            [
                "metadata": [
                    "name": .string(name), "namespace": "default", "finalizers": finalizers,
                    "creationTimestamp": .string(world.now.description),
                ],
                "spec": JSONMergePatch.apply(
                    spec,
                    to: [
                        "clusterName": "mongo", "storageName": "s3", "type": "logical", "startingDeadlineSeconds": 120,
                    ]
                ),
            ]
        )
    }

    private func restore(_ world: FakeWorld, _ name: String, _ spec: JSONValue) throws {
        _ = try world.api.create(
            .perconaMongoDBRestore,
            [
                "metadata": ["name": .string(name), "namespace": "default"],
                "spec": JSONMergePatch.apply(spec, to: ["clusterName": "mongo"]),
            ]
        )
    }

    private func error(_ world: FakeWorld, _ resource: ResourceType, _ name: String) -> String? {
        world.stored(resource, name)?.at("status", "error")?.string
    }

    @Test("Without the credentials of a storage the cluster is in error, and with them it becomes ready")
    func credentials() async throws {
        var world = FakeWorld.mongo()
        try world.createMongo(3, storages)
        _ = await world.run(seconds: 60)
        #expect(world.status["state"] == "error" && world.status["backupConfigHash"] == nil)
        let secret: JSONValue = ["metadata": ["name": "s3-credentials", "namespace": "default"]]
        _ = try world.api.create(.secret, secret)
        try await world.reach { $0.isReadyMongo(3) && $0.status["backupConfigHash"] != nil }
        #expect(world.cluster.conditionStatus("PBMReady") == "True")
    }

    @Test("A backup is requested, runs and is ready, with what upstream tells of it")
    func backup() async throws {
        var world = try await world()
        try back(up: world, "one")
        var states: [String] = []
        try await world.reach { world in
            let state = world.jobState(.perconaMongoDBBackup, "one") ?? ""
            if !state.isEmpty, states.last != state { states.append(state) }
            return state == "ready"
        }
        #expect(states == ["requested", "running", "ready"])
        let status = world.stored(.perconaMongoDBBackup, "one")?["status"]
        let name = try #require(status?["pbmName"]?.string)
        #expect(status?["destination"]?.string == "s3://bucket/mongo/uid/\(name)")
        #expect(status?["replsetNames"] == ["rs0"] && status?["type"] == "logical" && status?["completed"] != nil)
        #expect(world.stored(.perconaMongoDBBackup, "one")?.finalizers == ["internal.percona.com/release-lock"])
        #expect(world.count(.backups) == 1)
    }

    @Test("Two backups wait for each other, an unknown storage and a refused upload fail, and a foreign finalizer goes")
    func trouble() async throws {
        var world = try await world()
        try back(up: world, "one")
        try back(up: world, "two")
        try await world.reach {
            $0.jobState(.perconaMongoDBBackup, "two") == "waiting"
                || $0.jobState(.perconaMongoDBBackup, "one") == "waiting"
        }
        try await world.reach {
            $0.jobState(.perconaMongoDBBackup, "one") == "ready" && $0.jobState(.perconaMongoDBBackup, "two") == "ready"
        }
        #expect(world.count(.backups) == 2)
        try back(up: world, "three", ["storageName": "none"])
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "three") == "error" }
        #expect(error(world, .perconaMongoDBBackup, "three") == "unable to get storage 'none'")
        try world.annotate("sandbox.dbaas.io/fail", "backup")
        try back(up: world, "four", finalizers: ["percona.com/delete-backup", "foreign"])
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "four") == "error" }
        try world.remove(.perconaMongoDBBackup, "four")
        _ = await world.run(seconds: 10)
        #expect(world.stored(.perconaMongoDBBackup, "four") == nil)
    }

    @Test("Whoever changes a backup that is about to start has started a second one", arguments: [false, true])
    func touched(isTouched: Bool) async throws {
        var world = try await world()
        try back(up: world, "one")
        var touches = 0
        _ = await world.run { world in
            let backup = world.stored(.perconaMongoDBBackup, "one")
            guard backup?.jobState == "", backup?.finalizers.isEmpty == false, isTouched, touches < 4 else {
                return backup?.jobState == "ready"
            }
            touches += 1
            let change: JSONValue = ["metadata": ["labels": ["touch": .string(String(touches))]]]
            let key = ObjectKey(namespace: "default", name: "one")
            _ = try? world.api.patch(.perconaMongoDBBackup, key, merge: change, subresource: nil)
            return false
        }
        #expect(world.jobState(.perconaMongoDBBackup, "one") == "ready")
        #expect((world.count(.backups) == 1) == !isTouched)
    }

    @Test("Beside a cluster that is not ready a backup waits until its deadline; and while it waits nothing is stopped")
    func deadline() async throws {
        var world = try await world()
        try world.patchReplset(["configuration": "noSuchSection: 1\n"])
        try await world.reach { $0.status["state"] == "initializing" && $0.pods.contains(where: \.isCrashing) }
        try back(up: world, "late")
        try world.patch(["spec": ["pause": true]])
        _ = await world.run(seconds: 100)
        #expect(world.jobState(.perconaMongoDBBackup, "late") == nil && world.pods.count == 3)
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "late") == "error" }
        #expect(error(world, .perconaMongoDBBackup, "late") == "starting deadline seconds exceeded")
        try await world.reach { $0.status["state"] == "paused" && $0.pods.isEmpty }
    }

    @Test("A rolling update waits for a backup and says so, while the backup may still start")
    func pendingUpdate() async throws {
        var world = try await world()
        try back(up: world, "one")
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "one") == "requested" }
        try world.patchReplset(["annotations": ["restartedAt": "1"]])
        try await world.reach { $0.cluster.conditionStatus("pendingSmartUpdate") == "True" }
        #expect(world.pods.count == 3)
        try await world.reach { $0.isReadyMongo(3) && $0.pods.allSatisfy { $0.annotation("restartedAt") == "1" } }
        #expect(world.cluster.conditionStatus("pendingSmartUpdate") == nil)
    }

    @Test("The last backup stays while point-in-time recovery begins at it")
    func lastBackup() async throws {
        var world = try await world(["backup": ["pitr": ["enabled": true]]])
        try back(up: world, "one", finalizers: ["percona.com/delete-backup"])
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "one") == "ready" }
        try world.remove(.perconaMongoDBBackup, "one")
        _ = await world.run(seconds: 60)
        #expect(world.stored(.perconaMongoDBBackup, "one")?.finalizers == ["percona.com/delete-backup"])
        try world.patch(["spec": ["backup": ["pitr": ["enabled": false]]]])
        try await world.reach { $0.stored(.perconaMongoDBBackup, "one") == nil }
    }

    @Test(
        "A logical restore leaves the cluster as it looks; a physical one takes its stateful set",
        arguments: ["logical", "physical"]
    )
    func restore(type: String) async throws {
        var world = try await world()
        try back(up: world, "one", ["type": .string(type)])
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "one") == "ready" }
        _ = await world.run(seconds: 10)
        world.forgetPhases()
        let (set, claims) = (world.stored(.statefulSet, "mongo-rs0")?.objectUID, world.claims.map(\.objectUID))
        try restore(world, "back", ["backupName": "one"])
        var states: [String] = []
        try await world.reach { world in
            let state = world.jobState(.perconaMongoDBRestore, "back") ?? ""
            if !state.isEmpty, states.last != state { states.append(state) }
            return state == "ready"
        }
        #expect(states == (type == "logical" ? [] : ["waiting"]) + ["requested", "running", "ready"])
        if type == "logical" { #expect(world.phases.isEmpty) }
        if type == "physical" { #expect(world.cluster.annotation("percona.com/resync-pbm") == "true") }
        try await world.reach { $0.isReadyMongo(3) && $0.cluster.annotation("percona.com/resync-pbm") == nil }
        #expect((world.stored(.statefulSet, "mongo-rs0")?.objectUID == set) == (type == "logical"))
        #expect(world.claims.map(\.objectUID) == claims && world.count(.restores) == 1)
    }

    @Test("Restores of nothing, of a failed backup and to a time before the backup fail; by address the data is found")
    func restoreTrouble() async throws {
        var world = try await world(["backup": ["pitr": ["enabled": true]]])
        try back(up: world, "one")
        try await world.reach { $0.jobState(.perconaMongoDBBackup, "one") == "ready" }
        try restore(world, "none", ["backupName": "missing"])
        try restore(world, "early", ["backupName": "one", "pitr": ["type": "date", "date": "2020-01-01 00:00:00"]])
        try restore(world, "nowhere", ["backupSource": ["destination": "s3://bucket/other"]])
        for name in ["none", "early", "nowhere"] {
            try await world.reach { $0.jobState(.perconaMongoDBRestore, name) == "error" }
        }
        #expect(error(world, .perconaMongoDBRestore, "early") == "backup's last write is later than target time")

        let destination = world.stored(.perconaMongoDBBackup, "one")?.at("status", "destination") ?? .null
        try world.remove(.perconaMongoDBBackup, "one")
        _ = await world.run(seconds: 10)
        #expect(world.stored(.perconaMongoDBBackup, "one") == nil)
        try restore(world, "back", ["backupSource": ["type": "logical", "destination": destination]])
        try await world.reach { $0.jobState(.perconaMongoDBRestore, "back") == "ready" }
    }

    @Test("A task makes backups by the clock and keeps as many as it says; an unknown storage is the cluster's error")
    func schedule() async throws {
        let task: JSONValue = [
            "name": "hourly", "enabled": true, "schedule": "0 * * * *", "storageName": "s3",
            "retention": ["type": "count", "count": 2, "deleteFromStorage": true],
        ]
        var world = try await world(["backup": ["tasks": [task]]])
        _ = await world.run(seconds: 4 * 3600)
        let made = world.api.list(.perconaMongoDBBackup, namespace: "default", labels: [:])
        #expect(world.count(.backups) == 4 && made.count == 2)
        #expect(made.allSatisfy { $0.label("percona.com/backup-ancestor") == "hourly" })
        let lost = JSONMergePatch.apply(["storageName": "none", "name": "lost"], to: task)
        try world.patch(["spec": ["backup": ["tasks": [lost]]]])
        try await world.reach { $0.status["state"] == "error" }
        #expect(
            world.status["message"]?.string?.contains("there is no storage none in cluster mongo for lost task") == true
        )
    }
}
