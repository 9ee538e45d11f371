import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Percona MongoDB stand-in")
struct MongoStandInTests {
    @Test("A cluster comes up member by member, with its Secrets, Services and volumes, and then is at rest")
    func creation() async throws {
        var world = FakeWorld.mongo()
        try world.createMongo(3)
        try await world.reach { $0.isReadyMongo(3) }
        _ = await world.run(seconds: 10)

        #expect(world.phases == ["initializing", "ready"])
        #expect(world.pods.map(\.objectName) == ["mongo-rs0-0", "mongo-rs0-1", "mongo-rs0-2"])
        #expect(world.primary == "mongo-rs0-0")
        #expect(world.replset["initialized"] == true)
        #expect(world.status["host"] == "mongo-rs0.default.svc.cluster.local")
        #expect(world.status["mongoVersion"] == "8.0.19-7" && world.status["backupVersion"] == "2.12.0")
        #expect(world.status["message"] == nil)
        #expect(world.claims.map(\.objectName) == (0..<3).map { "mongod-data-mongo-rs0-\($0)" })
        let pod = try #require(world.pods.first)
        #expect(pod.label("app.kubernetes.io/component") == "mongod" && pod.label("app.kubernetes.io/replset") == "rs0")
        let containers = pod.at("spec", "containers")?.array?.compactMap { $0["name"]?.string }
        #expect(containers == ["mongod", "backup-agent"])
        for secret in [
            "mongo-secrets", "internal-mongo-users", "mongo-mongodb-keyfile", "mongo-mongodb-encryption-key",
            "mongo-ssl", "mongo-ssl-internal", "mongo-ca-cert",
        ] { #expect(world.stored(.secret, secret) != nil, "\(secret)") }
        let users = try #require(world.stored(.secret, "mongo-secrets")?["data"]?.object)
        #expect(users.count == 10 && users["MONGODB_DATABASE_ADMIN_PASSWORD"] != nil)
        #expect(world.stored(.service, "mongo-rs0")?.at("spec", "clusterIP") == "None")
        #expect(world.count(.clusterCreations) == 1 && world.count(.restarts) == 0)

        let version = world.cluster.at("metadata", "resourceVersion")
        _ = await world.run(seconds: 600)
        #expect(world.cluster.at("metadata", "resourceVersion") == version)
    }

    @Test("A spec without a version is given the operator's own; with one that is none nothing happens at all")
    func version() async throws {
        var world = FakeWorld.mongo()
        try world.createMongo(3, ["crVersion": .null])
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.cluster.at("spec", "crVersion") == "1.22.0")

        var broken = FakeWorld.mongo()
        try broken.createMongo(3, ["crVersion": "latest"])
        _ = await broken.run(seconds: 60)
        #expect(broken.cluster["status"] == nil && broken.pods.isEmpty)
    }

    @Test("Conditions that name a state are never taken back")
    func staleConditions() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["annotations": ["restartedAt": "1"]])
        try await world.reach { $0.status["state"] == "initializing" }
        #expect(world.cluster.conditionStatus("ready") == "True")
        #expect(world.cluster.conditionStatus("initializing") == "True")
    }

    @Test(
        "A spec that is wrong is taken by the API and told in the status, with the old generation observed",
        arguments: Self.refusals
    )
    func refusal(spec: JSONValue, size: Int, words: String) async throws {
        var world = FakeWorld.mongo()
        try world.createMongo(size, spec)
        _ = await world.run(seconds: 30)
        #expect(world.status["state"] == "error")
        let message = try #require(world.status["message"]?.string)
        #expect(message.hasPrefix("Error: wrong psmdb options: ") && message.contains(words))
        #expect(world.status["observedGeneration"] == nil && world.pods.isEmpty)
    }

    private static let refusals: [(JSONValue, Int, String)] = [
        (["unsafeFlags": ["replsetSize": false]], 2, "replset size must be odd"),
        (["unsafeFlags": ["replsetSize": false]], 1, "replset size must be at least 3"),
        (["replsets": JSONValue.null], 3, "at least one replica set should be specified"),
        (["tls": ["mode": "disabled"]], 3, "TLS must be enabled"),
        (
            ["backup": ["storages": ["a": ["type": "s3"], "b": ["type": "s3"]]]], 3,
            "main backup storage is not specified"
        ),
    ]

    @Test("A change of the spec shows one ready with its generation before any work, then rolls with the primary last")
    func rollout() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["resources": ["limits": ["cpu": "2", "memory": "4Gi"]]])
        try await world.reach { $0.status["observedGeneration"] == $0.cluster.at("metadata", "generation") }
        #expect(world.status["state"] == "ready", "the premature ready")
        try await world.reach { $0.pods.count == 2 }
        #expect(!world.pods.map(\.objectName).contains("mongo-rs0-2"))
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.phases == ["initializing", "ready"])
        #expect(world.primary == "mongo-rs0-1" || world.primary == "mongo-rs0-2")
        #expect(world.count(.restarts) == 1 && world.count(.failovers) == 0)
        let limits = world.pods.map { $0.at("spec", "containers")?[0]?.at("resources", "limits", "memory") }
        #expect(limits == ["4Gi", "4Gi", "4Gi"])
    }

    @Test("The version is read from the servers only after all of them have the new image")
    func upgrade() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patch(["spec": ["image": "percona/percona-server-mongodb:8.0.20-8"]])
        try await world.reach { $0.status["state"] == "initializing" }
        #expect(world.status["mongoVersion"] == "8.0.19-7")
        try await world.reach { $0.isReadyMongo(3) && $0.status["mongoVersion"] == "8.0.20-8" }
        #expect(world.count(.minorUpgrades) == 1 && world.count(.majorUpgrades) == 0 && world.count(.restarts) == 1)
    }

    @Test("Members are added and taken away one by one; the volumes of those that are gone stay")
    func scaling() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        try world.patchReplset(["size": 5])
        try await world.reach { $0.isReadyMongo(5) }
        try world.patchReplset(["size": 3])
        try await world.reach { $0.isReadyMongo(3) && $0.pods.count == 3 }
        #expect(world.claims.count == 5)
        #expect(world.count(.scalings) == 2 && world.count(.failovers) == 0)
    }

    @Test("Stopping goes over one member, keeps what is stored, and starting brings the same members back")
    func pause() async throws {
        var world = FakeWorld.mongo()
        try await world.haveMongo(3)
        let volumes = world.claims.map(\.objectUID)
        try world.patch(["spec": ["pause": true]])
        try await world.reach { $0.pods.count == 1 }
        #expect(world.pods.first?.objectName == "mongo-rs0-0" && world.status["state"] == "stopping")
        try await world.reach { $0.status["state"] == "paused" }
        // The last pod is still there: only those are counted that are to stay.
        #expect(world.pods.count == 1 && world.status["ready"] == 0)
        _ = await world.run(seconds: 30)
        #expect(world.pods.isEmpty)
        #expect(world.phases == ["stopping", "paused"])
        try world.patch(["spec": ["pause": false]])
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.claims.map(\.objectUID) == volumes)
        #expect(world.count(.hibernations) == 1 && world.count(.resumptions) == 1 && world.count(.restarts) == 0)
    }

    @Test("Whatever moment the operator dies at, the end is the same", arguments: 0..<10)
    func dying(_ moment: Int) async throws {
        var world = FakeWorld.mongo(seed: UInt64(moment))
        try world.createMongo(3)
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isReadyMongo(3) }
        world.api.failNext(3)
        try world.patchReplsetUntilTaken(["annotations": ["restartedAt": "2"]])
        _ = await world.run(seconds: Int64(moment))
        await world.restartStandIn()
        try await world.reach { $0.isReadyMongo(3) }
        #expect(world.pods.allSatisfy { $0.annotation("restartedAt") == "2" })
        #expect(world.count(.restarts) <= 1 && world.count(.failovers) == 0)
    }
}

extension FakeWorld {
    /// Patches as a client does that tries again after a conflict.
    func patchReplsetUntilTaken(_ merge: JSONValue) throws {
        for _ in 0..<10 {
            do { return try patchReplset(merge) } catch let error as APIFailure where error.isConflict { continue }
        }
        try patchReplset(merge)
    }
}
