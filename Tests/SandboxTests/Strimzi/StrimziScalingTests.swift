import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Strimzi stand-in: scaling and rebalances")
struct StrimziScalingTests {
    private let both: JSONValue = [
        "cruiseControl": ["autoRebalance": [["mode": "add-brokers"], ["mode": "remove-brokers"]]]
    ]

    private func createRebalance(
        _ world: FakeWorld,
        _ spec: JSONValue,
        annotations: JSONValue = [:]
    ) throws {
        let metadata: JSONValue = [
            "name": "r", "namespace": "default", "labels": ["strimzi.io/cluster": "k"], "annotations": annotations,
        ]
        _ = try world.api.create(.kafkaRebalance, ["kind": "KafkaRebalance", "metadata": metadata, "spec": spec])
    }

    private func state(_ world: FakeWorld) -> String? { world.get(.kafkaRebalance, "r")?.rebalanceState }

    @Test("New brokers get the lowest free ids, hold nothing until a rebalance, and leave as they came")
    func scaleOutAndBack() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.scale("b", to: 5)
        try await world.reach { $0.get(.strimziPodSet, "k-b")?.at("status", "readyPods") == 5 }
        #expect(world.get(.kafkaNodePool, "b")?.at("status", "nodeIds") == [0, 1, 2, 6, 7])
        _ = await world.run(seconds: 30)
        try world.scale("b", to: 3)
        try await world.reach { $0.podNames.count == 6 }
        _ = await world.run(seconds: 30)
        #expect(world.kafkaWarnings.isEmpty && world.isKafkaReady)
        #expect(world.count(.scalings) == 2 && world.count(.restarts) == 0)
        #expect(world.claims.count == 8, "volumes of nodes that are gone stay")
        #expect(world.get(.secret, "k-b-7") == nil && world.get(.configMap, "k-b-7") == nil)
    }

    @Test("Annotations choose the ids that come and go")
    func chosenIDs() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.annotate(.kafkaNodePool, "b", "strimzi.io/next-node-ids", "[20-10]")
        try world.scale("b", to: 5)
        try await world.reach { $0.podNames.count == 8 && $0.isKafkaReady }
        #expect(world.get(.kafkaNodePool, "b")?.at("status", "nodeIds") == [0, 1, 2, 19, 20])
        _ = await world.run(seconds: 20)
        try world.annotate(.kafkaNodePool, "b", "strimzi.io/remove-node-ids", "[99, 19]")
        try world.scale("b", to: 4)
        try await world.reach { $0.get(.kafkaNodePool, "b")?.at("status", "nodeIds") == [0, 1, 2, 20] }
    }

    @Test("A broker that holds replicas does not go: Ready stays, a warning comes, and the pool keeps its low number")
    func blockedScaleDown() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 4)
        try world.scale("b", to: 3)
        try await world.reach { $0.kafkaWarnings == ["ScaleDownPreventionCheck"] }
        _ = await world.run(seconds: 60)
        #expect(world.isKafkaReady && world.podNames.count == 7)
        let pool = try #require(world.get(.kafkaNodePool, "b"))
        #expect(pool.at("spec", "replicas") == 3 && pool.at("status", "replicas") == 4)
        #expect(pool.at("status", "observedGeneration") == pool.at("metadata", "generation"))
        #expect(configuration(world, "k-b-3")?.contains("cordoned.log.dirs=*") == true)
        #expect(world.count(.scalings) == 0 && world.count(.restarts) == 0)

        try world.scale("b", to: 4)
        try await world.reach { $0.kafkaWarnings.isEmpty }
        #expect(configuration(world, "k-b-3")?.contains("cordoned") == false)
    }

    private func configuration(_ world: FakeWorld, _ pod: String) -> String? {
        world.get(.configMap, pod)?.at("data", "server.config")?.string
    }

    @Test("A shrink that was held back fires by itself once its broker is drained")
    func drainedLater() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 4, ["cruiseControl": [:]])
        try world.scale("b", to: 3)
        try await world.reach { $0.kafkaWarnings == ["ScaleDownPreventionCheck"] }
        try createRebalance(
            world,
            ["mode": "remove-brokers", "brokers": [3]],
            annotations: ["strimzi.io/rebalance-auto-approval": "true"]
        )
        try await world.reach { state($0) == "Ready" }
        try await world.reach { $0.podNames.count == 6 && $0.isKafkaReady && $0.kafkaWarnings.isEmpty }
        #expect(world.count(.scalings) == 1 && world.count(.rebalances) == 1)
    }

    @Test("Fewer brokers than a replication factor asks for is refused before anything else")
    func belowReplicationFactor() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.scale("b", to: 2)
        try await world.reach { $0.notReady?["reason"] == "InvalidResourceException" }
        #expect(
            world.notReady?["message"]
                == "Kafka configuration option 'default.replication.factor' should be set to 2 or less because this cluster has only 2 Kafka broker(s)."
        )
        #expect(world.podNames.count == 6)
    }

    @Test("With both modes configured, scaling in drains first and scaling out fills afterwards")
    func autoRebalance() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 4, both)
        #expect(world.status.at("autoRebalance", "state") == "Idle")
        try world.scale("b", to: 3)
        try await world.reach { $0.status.at("autoRebalance", "state") == "RebalanceOnScaleDown" }
        #expect(world.status.at("autoRebalance", "modes") == [["mode": "remove-brokers", "brokers": [3]]])
        let rebalance = try #require(world.get(.kafkaRebalance, "k-auto-rebalancing-remove-brokers"))
        #expect(rebalance.finalizers == ["strimzi.io/auto-rebalancing"])
        #expect(world.podNames.count == 7)
        try await world.reach { $0.podNames.count == 6 && $0.status.at("autoRebalance", "state") == "Idle" }
        #expect(world.get(.kafkaRebalance, "k-auto-rebalancing-remove-brokers") == nil)
        _ = await world.run(seconds: 30)
        #expect(world.status.at("autoRebalance", "modes") == nil && world.kafkaWarnings.isEmpty)

        try world.scale("b", to: 4)
        try await world.reach { $0.status.at("autoRebalance", "state") == "RebalanceOnScaleUp" }
        #expect(world.podNames.count == 7)
        try await world.reach { $0.status.at("autoRebalance", "state") == "Idle" }
        _ = await world.run(seconds: 30)
        #expect(world.count(.scalings) == 2 && world.count(.rebalances) == 2)
        let holder = world.get(.configMap, "k-b-3")?.annotation("sandbox.dbaas.io/holds-replicas")
        #expect(holder == "true")
    }

    @Test("A drain that fails leaves no condition and begins again")
    func failingDrain() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 4, both)
        try world.annotate("sandbox.dbaas.io/fail", "rebalance")
        try world.scale("b", to: 3)
        _ = await world.run(seconds: 120)
        #expect(world.isKafkaReady && world.podNames.count == 7)
        #expect(world.kafkaWarnings == ["ScaleDownPreventionCheck"])
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.podNames.count == 6 && $0.status.at("autoRebalance", "state") == "Idle" }
    }

    @Test("Scaling with the other mode alone configured fails the reconciliation")
    func missingMode() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 4, ["cruiseControl": ["autoRebalance": [["mode": "add-brokers"]]]])
        try world.scale("b", to: 3)
        try await world.reach { $0.notReady?["reason"] == "RuntimeException" }
        #expect(
            world.notReady?["message"] == "No auto-rebalancing configuration specified for mode remove-brokers"
        )
    }

    @Test("A rebalance waits for measurements, proposes, waits for approval, moves, and tells its progress")
    func rebalance() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["cruiseControl": [:]])
        try createRebalance(world, [:])
        try await world.reach { state($0) == "PendingProposal" }
        try await world.reach { state($0) == "ProposalReady" }
        _ = await world.run(seconds: 60)
        #expect(state(world) == "ProposalReady")
        let status = try #require(world.get(.kafkaRebalance, "r")?["status"])
        #expect(status["sessionId"] != nil && status.at("optimizationResult", "dataToMoveMB") != nil)

        try world.annotate(.kafkaRebalance, "r", "strimzi.io/rebalance", "stop")
        _ = await world.run(seconds: 10)
        #expect(world.get(.kafkaRebalance, "r")?.condition("Warning")?["reason"] == "InvalidAnnotation")
        #expect(world.get(.kafkaRebalance, "r")?.annotation("strimzi.io/rebalance") == "stop")
        try world.annotate(.kafkaRebalance, "r", "strimzi.io/rebalance", "approve")
        try await world.reach { state($0) == "Rebalancing" }
        try await world.reach { state($0) == "Ready" }
        #expect(world.get(.kafkaRebalance, "r")?.annotation("strimzi.io/rebalance") == nil)
        #expect(world.get(.configMap, "r")?.at("data", "completedByteMovementPercentage") == "100")
        _ = await world.run(seconds: 30)
        let versions = world.resourceVersions
        _ = await world.run(seconds: 300)
        #expect(world.resourceVersions == versions)
    }

    @Test("An active rebalance is not ready while the Kafka is not, and starts over by itself")
    func rebalanceWithoutKafka() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["cruiseControl": [:]])
        try createRebalance(world, [:], annotations: ["sandbox.dbaas.io/fail": "rebalance-hang"])
        try world.annotate(.kafkaRebalance, "r", "strimzi.io/rebalance-auto-approval", "true")
        try await world.reach { state($0) == "Rebalancing" }
        try world.annotate("strimzi.io/pause-reconciliation", "true")
        try await world.reach { state($0) == "NotReady" }
        #expect(world.get(.kafkaRebalance, "r")?.condition("NotReady")?["message"] == "Kafka cluster is not Ready")
        try world.annotate("strimzi.io/pause-reconciliation", .null)
        try await world.reach { state($0) == "Rebalancing" }
    }

    @Test(
        "A rebalance that cannot be is told in its one condition",
        arguments: [
            (["mode": "add-brokers"], "The brokers list is mandatory when using the add-brokers rebalancing mode"),
            (["goals": ["CpuCapacityGoal"]], "Missing hard goals"),
            (["mode": "remove-disks"], "The brokers and volume IDs list is mandatory"),
        ] as [(JSONValue, String)]
    )
    func badRebalance(spec: JSONValue, words: String) async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["cruiseControl": [:]])
        try createRebalance(world, spec)
        try await world.reach { state($0) == "NotReady" }
        let message = world.get(.kafkaRebalance, "r")?.condition("NotReady")?["message"]?.string
        #expect(message?.contains(words) == true, "\(message ?? "")")
    }
}
