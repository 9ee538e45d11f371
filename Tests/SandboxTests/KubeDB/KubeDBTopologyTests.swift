import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("KubeDB stand-in: topologies, services and what a database waits for")
struct KubeDBTopologyTests {
    private static let sharded: JSONValue = [
        "version": "7.0.28",
        "shardTopology": [
            "shard": ["shards": 2, "replicas": 2, "storage": FakeWorld.durable],
            "configServer": ["replicas": 3, "storage": FakeWorld.durable], "mongos": ["replicas": 2],
        ],
    ]

    @Test("A sharded MongoDB has its parts, serves through its routers, and gets another shard with volumes of its own")
    func sharding() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(Self.sharded)
        let shards = ["db-shard0-0", "db-shard0-1", "db-shard1-0", "db-shard1-1"]
        let others = ["db-configsvr-0", "db-configsvr-1", "db-configsvr-2", "db-mongos-0", "db-mongos-1"]
        #expect(world.databasePods == (others + shards).sorted())
        #expect(world.claims.count == 7)
        let selector = world.object(.service, "db")?.at("spec", "selector")
        #expect(selector?["mongodb.kubedb.com/node.mongos"] == "db-mongos" && selector?["kubedb.com/role"] == nil)
        #expect(world.object(.service, "db-shard1-pods")?.at("spec", "clusterIP") == "None")
        #expect(world.object(.secret, "db-key") != nil)
        #expect(world.pods.count { $0.label("kubedb.com/role") == "primary" } == 3)

        try await world.perform(
            "more",
            "HorizontalScaling",
            ["horizontalScaling": ["shard": ["shards": 3, "replicas": 2]]]
        )
        try await world.reach { $0.isReady && $0.object(.service, "db-shard2-pods") != nil }
        #expect(world.pods.count == 11 && world.object(.persistentVolumeClaim, "datadir-db-shard2-1") != nil)
        #expect(world.pods.count { $0.label("kubedb.com/role") == "primary" } == 4)
        try await world.perform(
            "less",
            "HorizontalScaling",
            ["horizontalScaling": ["shard": ["shards": 2, "replicas": 2]]]
        )
        try await world.reach { $0.isReady && $0.pods.count == 9 && $0.claims.count == 7 }
        #expect(world.object(.kubeDBPetSet, "db-shard2") == nil)
    }

    @Test("Resources of one part reach its pods alone")
    func partOfShards() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        try await world.haveDatabase(Self.sharded)
        let routers = world.pods.filter { $0.objectName.contains("mongos") }.map(\.objectUID)
        let resources: JSONValue = [
            "requests": ["cpu": "2", "memory": "4Gi"], "limits": ["cpu": "2", "memory": "4Gi"],
        ]
        try await world.perform("ops", "VerticalScaling", ["verticalScaling": ["mongos": ["resources": resources]]])
        try await world.reach { $0.isReady }
        for (pod, container) in zip(world.pods, world.mainContainers) {
            #expect((container["resources"] == resources) == pod.objectName.contains("mongos"))
        }
        #expect(Set(world.pods.map(\.objectUID)).isDisjoint(with: routers))
    }

    @Test("A Redis that sentinels watch waits for them")
    func sentinels() async throws {
        var world = try FakeWorld.kubeDB(.redis)
        try world.createDatabase([
            "version": "8.2.2", "mode": "Sentinel", "replicas": 3, "sentinelRef": ["name": "watch"],
            "storage": FakeWorld.durable,
        ])
        _ = await world.run(seconds: 120)
        #expect(world.status["phase"] == "Provisioning" && world.pods.isEmpty)
        #expect(world.cluster.at("spec", "sentinelRef", "namespace") == "default")
        let sentinel = DatabaseEngine.redisSentinel.database
        _ = try world.api.create(
            sentinel,
            [
                "apiVersion": .string(sentinel.apiVersion), "kind": .string(sentinel.kind),
                "metadata": ["name": "watch", "namespace": "default"],
                "spec": ["version": "8.2.2", "replicas": 3, "storage": FakeWorld.durable],
            ]
        )
        try await world.reach { $0.isReady && $0.object(sentinel, "watch")?.at("status", "phase") == "Ready" }
        #expect(world.pods.count == 3 && world.object(.pod, "watch-2") != nil)
        #expect(world.object(.pod, "watch-0")?.at("spec", "containers")?.item(named: "redissentinel") != nil)
        let sidecar = world.pods.first?.at("spec", "containers")?.item(named: "rd-coordinator")
        #expect(sidecar != nil && world.object(.service, "db-standby") != nil)
    }

    @Test("A placement policy that is not there means no pods")
    func placement() async throws {
        var world = try FakeWorld.kubeDB(.mongodb)
        let template: JSONValue = ["podTemplate": ["spec": ["podPlacementPolicy": ["name": "spread"]]]]
        try world.createDatabase(JSONMergePatch.apply(template, to: try KubeDBOperationTests.spec(.mongodb)))
        _ = await world.run(seconds: 120)
        #expect(world.pods.isEmpty && world.status["phase"] == "Provisioning")
    }

    @Test(
        "A service is exposed as its template says, at once and later; a changed template of pods waits for a restart"
    )
    func templates() async throws {
        var world = try FakeWorld.kubeDB(.postgres)
        let primary: JSONValue = [
            "alias": "primary", "metadata": ["annotations": ["a": "b"]], "spec": ["type": "LoadBalancer"],
        ]
        let exposed: JSONValue = ["serviceTemplates": [primary]]
        try await world.haveDatabase(JSONMergePatch.apply(exposed, to: try KubeDBOperationTests.spec(.postgres)))
        #expect(world.object(.service, "db")?.at("spec", "type") == "LoadBalancer")
        #expect(world.object(.service, "db")?.annotation("a") == "b")
        try world.patch(["spec": ["serviceTemplates": [["alias": "primary", "spec": ["type": "NodePort"]]]]])
        try await world.reach { $0.object(.service, "db")?.at("spec", "type") == "NodePort" }
        #expect(world.object(.service, "db-standby")?.at("spec", "type") == "ClusterIP")

        let uids = world.pods.map(\.objectUID)
        try world.patch(["spec": ["podTemplate": ["spec": ["nodeSelector": ["disk": "fast"]]]]])
        _ = await world.run(seconds: 120)
        #expect(world.pods.map(\.objectUID) == uids)
        try await world.perform("ops", "Restart")
        #expect(world.pods.allSatisfy { $0.at("spec", "nodeSelector", "disk") == "fast" })
    }

    @Test("Pods that do not start leave the database provisioning, and start once they may")
    func podStart() async throws {
        var world = try FakeWorld.kubeDB(.kafka)
        try world.createDatabase(
            KubeDBOperationTests.spec(.kafka),
            annotations: ["sandbox.dbaas.io/fail": "image-pull"]
        )
        _ = await world.run(seconds: 300)
        #expect(world.status["phase"] == "Provisioning" && world.pods.count == 3)
        #expect(world.cluster.condition("ReplicaReady")?["reason"] == "SomeReplicasNotReady")
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.isReady }
    }
}
