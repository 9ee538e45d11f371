import JSON

/// The labels of what the operator makes for a cluster.
struct StrimziLabels: Equatable {
    private(set) var values: [String: String]

    /// - Parameters:
    ///   - resource: the resource whose labels are copied.
    ///   - name: the component, such as `pg-kafka`.
    ///   - type: the kind of component, such as `kafka`.
    init(of resource: JSONValue, name: String, type: String, manager: String = "strimzi-cluster-operator") {
        let cluster = resource.objectName
        values = Self.copied(from: resource).merging(
            [
                Strimzi.Label.kind: resource["kind"]?.string ?? "Kafka", Strimzi.Label.name: name,
                Strimzi.Label.cluster: cluster, Strimzi.Label.componentType: type,
                "app.kubernetes.io/name": type, "app.kubernetes.io/instance": cluster,
                "app.kubernetes.io/part-of": "strimzi-" + cluster, "app.kubernetes.io/managed-by": manager,
            ]
        ) { $1 }
    }

    /// The labels of a resource that are copied to what is made for it.
    static func copied(from resource: JSONValue) -> [String: String] {
        (resource.at("metadata", "labels")?.strings ?? [:]).filter { name, _ in
            !name.hasPrefix("kustomize.toolkit.fluxcd.io")
                && (!name.hasPrefix("app.kubernetes.io/") || name.hasPrefix("app.kubernetes.io/part-of"))
        }
    }

    /// The same and more; what is added wins.
    func adding(_ more: [String: String]) -> StrimziLabels {
        var labels = self
        labels.values.merge(more) { $1 }
        return labels
    }

    /// Those that pods are selected by.
    var selector: [String: String] {
        values.filter { name, _ in
            [Strimzi.Label.cluster, Strimzi.Label.kind, Strimzi.Label.name, Strimzi.Label.pool].contains(name)
        }
    }

    var json: JSONValue { JSONValue(values) }
}

extension KafkaModel {
    var labels: StrimziLabels { StrimziLabels(of: kafka, name: name + "-kafka", type: "kafka") }

    func labels(of pool: Pool) -> StrimziLabels {
        labels.adding(StrimziLabels.copied(from: pool.json))
            .adding([Strimzi.Label.cluster: name, Strimzi.Label.pool: pool.name])
    }

    /// Metadata of an object that the cluster owns.
    func metadata(_ objectName: String, _ labels: StrimziLabels, annotations: [String: String] = [:]) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(objectName), "namespace": .string(namespace), "labels": labels.json,
            "ownerReferences": [Strimzi.owner(kafka, .kafka)],
        ]
        if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
        return metadata
    }

    /// Metadata of an object that a pool owns.
    func metadata(
        _ objectName: String,
        of pool: Pool,
        annotations: [String: String] = [:],
        isOwned: Bool = true
    ) -> JSONValue {
        var metadata = metadata(objectName, labels(of: pool), annotations: annotations)
        metadata["ownerReferences"] = isOwned ? [Strimzi.owner(pool.json, .kafkaNodePool)] : Optional.none
        return metadata
    }
}
