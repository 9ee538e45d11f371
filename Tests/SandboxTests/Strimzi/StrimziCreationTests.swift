import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Strimzi stand-in: creation and deletion")
struct StrimziCreationTests {
    @Test("A Kafka without pools is not ready and comes up by itself once there are pools")
    func creation() async throws {
        var world = try FakeWorld.strimzi()
        try world.createKafka()
        try await world.reach { $0.notReady?["reason"] == "InvalidConfigurationException" }
        #expect(world.notReady?["message"] == "No KafkaNodePools found for Kafka cluster k")
        #expect(world.cluster.conditionStatus("Ready") == nil)

        try world.createPool("c", 3, ["controller"])
        try world.createPool("b", 3, ["broker"])
        try await world.reach { $0.isKafkaReady }
        #expect(world.podNames.count == 6)
        #expect(world.get(.kafkaNodePool, "b")?.at("status", "replicas") == 3)
        #expect(world.get(.kafkaNodePool, "b")?.at("status", "conditions") == nil)
        #expect(world.status["kafkaVersion"] == "4.3.1" && world.status["kafkaMetadataVersion"] == "4.3-IV0")
        #expect(world.status["kafkaNodePools"] == [["name": "b"], ["name": "c"]])
        #expect(world.status["clusterId"]?.string?.utf8.count == 22)
        let listener = try #require(world.status["listeners"]?[0])
        #expect(listener["bootstrapServers"] == "k-kafka-bootstrap.default.svc:9093")
        #expect(listener["certificates"]?[0]?.string?.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
        #expect(world.count(.podCreations) == 6 && world.count(.restarts) == 0 && world.count(.clusterCreations) == 1)
    }

    @Test("The first status says that the cluster is being made, without a generation")
    func firstStatus() async throws {
        var world = try FakeWorld.strimzi()
        try world.createPool("n", 1, ["controller", "broker"])
        try world.createKafka(["kafka": ["config": .null]])
        try await world.reach { $0.notReady?["reason"] == "Creating" }
        #expect(world.status["observedGeneration"] == nil)
        try await world.reach { $0.isKafkaReady }
    }

    @Test("What is made carries upstream's names, labels and keys")
    func objects() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        for (secret, keys) in [
            ("k-cluster-ca-cert", ["ca.crt", "ca.p12", "ca.password"]), ("k-cluster-ca", ["ca.key"]),
            ("k-clients-ca-cert", ["ca.crt", "ca.p12", "ca.password"]), ("k-clients-ca", ["ca.key"]),
            ("k-trustbundle", ["clients-ca.crt", "cluster-ca.crt"]), ("k-b-0", ["k-b-0.crt", "k-b-0.key"]),
        ] { #expect(world.get(.secret, secret)?["data"]?.object?.names == keys, "\(secret)") }
        for service in ["k-kafka-bootstrap", "k-kafka-brokers"] { #expect(world.get(.service, service) != nil) }
        let pod = try #require(world.get(.pod, "k-b-0"))
        #expect(pod.label("strimzi.io/kind") == "Kafka" && pod.label("strimzi.io/name") == "k-kafka")
        #expect(pod.label("strimzi.io/pool-name") == "b")
        #expect(pod.label("strimzi.io/broker-role") == "true" && pod.label("strimzi.io/controller-role") == "false")
        #expect(pod.annotation("strimzi.io/kafka-version") == "4.3.1")
        let container = try #require(pod.at("spec", "containers")?[0])
        #expect(container["name"] == "kafka" && container["image"] == "quay.io/strimzi/kafka:1.2.0-kafka-4.3.1")
        #expect(container.at("resources", "limits", "memory") == "2Gi")
        #expect(world.get(.persistentVolumeClaim, "data-0-k-b-0")?.at("status", "capacity", "storage") == "10Gi")
        #expect(world.get(.deployment, "k-entity-operator")?.at("status", "readyReplicas") == 1)
        let set = try #require(world.get(.strimziPodSet, "k-b"))
        #expect(set.at("status", "pods") == 3 && set.at("status", "readyPods") == 3)
        #expect(set.at("status", "currentPods") == 3)
        #expect(world.get(.podDisruptionBudget, "k-kafka")?.at("spec", "minAvailable") == 5)
    }

    @Test("At rest nothing is written")
    func rest() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let versions = world.resourceVersions
        _ = await world.run(seconds: 600)
        #expect(world.resourceVersions == versions)
    }

    @Test("Deleting the Kafka alone leaves its pods, and deleting the pools their volumes")
    func deletion() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.api.delete(.kafka, world.watched.key, propagation: .background)
        _ = await world.run(seconds: 30)
        #expect(world.podNames.count == 6)
        #expect(world.get(.secret, "k-cluster-ca") == nil && world.get(.service, "k-kafka-bootstrap") == nil)
        for pool in ["b", "c"] {
            try world.api.delete(
                .kafkaNodePool,
                ObjectKey(namespace: "default", name: pool),
                propagation: .background
            )
        }
        _ = await world.run(seconds: 30)
        #expect(world.pods.isEmpty && world.children(.strimziPodSet).isEmpty && world.children(.configMap).isEmpty)
        #expect(world.claims.count == 6)
    }

    @Test("Volumes that are to go with their pool do, once a reconciliation has marked them")
    func deletionWithClaims() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let volume: JSONValue = [
            "id": 0, "type": "persistent-claim", "size": "10Gi", "class": "fast", "deleteClaim": true,
        ]
        try world.change(.kafkaNodePool, "b", ["spec": ["storage": ["volumes": [volume]]]])
        try await world.reach { world in
            world.claims.count { $0.at("metadata", "ownerReferences") != nil } == 3
        }
        #expect(world.count(.restarts) == 0)
        for pool in ["b", "c"] {
            try world.api.delete(
                .kafkaNodePool,
                ObjectKey(namespace: "default", name: pool),
                propagation: .background
            )
        }
        _ = await world.run(seconds: 30)
        #expect(world.claims.map(\.objectName) == ["data-0-k-c-3", "data-0-k-c-4", "data-0-k-c-5"])
    }

    /// Deletes the Kafka and its pools, so that the volumes alone stay, and makes pools anew.
    private func leaveVolumes(_ world: inout FakeWorld) async throws {
        for (resource, name) in [(ResourceType.kafka, "k"), (.kafkaNodePool, "b"), (.kafkaNodePool, "c")] {
            try world.api.delete(resource, ObjectKey(namespace: "default", name: name), propagation: .background)
        }
        _ = await world.run(seconds: 30)
        #expect(world.pods.isEmpty && world.claims.count == 6)
        try world.createPool("c", 3, ["controller"])
        try world.createPool("b", 3, ["broker"])
    }

    @Test("Brokers refuse the volumes of a cluster of another id")
    func foreignVolumes() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try await leaveVolumes(&world)
        try world.createKafka()
        try await world.reach { $0.notReady?["reason"] == "StrimziTimeoutException" }
        let words = world.pods.first?.at("status", "containerStatuses")?[0]?.at("lastState", "terminated", "message")
        #expect(words?.string?.contains("Invalid cluster.id") == true)
    }

    @Test("The id put into the status during a pause lets a new Kafka take the volumes over")
    func recovery() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let id = world.status["clusterId"]
        try await leaveVolumes(&world)
        try world.createKafka(annotations: ["strimzi.io/pause-reconciliation": "true"])
        try await world.reach { $0.cluster.conditionStatus("ReconciliationPaused") == "True" }
        try world.patch(["status": ["clusterId": id ?? .null]], subresource: "status")
        try world.annotate("strimzi.io/pause-reconciliation", .null)
        try await world.reach { $0.isKafkaReady }
        #expect(world.status["clusterId"] == id)
        let holders = world.children(.configMap).filter { $0.annotation("sandbox.dbaas.io/holds-replicas") != nil }
        #expect(holders.map(\.objectName) == ["k-b-0", "k-b-1", "k-b-2"])
    }

    @Test("Secrets of the authorities outlive the Kafka once they have no owner, and the next one uses them")
    func keptAuthorities() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let authority = world.get(.secret, "k-cluster-ca-cert")?["data"]
        let kept: JSONValue = ["generateSecretOwnerReference": false]
        try world.patch(["spec": ["clusterCa": kept, "clientsCa": kept]])
        try await world.reach { $0.get(.secret, "k-clients-ca")?.at("metadata", "ownerReferences") == nil }
        #expect(world.count(.restarts) == 0)
        try await leaveVolumes(&world)
        #expect(world.get(.secret, "k-cluster-ca-cert")?["data"] == authority)
        #expect(world.get(.secret, "k-trustbundle") == nil)
    }

    @Test("Pods whose names are too long for a host are told by their pod set, and the Kafka waits")
    func longNames() async throws {
        var world = try FakeWorld.strimzi()
        let name = String(repeating: "p", count: 61)
        try world.createPool(name, 3, ["controller", "broker"])
        try world.createKafka()
        try await world.reach {
            $0.get(.strimziPodSet, "k-\(name)")?.at("status", "conditions")?[0]?["type"] == "Error"
        }
        #expect(world.get(.strimziPodSet, "k-\(name)")?.at("status", "conditions")?[0]?["status"] == "true")
        _ = await world.run(seconds: 60)
        #expect(world.pods.isEmpty && world.notReady?["reason"] == "StrimziTimeoutException")
    }

    @Test("Whatever moment the stand-in dies at, the end is the same and nothing is restarted", arguments: 0..<10)
    func dying(_ moment: Int) async throws {
        var world = try FakeWorld.strimzi(seed: UInt64(moment))
        try world.createPool("c", 3, ["controller"])
        try world.createPool("b", 3, ["broker"])
        try world.createKafka()
        _ = await world.run(seconds: Int64(moment) / 2)
        await world.restartStandIn()
        world.api.failNext(moment % 3)
        try await world.reach { $0.isKafkaReady }
        _ = await world.run(seconds: 30)
        #expect(world.podNames.count == 6 && world.claims.count == 6)
        #expect(world.count(.podCreations) == 6 && world.count(.restarts) == 0)
    }
}

extension FakeWorld {
    /// The versions of everything that belongs to the cluster, and of the cluster and its pools.
    var resourceVersions: [String: String] {
        var versions: [String: String] = [:]
        for resource: ResourceType in [
            .kafka, .kafkaNodePool, .strimziPodSet, .pod, .persistentVolumeClaim, .secret, .configMap, .service,
            .deployment, .kafkaUser, .kafkaRebalance,
        ] {
            for object in api.list(resource, namespace: nil, labels: [:]) {
                versions["\(resource.plural)/\(object.objectName)"] = object.at("metadata", "resourceVersion")?.string
            }
        }
        return versions
    }
}
