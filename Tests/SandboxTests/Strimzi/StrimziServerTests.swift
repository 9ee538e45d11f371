import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Strimzi stand-in over the sandbox's own server, which checks every write against upstream's definitions")
struct StrimziServerTests {
    private let server: APIServer
    private let user: InProcessClient
    private let counters = StandInCounters()

    init() {
        server = APIServer()
        server.install(.strimzi)
        user = InProcessClient(server: server, fieldManager: "user")
    }

    /// Does something while the stand-in and the controllers work.
    private func working(_ body: @Sendable () async throws -> Void) async throws {
        let controllers = SandboxControllers(
            api: InProcessClient(server: server, fieldManager: "kube-controller-manager"),
            speed: 100,
            seed: 1
        )
        let client = InProcessClient(server: server, fieldManager: ChildOperator.strimzi.fieldManager)
        let standIn = ChildOperator.strimzi.loop(client, Delays(speed: 100, seed: 1), counters)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await controllers.run() }
            group.addTask { await standIn.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// Waits for an object of that name to satisfy the condition; nil stands for one that is not there.
    private func wait(
        _ resource: ResourceType,
        _ name: String,
        until condition: @Sendable (JSONValue?) -> Bool
    ) async {
        let key = ObjectKey(namespace: "default", name: name)
        if condition(user.get(resource, key)) { return }
        for await change in user.changes(of: [resource]) where change.key == key {
            if condition(user.get(resource, key)) { return }
        }
    }

    private func change(_ resource: ResourceType, _ name: String, _ merge: JSONValue) throws {
        _ = try user.patch(resource, ObjectKey(namespace: "default", name: name), merge: merge)
    }

    private func isReady(_ object: JSONValue?) -> Bool {
        object?.conditionStatus("Ready") == "True"
            && object?.at("status", "observedGeneration") == object?.at("metadata", "generation")
    }

    private func create(_ resource: ResourceType, _ name: String, _ spec: JSONValue) throws {
        let metadata: JSONValue = [
            "name": .string(name), "namespace": "default", "labels": ["strimzi.io/cluster": "k"],
        ]
        _ = try user.create(
            resource,
            [
                "apiVersion": .string(resource.apiVersion), "kind": .string(resource.kind), "metadata": metadata,
                "spec": spec,
            ]
        )
    }

    private func pool(_ roles: [String], _ replicas: Int) -> JSONValue {
        let volume: JSONValue = ["id": 0, "type": "persistent-claim", "size": "1Gi"]
        return [
            "replicas": JSONValue(replicas), "roles": JSONValue(roles),
            "storage": ["type": "jbod", "volumes": [volume]],
        ]
    }

    /// Shows that nobody wrote a deployment again whose intent was the same all the time.
    private func keepDeployment() throws {
        let name = ObjectKey(namespace: "default", name: "k-entity-operator")
        let deployment = try #require(user.get(.deployment, name))
        let container = deployment.at("spec", "template", "spec", "containers")?[0]
        #expect(container?["terminationMessagePolicy"] == "File" && container?["imagePullPolicy"] != nil)
        #expect(deployment.at("metadata", "generation") == 1)
    }

    @Test("A whole life: creation with everything, changes of every kind, deletion", .timeLimit(.minutes(3)))
    func life() async throws {
        try await working {
            try create(.kafkaNodePool, "b", pool(["broker"], 3))
            try create(.kafkaNodePool, "c", pool(["controller"], 3))
            try create(.kafka, "k", Self.kafka)
            try create(.kafkaUser, "admin", ["authentication": ["type": "scram-sha-512"]])
            try create(.kafkaTopic, "t", ["partitions": 3, "replicas": 3])
            await wait(.kafka, "k", until: isReady)
            await wait(.kafkaUser, "admin", until: isReady)
            await wait(.kafkaTopic, "t", until: isReady)
            await wait(.strimziPodSet, "k-b") { $0?.at("status", "currentPods") == 3 }

            try change(.kafkaNodePool, "b", ["spec": ["replicas": 4]])
            await wait(.kafka, "k") { $0?.at("status", "autoRebalance", "state") == "RebalanceOnScaleUp" }
            await wait(.kafka, "k") { $0?.at("status", "autoRebalance", "state") == "Idle" }
            try change(.kafkaNodePool, "b", ["spec": ["replicas": 3]])
            await wait(.pod, "k-b-6") { $0 == nil }

            try change(.kafka, "k", ["metadata": ["annotations": ["strimzi.io/in-place-resizing": "true"]]])
            try change(.kafkaNodePool, "b", ["spec": ["resources": ["requests": ["memory": "1Gi"]]]])
            await wait(.pod, "k-b-2") { pod in
                pod?.at("spec", "containers")?[0]?.at("resources", "requests", "memory") == "1Gi"
            }
            let volume: JSONValue = ["id": 0, "type": "persistent-claim", "size": "2Gi"]
            try change(.kafkaNodePool, "b", ["spec": ["storage": ["volumes": [volume]]]])
            await wait(.persistentVolumeClaim, "data-0-k-b-2") { $0?.at("status", "capacity", "storage") == "2Gi" }
            try change(.kafka, "k", ["spec": ["kafka": ["version": "4.3.1"]]])
            await wait(.kafka, "k") { $0?.at("status", "kafkaVersion") == "4.3.1" }
            try change(.kafka, "k", ["spec": ["kafka": ["config": ["num.partitions": 5]]]])
            await wait(.kafka, "k", until: isReady)
            try keepDeployment()
            try change(.deployment, "k-entity-operator", ["spec": ["replicas": 0]])
            await wait(.deployment, "k-entity-operator") { $0?.at("spec", "replicas") == 1 }

            for (resource, name) in [
                (ResourceType.kafkaTopic, "t"), (.kafkaUser, "admin"), (.kafka, "k"), (.kafkaNodePool, "b"),
                (.kafkaNodePool, "c"),
            ] {
                try user.delete(resource, ObjectKey(namespace: "default", name: name), propagation: .background)
                await wait(resource, name) { $0 == nil }
            }
            await wait(.pod, "k-b-0") { $0 == nil }
            await wait(.secret, "k-cluster-ca") { $0 == nil }
        }
        let key = ObjectKey(namespace: "default", name: "k")
        #expect(counters.value(.scalings, for: key) == 2)
        #expect(counters.value(.restarts, for: key) == 2)
        #expect(counters.value(.minorUpgrades, for: key) == 1)
        #expect(counters.value(.resizes, for: key) == 1)
        #expect(counters.value(.rebalances, for: key) == 2)
        #expect(user.list(.persistentVolumeClaim).count == 7)
    }

    private static let kafka: JSONValue = [
        "kafka": [
            "version": "4.3.0", "metadataVersion": "4.3-IV0",
            "listeners": [
                ["name": "tls", "port": 9093, "type": "internal", "tls": true],
                ["name": "lb", "port": 9094, "type": "loadbalancer", "tls": true],
            ],
            "config": ["default.replication.factor": 3, "min.insync.replicas": 2],
        ],
        "entityOperator": ["topicOperator": [:], "userOperator": [:]], "kafkaExporter": [:],
        "cruiseControl": ["autoRebalance": [["mode": "add-brokers"], ["mode": "remove-brokers"]]],
    ]
}
