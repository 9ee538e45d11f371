import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: the queue of requests, and what goes wrong")
struct KubeDBQueueTests {
    private func database(_ engine: DatabaseEngine = .mongodb) async throws -> FakeWorld {
        var world = try FakeWorld.kubeDB(engine)
        try await world.haveDatabase(KubeDBOperationTests.spec(engine))
        return world
    }

    @Test("One request at a time, the oldest first; of one type the latest, of one second the first by name")
    func order() async throws {
        var world = try await database()
        try world.request("b", "HorizontalScaling", ["horizontalScaling": ["replicas": 4]], at: 1)
        try world.request("restart", "Restart", at: 2)
        try world.request("d", "HorizontalScaling", ["horizontalScaling": ["replicas": 5]], at: 3)
        try world.request("c", "HorizontalScaling", ["horizontalScaling": ["replicas": 6]], at: 3)
        try await world.reach { $0.requestPhase("restart") == "Progressing" }
        #expect(world.requestPhase("b") == "Skipped" && world.requestPhase("d") == "Skipped")
        #expect(world.message("b", "Skipped")?.hasPrefix("skipped as default/c is the most updated") == true)
        #expect(world.requestPhase("c") == "Pending")
        #expect(world.cluster.conditionStatus("Paused") == "True")
        try await world.reach { $0.requestPhase("c") == "Successful" }
        #expect(world.pods.count == 6 && world.count(.scalings) == 1 && world.count(.restarts) == 1)
    }

    @Test("Reconfigurations that wait together are merged into a request of the ops-manager's own")
    func merging() async throws {
        var world = try await database(.postgres)
        for (name, second, text) in [("a", 1, "work_mem = '8MB'"), ("b", 2, "max_connections = 250")] {
            let block: JSONValue = ["applyConfig": ["user.conf": .string(text)]]
            try world.request(name, "Reconfigure", ["configuration": block], at: second)
        }
        try await world.reach { $0.requestPhase("a") == "Skipped" && $0.requestPhase("b") == "Skipped" }
        let merged = try #require(
            world.api.list(DatabaseEngine.postgres.operation, namespace: "default", labels: [:])
                .first { $0.objectName.hasPrefix("db-rcfg-merged-") }
        )
        #expect(
            world.message("a", "Skipped")
                == "Configuration merged into newly created ops request default/\(merged.objectName)"
        )
        try await world.reach { $0.requestPhase(merged.objectName) == "Successful" }
        #expect(world.message(merged.objectName, "MergedFromOps") == "a, b")
        let text = world.cluster.at("spec", "configuration", "inline", "user.conf")
        #expect(text == "work_mem = '8MB'\nmax_connections = 250")
        #expect(world.count(.reconfigurations) == 1)
    }

    @Test("A request waits for a database that is not ready, unless it applies always")
    func gate() async throws {
        var world = try await database()
        try world.annotate("sandbox.dbaas.io/fail", "health")
        try await world.reach { $0.status["phase"] == "Critical" }
        try world.request("waits", "Restart")
        _ = await world.run(seconds: 60)
        #expect(world.requestPhase("waits") == "Pending")
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.requestPhase("waits") == "Successful" }
    }

    @Test("A halted database's requests stay pending")
    func halted() async throws {
        var world = try await database()
        try world.patch(["spec": ["halted": true]])
        try await world.reach { $0.status["phase"] == "Halted" }
        try world.request("ops", "Restart")
        _ = await world.run(seconds: 600)
        #expect(world.requestPhase("ops") == "Pending")
    }

    @Test(
        "A failure asked for is told in a condition; the definition stays, and the database goes on",
        arguments: [
            ("restart", "Restart", [:]), ("scale", "HorizontalScaling", ["horizontalScaling": ["replicas": 4]]),
            ("upgrade", "UpdateVersion", ["updateVersion": ["targetVersion": "8.0.17"]]),
        ] as [(String, String, JSONValue)]
    )
    func failure(word: String, type: String, block: JSONValue) async throws {
        var world = try await database()
        let spec = world.cluster["spec"]
        try world.request("ops", type, block, annotations: ["sandbox.dbaas.io/fail": .string(word)])
        try await world.reach { $0.requestPhase("ops") == "Failed" }
        #expect(world.message("ops", "Failed") == "\(type) failed, as was asked for")
        try await world.reach { $0.isReady && $0.pods.count == 3 }
        #expect(world.cluster["spec"] == spec && world.cluster.conditionStatus("Paused") == nil)
    }

    @Test("Without an ops-manager a request is never looked at; approval and its refusal are phases of their own")
    func approval() async throws {
        var world = try await database()
        let fail = "sandbox.dbaas.io/fail"
        try world.request("unseen", "Restart", annotations: [fail: "ops-manager"])
        try world.request("denied", "Reprovision", annotations: [fail: "deny"])
        try world.request("asks", "RotateAuth", annotations: [fail: "approval"])
        _ = await world.run(seconds: 60)
        #expect(world.requestPhase("denied") == "Denied" && world.requestPhase("asks") == "WaitingForApproval")
        let key = ObjectKey(namespace: "default", name: "asks")
        let approved: JSONValue = ["metadata": ["annotations": [fail: .null]]]
        _ = try world.api.patch(DatabaseEngine.mongodb.operation, key, merge: approved, subresource: nil)
        _ = try world.api.delete(
            DatabaseEngine.mongodb.operation,
            ObjectKey(namespace: "default", name: "unseen"),
            propagation: .background
        )
        try await world.reach { $0.requestPhase("asks") == "Successful" }
    }

    @Test("Deleting a request while it is worked on leaves the database paused")
    func abortion() async throws {
        var world = try await database(.postgres)
        try world.request("ops", "Restart")
        try await world.reach { $0.requestPhase("ops") == "Progressing" && $0.pods.contains(where: \.isBeingDeleted) }
        try world.api.delete(
            DatabaseEngine.postgres.operation,
            ObjectKey(namespace: "default", name: "ops"),
            propagation: .background
        )
        _ = await world.run(seconds: 600)
        #expect(world.cluster.conditionStatus("Paused") == "True" && world.status["phase"] == "Ready")
        // What is paused does not follow its definition.
        try world.patch(["spec": ["replicas": 5]])
        _ = await world.run(seconds: 60)
        #expect(world.pods.count == 3)
        #expect(world.status["observedGeneration"] != world.cluster.at("metadata", "generation"))
    }

    @Test(
        "Whatever moment the stand-in dies at, an operation ends as it would have and is begun once",
        arguments: [
            ("Restart", [:]), ("HorizontalScaling", ["horizontalScaling": ["replicas": 5]]),
            ("VolumeExpansion", ["volumeExpansion": ["mode": "Online", "replicaSet": "20Gi"]]), ("RotateAuth", [:]),
        ] as [(String, JSONValue)]
    )
    func restart(type: String, block: JSONValue) async throws {
        for second in [0, 1, 2, 4, 6, 9] {
            var world = try await database()
            try world.request("ops", type, block)
            _ = await world.run(seconds: Int64(second))
            await world.restartStandIn()
            try await world.reach { $0.requestPhase("ops") == "Successful" && $0.isReady }
            let begun: [StandInCounters.Count] = [.scalings, .resizes, .credentialRenewals, .restarts]
            let restarts = type == "RotateAuth" ? 2 : 1
            #expect(begun.reduce(0) { $0 + world.count($1) } == restarts, "after \(second) s")
            let made = type == "HorizontalScaling" ? 5 : type == "VolumeExpansion" ? 3 : 6
            #expect(world.count(.podCreations) == made, "after \(second) s")
        }
    }

    @Test("A lost leader is followed by a standby, and the database is not ready meanwhile")
    func failover() async throws {
        var world = try await database()
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "db-0"), propagation: .background)
        try await world.reach { $0.phases.contains("NotReady") && $0.isReady && $0.pods.count == 3 }
        #expect(world.pods.map { $0.label("kubedb.com/role") } == ["standby", "primary", "standby"])
        #expect(world.count(.failovers) == 1)
    }

    @Test("A failed restore is a database that is not ready; a good one goes on to ready, and its init is frozen")
    func restore() async throws {
        let archive: JSONValue = ["init": ["archiver": ["recoveryTimestamp": "2026-01-01T00:00:00Z"]]]
        let spec = JSONMergePatch.apply(archive, to: try KubeDBOperationTests.spec(.mongodb))
        var world = try FakeWorld.kubeDB(.mongodb)
        try world.createDatabase(spec, annotations: ["sandbox.dbaas.io/fail": "restore"])
        try await world.reach { $0.status["phase"] == "NotReady" }
        #expect(world.phases == ["Provisioning", "DataRestoring", "NotReady"])
        #expect(world.cluster.condition("DataRestored")?["reason"] == "FailedToRestoreData")

        world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(spec)
        #expect(world.cluster.at("spec", "init", "initialized") == true && world.count(.restores) == 1)
        #expect(throws: APIFailure.self) {
            try world.patch(["spec": ["init": ["archiver": ["recoveryTimestamp": "2026-02-01T00:00:00Z"]]]])
        }
    }
}
