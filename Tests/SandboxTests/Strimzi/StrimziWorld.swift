import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

/// What a user of Strimzi sees and does in the sandbox without a server and without time.
extension FakeWorld {
    static func strimzi(seed: UInt64 = 1) throws -> FakeWorld {
        var world = FakeWorld(.strimzi, seed: seed)
        world.watched = ObjectReference(.kafka, "default", "k")
        world.clusterLabel = "strimzi.io/cluster"
        for (name, expands) in [("fast", true), ("fixed", false)] {
            _ = try world.api.create(
                .storageClass,
                ["metadata": ["name": .string(name)], "provisioner": "sandbox", "allowVolumeExpansion": .bool(expands)]
            )
        }
        return world
    }

    /// Creates a pool; ids are given in the order of creation.
    func createPool(_ name: String, _ replicas: Int, _ roles: [String], _ spec: JSONValue = [:]) throws {
        let volume: JSONValue = ["id": 0, "type": "persistent-claim", "size": "10Gi", "class": "fast"]
        let base: JSONValue = [
            "replicas": JSONValue(replicas), "roles": JSONValue(roles),
            "storage": ["type": "jbod", "volumes": [volume]],
            "resources": ["requests": ["cpu": "1", "memory": "2Gi"], "limits": ["memory": "2Gi"]],
        ]
        _ = try api.create(
            .kafkaNodePool,
            [
                "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaNodePool",
                "metadata": [
                    "name": .string(name), "namespace": "default", "labels": ["strimzi.io/cluster": "k"],
                ],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    func createKafka(_ spec: JSONValue = [:], annotations: JSONValue = [:]) throws {
        let base: JSONValue = [
            "kafka": [
                "version": "4.3.1", "metadataVersion": "4.3-IV0",
                "listeners": [["name": "tls", "port": 9093, "type": "internal", "tls": true]],
                "config": [
                    "default.replication.factor": 3, "min.insync.replicas": 2, "offsets.topic.replication.factor": 3,
                    "transaction.state.log.replication.factor": 3, "transaction.state.log.min.isr": 2,
                ],
            ],
            "entityOperator": ["topicOperator": [:], "userOperator": [:]],
        ]
        _ = try api.create(
            .kafka,
            [
                "apiVersion": "kafka.strimzi.io/v1", "kind": "Kafka",
                "metadata": ["name": "k", "namespace": "default", "annotations": annotations],
                "spec": JSONMergePatch.apply(spec, to: base),
            ]
        )
    }

    /// Creates a cluster of so many brokers (from id 0 on) and three controllers and waits until it is ready.
    mutating func haveKafka(brokers: Int = 3, _ spec: JSONValue = [:]) async throws {
        try createPool("c", 3, ["controller"])
        try createPool("b", brokers, ["broker"])
        try createKafka(spec)
        try await reach { $0.isKafkaReady }
        _ = await run(seconds: 60)
    }

    /// Whether the status says that the present generation is carried out.
    var isKafkaReady: Bool {
        cluster.conditionStatus("Ready") == "True"
            && status["observedGeneration"] == cluster.at("metadata", "generation")
    }

    var notReady: JSONValue? { cluster.condition("NotReady") }

    /// The reasons of the warnings in the status.
    var kafkaWarnings: [String] {
        (status["conditions"]?.array ?? []).filter { $0["type"] == "Warning" }.compactMap { $0["reason"]?.string }
    }

    func get(_ resource: ResourceType, _ name: String) -> JSONValue? {
        api.get(resource, ObjectKey(namespace: "default", name: name))
    }

    func change(_ resource: ResourceType, _ name: String, _ merge: JSONValue) throws {
        _ = try api.patch(
            resource,
            ObjectKey(namespace: "default", name: name),
            merge: merge,
            subresource: Optional.none
        )
    }

    func annotate(_ resource: ResourceType, _ name: String, _ annotation: String, _ value: JSONValue) throws {
        try change(resource, name, ["metadata": ["annotations": [annotation: value]]])
    }

    /// Scales the pool.
    func scale(_ pool: String, to replicas: Int) throws {
        try change(.kafkaNodePool, pool, ["spec": ["replicas": JSONValue(replicas)]])
    }

    var podNames: [String] { pods.map(\.objectName) }

    /// The uids of the pods, by name.
    var podUIDs: [String: String] {
        Dictionary(pods.map { ($0.objectName, $0.objectUID) }, uniquingKeysWith: { $1 })
    }
}
