import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: creation and deletion")
struct KubeDBCreationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let engine: DatabaseEngine
        let spec: JSONValue
        let pods: [String]
        let claim: String
        let services: [String]
        var role: String?

        var testDescription: String { "\(engine.kind) with \(pods.count) pods" }
    }

    static let cases: [Case] = [
        Case(
            engine: .mongodb,
            spec: ["version": "7.0.28", "replicas": 3, "replicaSet": ["name": "rs0"], "storage": FakeWorld.durable],
            pods: ["db-0", "db-1", "db-2"],
            claim: "datadir-db-0",
            services: ["db", "db-pods"],
            role: "primary"
        ),
        Case(
            engine: .postgres,
            spec: ["version": "16.13", "replicas": 3, "storage": FakeWorld.durable],
            pods: ["db-0", "db-1", "db-2"],
            claim: "data-db-0",
            services: ["db", "db-pods", "db-standby"],
            role: "primary"
        ),
        Case(
            engine: .mysql,
            spec: [
                "version": "8.4.8", "replicas": 3, "topology": ["mode": "GroupReplication"],
                "storage": FakeWorld.durable,
            ],
            pods: ["db-0", "db-1", "db-2"],
            claim: "data-db-0",
            services: ["db", "db-pods", "db-standby"],
            role: "primary"
        ),
        Case(
            engine: .mariadb,
            spec: [
                "version": "11.8.5", "replicas": 3,
                "topology": ["mode": "MariaDBReplication", "maxscale": ["replicas": 1, "storage": FakeWorld.durable]],
                "storage": FakeWorld.durable,
            ],
            pods: ["db-0", "db-1", "db-2", "db-mx-0"],
            claim: "data-db-mx-0",
            services: ["db", "db-mx", "db-mx-pods", "db-pods", "db-standby"],
            role: "Master"
        ),
        Case(
            engine: .redis,
            spec: ["version": "8.2.2", "mode": "Cluster", "storage": FakeWorld.durable],
            pods: (0..<3).flatMap { shard in (0..<2).map { "db-shard\(shard)-\($0)" } },
            claim: "data-db-shard2-1",
            services: ["db", "db-pods"]
        ),
        Case(
            engine: .elasticsearch,
            spec: [
                "version": "xpack-9.2.3",
                "topology": [
                    "master": ["replicas": 1, "storage": FakeWorld.durable],
                    "data": ["replicas": 2, "storage": FakeWorld.durable],
                    "ingest": ["replicas": 1, "storage": FakeWorld.durable],
                ],
            ],
            pods: ["db-data-0", "db-data-1", "db-ingest-0", "db-master-0"],
            claim: "data-db-data-1",
            services: ["db", "db-master", "db-pods"]
        ),
        Case(
            engine: .kafka,
            spec: ["version": "4.2.0", "replicas": 3, "storage": FakeWorld.durable],
            pods: ["db-0", "db-1", "db-2"],
            claim: "data-db-0",
            services: ["db-pods"]
        ),
    ]

    @Test("A database of each engine comes up with its pods, volumes, services and secret", arguments: cases)
    func creation(_ expected: Case) async throws {
        var world = try FakeWorld.kubeDB(expected.engine)
        try world.createDatabase(expected.spec)
        try await world.reach { $0.isReady }

        #expect(world.phases == ["Provisioning", "Ready"])
        #expect(world.databasePods == expected.pods)
        #expect(world.object(.persistentVolumeClaim, expected.claim) != nil)
        #expect(world.children(.service).map(\.objectName) == expected.services)
        let order = (world.status["conditions"]?.array ?? []).compactMap { $0["type"]?.string }
        #expect(order == ["ProvisioningStarted", "ReplicaReady", "AcceptingConnection", "Ready", "Provisioned"])
        #expect(world.cluster.at("spec", "authSecret", "name") == "db-auth")
        let secret = try #require(world.object(.secret, "db-auth"))
        #expect(Set(secret["data"]?.object?.names ?? []) == ["username", "password"])
        #expect(secret["type"] == "kubernetes.io/basic-auth")
        let binding = try #require(world.object(.kubeDBAppBinding, "db"))
        #expect(binding.at("spec", "clientConfig", "service", "port")?.integer == expected.engine.port)
        #expect(binding.at("spec", "type")?.string == "kubedb.com/\(expected.engine.name)")
        #expect(world.mainContainers.first?["image"] != nil)
        let leaders = world.pods.filter { $0.label("kubedb.com/role") == expected.role && expected.role != nil }
        #expect(leaders.count == (expected.role == nil ? 0 : 1))
        #expect(world.count(.podCreations) == expected.pods.count)
        #expect(world.count(.clusterCreations) == 1)
        #expect(world.status["observedGeneration"] == world.cluster.at("metadata", "generation"))
    }

    @Test("A database at rest is not written to", arguments: [DatabaseEngine.mongodb, .elasticsearch])
    func silence(_ engine: DatabaseEngine) async throws {
        let expected = try #require(Self.cases.first { $0.engine.name == engine.name })
        var world = try FakeWorld.kubeDB(engine)
        try await world.haveDatabase(expected.spec)
        _ = world.api.takeChanges()
        _ = await world.run(seconds: 3600)
        #expect(world.api.takeChanges().isEmpty)
    }

    @Test("A stand-in that dies at any moment of a creation goes on from what there is")
    func restart() async throws {
        for second in 0..<8 {
            var world = try FakeWorld.kubeDB(.mongodb)
            try world.createDatabase(Self.cases[0].spec)
            _ = await world.run(seconds: Int64(second))
            await world.restartStandIn()
            try await world.reach { $0.isReady }
            #expect(world.databasePods.count == 3 && world.count(.podCreations) == 3)
            #expect(world.count(.clusterCreations) == 1)
        }
    }

    @Test(
        "What is left of a deleted database depends on its policy",
        arguments: [("Halt", 3, true), ("Delete", 0, true), ("WipeOut", 0, false)]
    )
    func deletion(policy: String, claims: Int, keepsSecret: Bool) async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(Self.cases[0].spec)
        try world.patch(["spec": ["deletionPolicy": .string(policy)]])
        _ = await world.run(seconds: 5)
        let key = world.watched.key
        try world.api.delete(world.watched.resource, key, propagation: .background)
        _ = await world.run(seconds: 120)
        #expect(world.cluster == .null)
        #expect(world.pods.isEmpty && world.children(.service).isEmpty && world.children(.kubeDBPetSet).isEmpty)
        #expect(world.claims.count == claims)
        #expect((world.object(.secret, "db-auth") != nil) == keepsSecret)
        #expect(world.object(.kubeDBAppBinding, "db") == nil)
    }

    @Test("A database under a name whose volumes and secret were kept takes them over")
    func adoption() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(Self.cases[0].spec)
        let password = world.object(.secret, "db-auth")?.at("data", "password")
        let volume = world.object(.persistentVolumeClaim, "datadir-db-0")?.objectUID
        try world.patch(["spec": ["deletionPolicy": "Halt"]])
        try world.api.delete(world.watched.resource, world.watched.key, propagation: .background)
        _ = await world.run(seconds: 60)
        try await world.haveDatabase(Self.cases[0].spec)
        #expect(world.object(.secret, "db-auth")?.at("data", "password") == password)
        #expect(world.object(.persistentVolumeClaim, "datadir-db-0")?.objectUID == volume)
    }

    @Test("Halting takes pods and services and keeps volumes, rewrites the policy, and starting does not restore it")
    func halting() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(Self.cases[0].spec)
        try world.patch(["spec": ["halted": true]])
        try await world.reach { $0.status["phase"] == "Halted" }
        _ = await world.run(seconds: 20)
        #expect(world.pods.isEmpty && world.children(.service).isEmpty && world.claims.count == 3)
        #expect(world.object(.kubeDBAppBinding, "db") == nil && world.object(.secret, "db-auth") != nil)
        #expect(world.cluster.at("spec", "deletionPolicy") == "Halt")
        world.forgetPhases()
        try world.patch(["spec": ["halted": false]])
        try await world.reach { $0.isReady && $0.pods.count == 3 }
        #expect(world.phases == ["Provisioning", "Ready"])
        #expect(world.cluster.at("spec", "deletionPolicy") == "Halt")
        #expect(world.cluster.at("spec", "halted") == nil)
        #expect(world.count(.hibernations) == 1 && world.count(.resumptions) == 1)
    }
}
