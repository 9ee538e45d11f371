import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Strimzi stand-in: versions, listeners, users and refusals")
struct StrimziVersionTests {
    private func setVersion(_ world: FakeWorld, _ version: JSONValue, metadata: JSONValue? = nil) throws {
        var kafka: JSONValue = ["version": version]
        kafka["metadataVersion"] = metadata
        try world.patch(["spec": ["kafka": kafka]])
    }

    @Test("An upgrade rolls with the old metadata version, and sets the new one at the next look")
    func upgrade() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["kafka": ["version": "4.2.1", "metadataVersion": .null]])
        #expect(world.status["kafkaMetadataVersion"] == "4.2-IV1")
        try setVersion(world, "4.3.1")
        try await world.reach { $0.status["kafkaVersion"] == "4.3.1" }
        #expect(world.pods.allSatisfy { $0.annotation("strimzi.io/kafka-version") == "4.3.1" })
        #expect(world.status["kafkaMetadataVersion"] == "4.2-IV1")
        #expect(world.kafkaWarnings == ["KafkaMetadataVersion"])
        try await world.reach { $0.status["kafkaMetadataVersion"] == "4.3-IV0" && $0.kafkaWarnings.isEmpty }
        _ = await world.run(seconds: 30)
        #expect(world.count(.minorUpgrades) == 1 && world.count(.restarts) == 1)

        try setVersion(world, "4.2.1")
        try await world.reach { $0.notReady?["reason"] == "KafkaUpgradeException" }
        #expect(
            world.notReady?["message"]
                == "The current metadata version (4.3-IV0) has to be lower or equal to the Kafka broker version we are downgrading to (4.2.1)"
        )
        #expect(world.count(.restarts) == 1)
    }

    @Test("A pinned metadata version stays until it is raised, and lets the version go back")
    func pinned() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["kafka": ["version": "4.2.1", "metadataVersion": "4.2"]])
        #expect(world.status["kafkaMetadataVersion"] == "4.2-IV1")
        try setVersion(world, "4.3.0")
        try await world.reach { $0.status["kafkaVersion"] == "4.3.0" }
        _ = await world.run(seconds: 60)
        #expect(world.kafkaWarnings == ["KafkaMetadataVersion"] && world.isKafkaReady)
        try setVersion(world, "4.2.1")
        try await world.reach { $0.status["kafkaVersion"] == "4.2.1" && $0.kafkaWarnings.isEmpty }

        try setVersion(world, "4.3.0", metadata: "4.3")
        try await world.reach { $0.status["kafkaMetadataVersion"] == "4.3-IV0" }
    }

    @Test("A metadata version that the brokers refuse is a warning, and the old one stays")
    func refusedMetadata() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.annotate("sandbox.dbaas.io/fail", "metadata")
        try setVersion(world, "4.3.1", metadata: "4.2-IV1")
        try await world.reach { $0.kafkaWarnings.contains("MetadataUpdateFailed") }
        #expect(world.status["kafkaMetadataVersion"] == "4.3-IV0" && world.isKafkaReady)
    }

    @Test("An upgrade whose first pod does not start stops there, and goes on when it does")
    func failingUpgrade() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka(brokers: 3, ["kafka": ["version": "4.3.0"]])
        try world.annotate("sandbox.dbaas.io/fail", "upgrade")
        try setVersion(world, "4.3.1")
        try await world.reach { $0.notReady?["reason"] == "FatalProblem" }
        #expect(world.pods.count { $0.annotation("strimzi.io/kafka-version") == "4.3.1" } == 1)
        #expect(world.status["kafkaVersion"] == "4.3.0")
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.status["kafkaVersion"] == "4.3.1" && $0.isKafkaReady }
        #expect(world.count(.minorUpgrades) == 1 && world.count(.restarts) == 1)
    }

    // MARK: Refusals

    @Test(
        "What the operator refuses is told in NotReady, and nothing is made",
        arguments: [
            (
                ["kafka": ["version": "4.1.0"]], "UnsupportedKafkaVersionException",
                "Supported versions are: [4.2.0, 4.2.1, 4.3.0, 4.3.1]"
            ),
            (
                ["kafka": ["metadataVersion": "nonsense"]], "InvalidResourceException",
                "Metadata version nonsense is invalid"
            ),
            (
                ["kafka": ["listeners": [["name": "Tls", "port": 9090, "type": "internal", "tls": true]]]],
                "InvalidResourceException", "port 9090 is forbidden and cannot be used"
            ),
            (
                [
                    "kafka": [
                        "listeners": [
                            [
                                "name": "a", "port": 9092, "type": "internal", "tls": false,
                                "authentication": ["type": "tls"],
                            ]
                        ]
                    ]
                ],
                "InvalidResourceException", "listener a cannot use tls type authentication with disabled TLS encryption"
            ),
            (
                [
                    "kafka": [
                        "metricsConfig": [
                            "type": "jmxPrometheusExporter",
                            "valueFrom": ["configMapKeyRef": ["name": "rules", "key": "k"]],
                        ]
                    ]
                ],
                "InvalidConfigurationException", "ConfigMap rules does not exist"
            ),
            (
                ["clusterCa": ["generateCertificateAuthority": false]], "InvalidResourceException",
                "Cluster CA should not be generated, but the secrets were not found."
            ),
        ] as [(JSONValue, String, String)]
    )
    func refusal(spec: JSONValue, reason: String, words: String) async throws {
        var world = try FakeWorld.strimzi()
        try world.createPool("n", 3, ["broker", "controller"])
        try world.createKafka(spec)
        try await world.reach { $0.notReady?["reason"]?.string == reason }
        let message = world.notReady?["message"]?.string
        #expect(message?.contains(words) == true, "\(message ?? "")")
        _ = await world.run(seconds: 30)
        #expect(world.pods.isEmpty && world.status["observedGeneration"] == 1)
    }

    @Test("Pools without a controller, more requests than limits, and labels of the operator's own are refused")
    func badPools() async throws {
        for (roles, spec, reason, words) in [
            (["broker"], [:], "InvalidResourceException", "At least one KafkaNodePool with the controller role"),
            (
                ["broker", "controller"], ["resources": ["requests": ["memory": "4Gi"]]], "InvalidResourceException",
                "KafkaNodePool.spec.resources memory request must be <= limit"
            ),
        ] as [([String], JSONValue, String, String)] {
            var world = try FakeWorld.strimzi()
            try world.createPool("n", 3, roles, spec)
            try world.createKafka()
            try await world.reach { $0.notReady?["reason"]?.string == reason }
            #expect(world.notReady?["message"]?.string?.contains(words) == true)
        }
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.change(.kafkaNodePool, "b", ["metadata": ["labels": ["strimzi.io/own": "x"]]])
        try await world.reach { $0.notReady?["reason"] == "IllegalArgumentException" }
        #expect(world.podNames.count == 6)
    }

    @Test("Cruise Control needs two brokers, and enabling it later restarts every broker")
    func cruiseControl() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try world.patch(["spec": ["cruiseControl": [:]]])
        try await world.reach { $0.isKafkaReady }
        #expect(world.count(.restarts) == 1 && world.get(.deployment, "k-cruise-control") != nil)
        try world.patch(["spec": ["cruiseControl": .null]])
        try await world.reach { $0.isKafkaReady && $0.get(.deployment, "k-cruise-control") == nil }

        world = try FakeWorld.strimzi()
        try world.createPool("n", 1, ["broker", "controller"])
        try world.createKafka(["kafka": ["config": .null], "cruiseControl": [:]])
        try await world.reach {
            $0.notReady?["message"]?.string?.contains("requires at least two Kafka brokers") == true
        }
    }

    // MARK: Listeners

    @Test("Load balancers come before pods: their addresses are the endpoint, one for each broker and one for all")
    func loadBalancers() async throws {
        var world = try FakeWorld.strimzi()
        let listeners: JSONValue = [["name": "lb", "port": 9094, "type": "loadbalancer", "tls": true]]
        try await world.haveKafka(brokers: 3, ["kafka": ["listeners": listeners]])
        let service = try #require(world.get(.service, "k-kafka-lb-bootstrap"))
        let address = try #require(service.at("status", "loadBalancer", "ingress")?[0]?["ip"]?.string)
        #expect(world.status["listeners"]?[0]?["bootstrapServers"]?.string == "\(address):9094")
        #expect(world.get(.service, "k-b-lb-0") != nil && world.get(.service, "k-c-lb-3") == nil)
        #expect(world.count(.restarts) == 0)
    }

    @Test("Without an address for its load balancers a cluster never starts a pod")
    func missingLoadBalancer() async throws {
        var world = try FakeWorld.strimzi()
        try world.createPool("n", 3, ["broker", "controller"])
        let listeners: JSONValue = [["name": "lb", "port": 9094, "type": "loadbalancer", "tls": true]]
        try world.createKafka(
            ["kafka": ["listeners": listeners]],
            annotations: ["sandbox.dbaas.io/fail": "load-balancer"]
        )
        try await world.reach { $0.notReady?["reason"] == "StrimziTimeoutException" }
        #expect(world.pods.isEmpty && world.status["listeners"] == nil)
        try world.annotate("sandbox.dbaas.io/fail", .null)
        try await world.reach { $0.isKafkaReady }
    }

    @Test("A listener at node ports is reached at the nodes' addresses, and adding it restarts the brokers alone")
    func nodePorts() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        let listeners: JSONValue = [
            ["name": "tls", "port": 9093, "type": "internal", "tls": true],
            ["name": "np", "port": 9095, "type": "nodeport", "tls": false],
        ]
        try world.patch(["spec": ["kafka": ["listeners": listeners]]])
        try await world.reach { $0.isKafkaReady }
        let port = try #require(
            world.get(.service, "k-kafka-np-bootstrap")?.at("spec", "ports")?[0]?["nodePort"]?.integer
        )
        #expect(world.status["listeners"]?[1]?["bootstrapServers"]?.string == "10.0.0.1:\(port)")
        #expect(world.status["listeners"]?[1]?["certificates"] == nil)
        #expect(world.podUIDs.count { before[$0.key] != $0.value } == 3 && world.count(.restarts) == 1)
        _ = await world.run(seconds: 30)
        let versions = world.resourceVersions
        _ = await world.run(seconds: 300)
        #expect(world.resourceVersions == versions)
    }

    // MARK: Users and topics

    private func createUser(_ world: FakeWorld, _ authentication: JSONValue) throws {
        let metadata: JSONValue = ["name": "admin", "namespace": "default", "labels": ["strimzi.io/cluster": "k"]]
        _ = try world.api.create(
            .kafkaUser,
            ["kind": "KafkaUser", "metadata": metadata, "spec": ["authentication": authentication]]
        )
    }

    private func text(_ world: FakeWorld, _ key: String) throws -> String? {
        let data = world.get(.secret, "admin")?.at("data")?[key]?.string
        return try data.map { String(decoding: try Base64.decode($0), as: UTF8.self) }
    }

    @Test("Nobody serves a user before the entity operator runs; its secret deleted brings another password")
    func scramUser() async throws {
        var world = try FakeWorld.strimzi()
        try createUser(world, ["type": "scram-sha-512"])
        _ = await world.run(seconds: 20)
        #expect(world.get(.kafkaUser, "admin")?["status"] == nil)
        try await world.haveKafka()
        try await world.reach { $0.get(.kafkaUser, "admin")?.conditionStatus("Ready") == "True" }
        #expect(world.get(.kafkaUser, "admin")?.at("status", "username") == "admin")
        #expect(world.get(.kafkaUser, "admin")?.at("status", "secret") == "admin")
        let password = try #require(try text(world, "password"))
        #expect(try text(world, "sasl.jaas.config")?.contains("password=\"\(password)\"") == true)
        try world.api.delete(.secret, ObjectKey(namespace: "default", name: "admin"), propagation: .background)
        try await world.reach { $0.get(.secret, "admin") != nil }
        #expect(try text(world, "password") != password)
        #expect(world.count(.credentialRenewals) == 1)
        _ = await world.run(seconds: 20)
        try world.api.delete(.kafkaUser, ObjectKey(namespace: "default", name: "admin"), propagation: .background)
        try await world.reach { $0.get(.secret, "admin") == nil }
    }

    @Test("A certificate is made anew when its secret asks for it; access rules need simple authorization")
    func tlsUser() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        try createUser(world, ["type": "tls"])
        try await world.reach { $0.get(.secret, "admin") != nil }
        #expect(
            world.get(.secret, "admin")?["data"]?.object?.names
                == ["ca.crt", "user.crt", "user.key", "user.p12", "user.password"]
        )
        let certificate = try text(world, "user.crt")
        #expect(world.get(.kafkaUser, "admin")?.at("status", "username") == "CN=admin")
        _ = await world.run(seconds: 10)
        try world.annotate(.secret, "admin", "strimzi.io/force-renew", "true")
        try await world.reach { $0.get(.secret, "admin")?.annotation("strimzi.io/force-renew") == nil }
        #expect(try text(world, "user.crt") != certificate)
        let rule: JSONValue = ["resource": ["type": "cluster"], "operations": ["All"]]
        try world.change(
            .kafkaUser,
            "admin",
            ["spec": ["authorization": ["type": "simple", "acls": [rule]]]]
        )
        try await world.reach {
            $0.get(.kafkaUser, "admin")?.condition("NotReady")?["reason"] == "InvalidResourceException"
        }
        #expect(world.get(.kafkaUser, "admin")?.conditionStatus("Ready") == nil)
    }

    @Test("A topic waits for the topic operator with its finalizer, also when it is deleted")
    func topics() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let metadata: JSONValue = ["name": "t", "namespace": "default", "labels": ["strimzi.io/cluster": "k"]]
        _ = try world.api.create(
            .kafkaTopic,
            ["kind": "KafkaTopic", "metadata": metadata, "spec": ["partitions": 3, "replicas": 5]]
        )
        try await world.reach { $0.get(.kafkaTopic, "t")?.condition("NotReady")?["reason"] == "KafkaError" }
        try world.change(.kafkaTopic, "t", ["spec": ["replicas": 3]])
        try await world.reach { $0.get(.kafkaTopic, "t")?.conditionStatus("Ready") == "True" }
        #expect(world.get(.kafkaTopic, "t")?.finalizers == ["strimzi.io/topic-operator"])
        try world.api.delete(.kafka, world.watched.key, propagation: .background)
        _ = await world.run(seconds: 20)
        try world.api.delete(.kafkaTopic, ObjectKey(namespace: "default", name: "t"), propagation: .background)
        _ = await world.run(seconds: 60)
        #expect(world.get(.kafkaTopic, "t")?.isBeingDeleted == true)
    }

    @Test("An authority's certificate is renewed when its secret asks for it, and every pod is rolled")
    func authority() async throws {
        var world = try FakeWorld.strimzi()
        try await world.haveKafka()
        let before = world.podUIDs
        let certificate = world.status["listeners"]?[0]?["certificates"]
        try world.annotate(.secret, "k-cluster-ca-cert", "strimzi.io/force-renew", "true")
        try await world.reach { $0.status["listeners"]?[0]?["certificates"] != certificate }
        #expect(Set(world.podUIDs.values).isDisjoint(with: before.values))
        #expect(world.count(.restarts) == 1)
    }
}
