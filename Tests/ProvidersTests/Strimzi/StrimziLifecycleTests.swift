import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@Suite("How a Kafka cluster is taken apart, and what changes of it disturb")
struct StrimziLifecycleTests {
    private let provider = RunningKafka.provider
    private static let kafkaKey = ObjectKey(namespace: "default", name: "demo")
    private static func list(_ plural: String, _ kind: String) -> Need {
        let resource = ResourceType(group: "kafka.strimzi.io", version: "v1", plural: plural, kind: kind)
        return .list(resource, namespace: "default", labelSelector: "strimzi.io/cluster=demo")
    }
    private static let topics = list("kafkatopics", "KafkaTopic")
    private static let users = list("kafkausers", "KafkaUser")
    private static let kafka = Need.object(
        ResourceType(group: "kafka.strimzi.io", version: "v1", plural: "kafkas", kind: "Kafka"),
        kafkaKey
    )
    private let nothing: [Need: NeedAnswer] = [topics: .objects([]), users: .absent, kafka: .absent]

    private func cleanup(
        _ running: RunningKafka,
        policy: String = "Delete",
        more: [String] = [],
        _ answers: [Need: NeedAnswer]
    ) throws -> CleanupAnswer {
        let cluster = try Manifests.cluster("deletionPolicy: \(policy)", engine: "kafka")
        return provider.cleanup(cluster, try running.observed(more, answers: answers))
    }

    private func names(_ answer: CleanupAnswer) -> [String] {
        guard case .intents(let intents) = answer else { return ["\(answer)"] }
        return intents.map { intent in
            let verb = if case .delete = intent { "delete" } else { "patch" }
            return "\(verb) \(intent.target.resource.kind) \(intent.target.key.name)"
        }
    }

    @Test("What is not watched is asked for first, all at once")
    func needs() throws {
        #expect(try cleanup(RunningKafka(), [:]) == .need([Self.topics, Self.users]))
        #expect(try cleanup(RunningKafka(), policy: "Retain", [:]) != .need([Self.topics]))
    }

    @Test(
        "With policy Delete rebalances go first, then topics while the Topic Operator runs, then users, Kafka and pools"
    )
    func order() throws {
        let rebalance = RunningKafka.rebalance("r", state: "Ready")
        #expect(names(try cleanup(RunningKafka(), more: [rebalance], nothing)) == ["delete KafkaRebalance r"])
        var answers = nothing
        func topic(_ more: String) throws -> NeedAnswer {
            .objects([
                try Manifests.value(
                    "{apiVersion: v1, kind: T, metadata: {name: t, namespace: default, finalizers: [strimzi.io/topic-operator, x/y]\(more)}}"
                )
            ])
        }
        answers[Self.topics] = try topic("")
        #expect(names(try cleanup(RunningKafka(), answers)) == ["delete KafkaTopic t"])
        answers[Self.topics] = try topic(", deletionTimestamp: \"\(RunningKafka.ago(10))\"")
        #expect(try cleanup(RunningKafka(), answers) == .wait(message: "waiting for topics to go"))
        answers[Self.topics] = try topic(", deletionTimestamp: \"\(RunningKafka.ago(100))\"")
        let stripped = try cleanup(RunningKafka(), answers)
        #expect(names(stripped) == ["patch KafkaTopic t"])
        guard case .intents(let intents) = stripped else { return }
        #expect(intents.first?.body?.at("metadata", "finalizers") == ["x/y"])
        #expect(names(try cleanup(RunningKafka(), nothing)) == ["delete Kafka demo"])
        let orphaned = RunningKafka(hasKafka: false)
        let pools = [
            "delete KafkaNodePool \(RunningKafka.brokers)", "delete KafkaNodePool \(RunningKafka.controllers)",
        ]
        #expect(names(try cleanup(orphaned, nothing)) == pools)
    }

    @Test("A rebalance that Strimzi made itself loses the finalizer that nobody would take off")
    func finalizer() throws {
        let text = RunningKafka.rebalance(
            "demo-auto-rebalancing-add-brokers",
            state: "Rebalancing",
            more: "finalizers: [strimzi.io/auto-rebalancing]\n  deletionTimestamp: \"\(RunningKafka.ago(1))\""
        )
        let answer = try cleanup(RunningKafka(), more: [text], nothing)
        #expect(names(answer) == ["patch KafkaRebalance demo-auto-rebalancing-add-brokers"])
    }

    @Test("With policy Delete the volumes go when the nodes are gone; they have no owner to go with")
    func volumes() throws {
        let cluster = try Manifests.cluster("deletionPolicy: Delete", engine: "kafka")
        let all = try RunningKafka().observed(answers: nothing)
        let claims = all.children(.persistentVolumeClaim)
        let pods = all.children(.pod)
        let waiting = Manifests.observed(claims + pods, answers: nothing, by: provider)
        #expect(provider.cleanup(cluster, waiting) == .wait(message: "waiting for 6 pods of the nodes to go"))
        let left = Manifests.observed(claims, answers: nothing, by: provider)
        #expect(names(provider.cleanup(cluster, left)).count == 6)
        #expect(provider.cleanup(cluster, Manifests.observed(answers: nothing, by: provider)) == .done)
    }

    @Test("With policy Retain volumes keep the cluster's id, lose owners that would take them along, and topics stay")
    func retain() throws {
        var running = RunningKafka()
        running.claimOwners = "[{apiVersion: kafka.strimzi.io/v1, kind: KafkaNodePool, name: x, uid: u}]"
        let first = try cleanup(running, policy: "Retain", nothing)
        guard case .intents(let intents) = first else { throw CancellationError() }
        #expect(intents.count == 6)
        #expect(intents.first?.body?.at("metadata", "annotations", "dbaas.io/kafka-cluster-id") == "xyz")
        #expect(intents.first?.body?.at("metadata", "ownerReferences") == [])
        running.claimOwners = "[]"
        running.claimAnnotations = "{dbaas.io/kafka-cluster-id: xyz}"
        #expect(names(try cleanup(running, policy: "Retain", [:])) == ["delete Kafka demo"])
        let cluster = try Manifests.cluster("deletionPolicy: Retain", engine: "kafka")
        let all = try running.observed(answers: nothing)
        let user = all.children.filter { $0.key.kind == "KafkaUser" }.flatMap(\.value)
        let claims = all.children(.persistentVolumeClaim)
        let last = provider.cleanup(cluster, Manifests.observed(user + claims, answers: nothing, by: provider))
        guard case .intents(let goodbye) = last, case .delete(_, _, let propagation, _, _) = try #require(goodbye.first)
        else {
            throw CancellationError()
        }
        // The Secret of the password stays with the volumes.
        #expect(propagation == .orphan)
        #expect(provider.cleanup(cluster, Manifests.observed(claims, answers: nothing, by: provider)) == .done)
    }

    @Test("A Kafka of ours that the watch has not shown yet is not taken for gone, and a stranger's keeps what it has")
    func successor() throws {
        var answers = nothing
        answers[Self.kafka] = .object(["metadata": ["labels": ["dbaas.io/cluster": "demo"]]])
        let running = RunningKafka(hasKafka: false)
        guard case .wait = try cleanup(running, answers) else { throw CancellationError() }
        answers[Self.kafka] = .object(["metadata": ["labels": [:]]])
        #expect(names(try cleanup(running, answers)) == ["delete KafkaUser demo-admin"])
    }

    // MARK: - Disruption

    private static let resources = Dictionary(
        uniqueKeysWithValues: RunningKafka.provider.watches.map { ($0.resource.kind, $0.resource) }
    )

    private func judge(
        _ kind: String,
        _ name: String,
        _ act: ChildChange.Act,
        _ running: RunningKafka = RunningKafka()
    )
        throws -> String
    {
        let resource = try #require(Self.resources[kind])
        let change = ChildChange(resource, ObjectKey(namespace: "default", name: name), act)
        let cluster = try Manifests.cluster("clusterSize: 3", engine: "kafka")
        return provider.disruption(of: change, on: cluster, try running.observed()).rawValue
    }

    @Test(
        "Changes of fields disturb as much as Strimzi's way of carrying them out does",
        arguments: [
            ("Kafka", "spec.kafka.version", "4.2.1", "4.3.1", "Rolling"),
            ("Kafka", "spec.kafka.metadataVersion", "4.2", "4.3", "None"),
            ("Kafka", "spec.kafka.logging.loggers", "a", "b", "None"),
            ("Kafka", "spec.kafka.listeners", "a", "b", "Rolling"),
            ("Kafka", "spec.cruiseControl", nil, "{}", "Rolling"),
            ("Kafka", "spec.cruiseControl.autoRebalance", "a", "b", "None"),
            ("Kafka", "spec.kafkaExporter", nil, "{}", "None"),
            ("Kafka", "spec.clusterCa.generateSecretOwnerReference", nil, "false", "None"),
            ("Kafka", "spec.somethingNew", nil, "x", "Rolling"),
            ("Kafka", "metadata.labels.team", nil, "x", "Rolling"),
            ("KafkaNodePool", "spec.resources.limits.memory", "1Gi", "2Gi", "Rolling"),
            ("KafkaNodePool", "spec.roles", "a", "b", "Downtime"),
            ("KafkaUser", "spec.authentication.type", "tls", "scram-sha-512", "Rolling"),
        ] as [(String, String, String?, String?, String)]
    )
    func fields(_ kind: String, _ path: String, _ before: String?, _ after: String?, _ expected: String) throws {
        let field = FieldChange(
            path.split(separator: ".").map(String.init),
            from: before.map(JSONValue.string),
            to: after.map(JSONValue.string)
        )
        #expect(try judge(kind, kind == "Kafka" ? "demo" : RunningKafka.brokers, .field(field)) == expected)
    }

    @Test("Parameters that brokers take over while they run disturb nothing, others restart them")
    func parameters() throws {
        func change(_ name: String) -> ChildChange.Act {
            .field(FieldChange(["spec", "kafka", "config", name], from: "1", to: "2"))
        }
        #expect(try judge("Kafka", "demo", change("log.retention.ms")) == "None")
        #expect(try judge("Kafka", "demo", change("default.replication.factor")) == "Rolling")
        let whole = FieldChange(["spec", "kafka", "config"], from: ["log.retention.ms": "1"], to: ["my.plugin": "1"])
        #expect(try judge("Kafka", "demo", .field(whole)) == "Rolling")
        #expect(try judge("Kafka", "demo", change("my.plugin"), RunningKafka(ids: [3])) == "Downtime")
    }

    @Test("Brokers may come unnoticed and go with a reconnect; nobody may touch the controllers")
    func replicas() throws {
        func change(_ before: Int, _ after: Int) -> ChildChange.Act {
            .field(FieldChange(["spec", "replicas"], from: JSONValue(before), to: JSONValue(after)))
        }
        #expect(try judge("KafkaNodePool", RunningKafka.brokers, change(3, 5)) == "None")
        #expect(try judge("KafkaNodePool", RunningKafka.brokers, change(5, 3)) == "Rolling")
        #expect(try judge("KafkaNodePool", RunningKafka.controllers, change(3, 5)) == "Downtime")
    }

    @Test("Marks and deletions are judged by what Strimzi does on them")
    func marks() throws {
        func mark(_ name: String, _ value: JSONValue?) -> ChildChange.Act {
            .field(FieldChange(["metadata", "annotations", name], from: nil, to: value))
        }
        let pod = "demo-\(RunningKafka.brokers)-3"
        #expect(try judge("Pod", pod, mark("strimzi.io/manual-rolling-update", "true")) == "Rolling")
        #expect(try judge("Pod", pod, mark("strimzi.io/delete-pod-and-pvc", "true")) == "DataLoss")
        #expect(try judge("Kafka", "demo", mark("strimzi.io/skip-broker-scaledown-check", "true")) == "DataLoss")
        #expect(try judge("Kafka", "demo", mark("dbaas.io/touched", "x")) == "None")
        #expect(try judge("Kafka", "demo", .deletion(.background)) == "DataLoss")
        #expect(try judge("KafkaRebalance", "x", .creation) == "None")
        #expect(try judge("Kafka", "demo", .deletion(.background), RunningKafka(hasKafka: false)) == "None")
    }

    @Test("Manual edits are named by what they touch")
    func drift() throws {
        let pool = try #require(Self.resources["KafkaNodePool"])
        #expect(provider.driftType(of: "spec.resources.limits.cpu", in: pool) == .size)
        #expect(provider.driftType(of: "spec.replicas", in: pool) == .replicas)
        #expect(provider.driftType(of: "spec.storage.volumes[0].size", in: pool) == .storage)
        #expect(provider.driftType(of: "spec.kafka.config.a", in: pool) == .configuration)
        #expect(provider.driftType(of: "spec.kafka.version", in: pool) == .other)
    }
}
