import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("CloudNativePG stand-in: operations that go wrong, and what is counted")
struct CNPGOperationsTests {
    private func setParameter(_ world: FakeWorld, _ name: String, _ value: JSONValue) throws {
        try world.patch(["spec": ["postgresql": ["parameters": [name: value]]]])
    }

    private func lastWords(_ pod: JSONValue) -> String? {
        pod.at("status", "containerStatuses")?[0]?.at("lastState", "terminated", "message")?.string
    }

    @Test(
        "A parameter that lets no server start stops the rollout at one crashing pod that says why; its withdrawal heals",
        arguments: [
            ("max_connections", "many", "invalid value for parameter \"max_connections\": \"many\""),
            ("max_connections", "0", "0 is outside the valid range for parameter \"max_connections\" (1 .. 262143)"),
            ("max_connections", "3", "must be less than max_connections (3)"),
            ("shared_buffers", "2000GB", "could not map anonymous shared memory"),
        ]
    )
    func crashingParameter(name: String, value: String, words: String) async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let isLowering = Int(value) != nil
        if isLowering {
            try setParameter(world, name, "100")
            try await world.reach { $0.phases.last == "Cluster in healthy state" }
            _ = await world.run(seconds: 5)
        }
        try setParameter(world, name, .string(value))
        _ = await world.run(seconds: 300)
        let crashing = world.pods.filter { lastWords($0) != nil }
        let pod = try #require(crashing.first)
        #expect(crashing.count == 1)
        #expect(pod.objectName == (isLowering ? "pg-1" : "pg-3"))
        #expect(lastWords(pod)?.contains(words) == true)
        let state = pod.at("status", "containerStatuses")?[0]?.at("state", "waiting", "reason")
        #expect(state == "CrashLoopBackOff")
        #expect(world.status["readyInstances"] == 2)
        if !isLowering { #expect(world.status["phase"] == "Waiting for the instances to become active") }

        try setParameter(world, name, isLowering ? "100" : .null)
        try await world.reach { $0.isHealthy(3) }
        _ = await world.run(seconds: 60)
        #expect(world.isHealthy(3) && world.pods.allSatisfy { lastWords($0) == nil })
        #expect(world.count(.reconfigurations) == (isLowering ? 3 : 2))
    }

    @Test("A bad value of a parameter that is reloaded shows only when a server starts with it")
    func badReload() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        try setParameter(world, "work_mem", "much")
        _ = await world.run(seconds: 60)
        #expect(world.isHealthy(2))
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-2"), propagation: .background)
        _ = await world.run(seconds: 60)
        #expect(world.pods.last.flatMap(lastWords)?.contains("\"work_mem\"") == true)
    }

    @Test("Fenced servers stop while their pods stay, a fenced primary is not replaced, and lifting starts them again")
    func fencing() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let uids = world.pods.map(\.objectUID)
        try world.annotate("cnpg.io/fencedInstances", "[\"pg-1\"]")
        _ = await world.run(seconds: 60)
        #expect(world.status["currentPrimary"] == "pg-1" && world.status["readyInstances"] == 2)
        try world.annotate("cnpg.io/fencedInstances", "[\"*\"]")
        try await world.reach { $0.status["readyInstances"] == 0 }
        #expect(world.pods.map(\.objectUID) == uids)
        try world.annotate("cnpg.io/fencedInstances", .null)
        try await world.reach { $0.isHealthy(3) }
        #expect(world.pods.map(\.objectUID) == uids)
        #expect(world.count(.failovers) == 0 && world.count(.fencings) == 3)
    }

    @Test("A reload is taken in silence, and counted once however often it is asked for with one stamp")
    func reload() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        for _ in 0..<2 {
            try world.annotate("cnpg.io/reloadedAt", "2026-11-01T00:00:00Z")
            _ = await world.run(seconds: 30)
        }
        #expect(world.phases.isEmpty)
        #expect(world.count(.reloads) == 1 && world.count(.restarts) == 0)
    }

    @Test("An instance whose pod and volume are deleted is made anew under its name, and counted as rebuilt")
    func rebuild() async throws {
        var world = FakeWorld()
        try await world.haveCluster(3)
        let key = ObjectKey(namespace: "default", name: "pg-2")
        let volume = world.api.get(.persistentVolumeClaim, key)?.objectUID
        try world.api.delete(.pod, key, propagation: .background)
        try world.api.delete(.persistentVolumeClaim, key, propagation: .background)
        try await world.reach { $0.isHealthy(3) && $0.api.get(.persistentVolumeClaim, key)?.objectUID != volume }
        _ = await world.run(seconds: 5)
        #expect(world.count(.rebuilds) == 1 && world.count(.scalings) == 0)

        try world.patch(["spec": ["instances": 2]])
        try await world.reach { $0.isHealthy(2) }
        _ = await world.run(seconds: 5)
        try world.patch(["spec": ["instances": 3]])
        try await world.reach { $0.isHealthy(3) }
        #expect(world.count(.rebuilds) == 1 && world.count(.scalings) == 2)
    }

    @Test("A new image of the same major version rolls with the primary last, and is counted as an upgrade")
    func minorUpgrade() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        let image: JSONValue = "ghcr.io/cloudnative-pg/postgresql:17.6-standard-trixie"
        try world.patch(["spec": ["imageName": image]])
        try await world.reach { world in
            world.isHealthy(2) && world.pods.allSatisfy { $0.at("spec", "containers")?[0]?["image"] == image }
        }
        #expect(world.status.at("pgDataImageInfo", "image") == image)
        #expect(world.count(.minorUpgrades) == 1 && world.count(.restarts) == 1 && world.count(.majorUpgrades) == 0)
    }

    @Test("A switchover to an instance whose pod crashes is taken back, and one asked to hang does not end")
    func switchover() async throws {
        var world = FakeWorld()
        try await world.haveCluster(2)
        let target: JSONValue = ["status": ["targetPrimary": "pg-2", "phase": "Switchover in progress"]]
        try world.annotate("sandbox.dbaas.io/fail", "switchover")
        try world.patch(target, subresource: "status")
        _ = await world.run(seconds: 600)
        #expect(world.status["phase"] == "Switchover in progress" && world.status["currentPrimary"] == "pg-1")
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.status["currentPrimary"] == "pg-2" && $0.isHealthy(2) }

        try world.annotate("sandbox.dbaas.io/fail", "pod-start")
        try world.api.delete(.pod, ObjectKey(namespace: "default", name: "pg-1"), propagation: .background)
        _ = await world.run(seconds: 60)
        try world.patch(["status": ["targetPrimary": "pg-1"]], subresource: "status")
        try await world.reach { $0.status["targetPrimary"] == "pg-2" }
        #expect(world.count(.switchovers) == 1)
    }
}
