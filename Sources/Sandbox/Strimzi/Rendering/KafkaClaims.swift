import JSON
import KubernetesAPI

/// Builds the volume claims of a cluster's nodes.
struct KafkaClaims {
    let model: KafkaModel

    var all: [JSONValue] {
        model.pools.flatMap { pool in
            pool.storage.volumes.filter(\.isPersistent).flatMap { volume in
                pool.ids.desired.map { claim(volume, pool, pool.pod($0)) }
            }
        }
    }

    private func claim(_ volume: KafkaStorage.Volume, _ pool: KafkaModel.Pool, _ pod: String) -> JSONValue {
        let isDeleted = volume.json["deleteClaim"]?.bool == true
        let template =
            pool.json.at("spec", "template", "persistentVolumeClaim", "metadata")
            ?? model.spec.at("template", "persistentVolumeClaim", "metadata")
        var annotations = [Strimzi.Annotation.deleteClaim: isDeleted ? "true" : "false"]
        annotations.merge(template?["annotations"]?.strings ?? [:]) { $1 }
        var metadata = model.metadata("\(volume.prefix)-\(pod)", of: pool, annotations: annotations, isOwned: isDeleted)
        let failures = RequestedFailure.words(on: model.kafka).intersection(["resize", "offline-resize"])
        var marked = metadata["annotations"] ?? [:]
        marked[RequestedFailure.annotation] =
            failures.isEmpty ? .null : .string(failures.sorted().joined(separator: ","))
        metadata["annotations"] = marked
        metadata["labels"] = JSONMergePatch.apply(template?["labels"] ?? [:], to: metadata["labels"] ?? [:])
        var spec: JSONValue = [
            "accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
            "resources": ["requests": ["storage": .string(volume.size ?? "")]],
        ]
        spec["storageClassName"] = volume.json["class"]
        spec["volumeAttributesClassName"] = volume.json["volumeAttributesClass"]
        if let selector = volume.json["selector"] { spec["selector"] = ["matchLabels": selector] }
        return ["apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec]
    }
}
