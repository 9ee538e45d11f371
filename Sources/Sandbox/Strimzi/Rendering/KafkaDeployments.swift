import JSON
import KubernetesAPI

/// Builds the deployments beside the brokers: Cruise Control, the entity operator, the exporter.
struct KafkaDeployments {
    let model: KafkaModel

    var cruiseControl: JSONValue? {
        guard model.hasCruiseControl else { return nil }
        return deployment(
            Strimzi.cruiseControl(model.name),
            "cruise-control",
            model.kafka.at("spec", "cruiseControl"),
            failure: "cruise-control",
            [
                (
                    "cruise-control", KafkaVersions.image(of: model.versions.to),
                    "/opt/cruise-control/cruise_control_run.sh"
                )
            ]
        )
    }

    var entityOperator: JSONValue? {
        let spec = model.kafka.at("spec", "entityOperator")
        var containers: [(String, String, String)] = []
        if spec?["topicOperator"] != nil {
            containers.append(("topic-operator", Strimzi.operatorImage, "/opt/strimzi/bin/topic_operator_run.sh"))
        }
        if spec?["userOperator"] != nil {
            containers.append(("user-operator", Strimzi.operatorImage, "/opt/strimzi/bin/user_operator_run.sh"))
        }
        guard !containers.isEmpty else { return nil }
        return deployment(
            Strimzi.entityOperator(model.name),
            "entity-operator",
            spec,
            failure: "entity-operator",
            containers
        )
    }

    var exporter: JSONValue? {
        guard let spec = model.kafka.at("spec", "kafkaExporter") else { return nil }
        return deployment(
            Strimzi.exporter(model.name),
            "kafka-exporter",
            spec,
            failure: "exporter",
            [
                (
                    "kafka-exporter", KafkaVersions.image(of: model.versions.to),
                    "/opt/kafka-exporter/kafka_exporter_run.sh"
                )
            ]
        )
    }

    private func deployment(
        _ name: String,
        _ type: String,
        _ spec: JSONValue?,
        failure: String,
        _ containers: [(name: String, image: String, command: String)]
    ) -> JSONValue {
        let labels = StrimziLabels(of: model.kafka, name: name, type: type)
        let isFailing = RequestedFailure.isAsked(failure, on: model.kafka)
        let built = containers.map { container -> JSONValue in
            let fields = ["topic-operator": "topicOperator", "user-operator": "userOperator"]
            let own = fields[container.name].flatMap { spec?[$0] } ?? spec
            var built: JSONValue = [
                "name": .string(container.name), "image": own?["image"] ?? .string(container.image),
                "command": [.string(container.command)],
            ]
            built["resources"] = own?["resources"]
            return built
        }
        var metadata = model.metadata(name, labels)
        metadata["annotations"] = [RequestedFailure.annotation: isFailing ? "pod-start" : .null]
        var deployment: JSONValue = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": [
                "replicas": 1, "selector": ["matchLabels": JSONValue(labels.selector)],
                "template": [
                    "metadata": ["labels": labels.json],
                    "spec": ["serviceAccountName": .string(name), "containers": .array(built)],
                ],
            ],
        ]
        metadata["annotations", Strimzi.Annotation.revision] = .string(String(stableHash(of: deployment), radix: 16))
        deployment["metadata"] = metadata
        return deployment
    }
}
