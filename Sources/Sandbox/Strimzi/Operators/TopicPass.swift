import JSON
import KubernetesAPI

/// One look at a KafkaTopic, as the topic operator of its cluster does it.
struct TopicPass {
    let topic: JSONValue
    /// How many brokers the cluster has that take new partitions.
    let brokers: Int
    let now: Timestamp
    var decision = ClusterDecision()

    private var place: ObjectReference { ObjectReference(.kafkaTopic, topic.objectKey) }
    private var spec: JSONValue { topic["spec"] ?? [:] }
    private var name: String { spec["topicName"]?.string ?? topic.objectName }

    mutating func run() {
        let hasFinalizer = topic.finalizers.contains(Strimzi.Finalizer.topic)
        guard !topic.isBeingDeleted else {
            if hasFinalizer {
                decision.actions.append(.patch(place, topic.patchRemoving(finalizer: Strimzi.Finalizer.topic)))
            }
            return
        }
        if topic.isAnnotated(Strimzi.Annotation.pause) { return write("ReconciliationPaused", nil) }
        if topic.annotation(Strimzi.Annotation.managed)?.lowercased() == "false" { return write("Unmanaged", nil) }
        if !hasFinalizer {
            let finalizers = topic.finalizers + [Strimzi.Finalizer.topic]
            decision.actions.append(.patch(place, ["metadata": ["finalizers": JSONValue(finalizers)]]))
        }
        let failure = complaint
        write(failure == nil ? "Ready" : "NotReady", failure)
    }

    private var complaint: StrimziFailure? {
        let former = topic["status"]
        if let known = former?["topicName"]?.string, known != name {
            return StrimziFailure(
                reason: "NotSupported",
                message:
                    "Changing spec.topicName is not supported. Either revert spec.topicName to '\(known)', or delete "
                    + "and recreate the KafkaTopic."
            )
        }
        let replicas = Int(spec["replicas"]?.integer ?? 1)
        if former?["topicId"] == nil, replicas > brokers {
            return StrimziFailure(
                reason: "KafkaError",
                message: "org.apache.kafka.common.errors.InvalidReplicationFactorException: Unable to replicate the "
                    + "partition \(replicas) time(s): The target replication factor of \(replicas) cannot be reached because "
                    + "only \(brokers) broker(s) are registered."
            )
        }
        let partitions = topic.annotation(Self.partitions).flatMap { Int($0) } ?? 0
        guard partitions > Int(spec["partitions"]?.integer ?? 1) else { return nil }
        return StrimziFailure(reason: "NotSupported", message: "Decreasing partitions not supported")
    }

    /// How many partitions the topic has, since no broker can be asked; only the sandbox writes it.
    private static let partitions = "sandbox.dbaas.io/partitions"

    private mutating func write(_ type: String, _ failure: StrimziFailure?) {
        var status: JSONValue = [
            "conditions": [KafkaStatus.condition(type, failure?.reason, failure?.message, now)],
            "observedGeneration": topic.at("metadata", "generation") ?? 0,
        ]
        status["topicName"] = topic.at("status", "topicName")
        status["topicId"] = topic.at("status", "topicId")
        if type == "Ready" {
            status["topicName"] = .string(name)
            status["topicId"] = status["topicId"] ?? .string(SeededText(seed: 0).letters(22, for: topic.objectUID))
            let partitions = String(spec["partitions"]?.integer ?? 1)
            if topic.annotation(Self.partitions) != partitions {
                let annotations: JSONValue = [Self.partitions: .string(partitions)]
                decision.actions.append(.patch(place, ["metadata": ["annotations": annotations]]))
            }
        }
        guard let patch = KafkaStatus.patch(from: topic["status"], to: status) else { return }
        decision.actions.append(.patchStatus(place, patch))
    }
}
