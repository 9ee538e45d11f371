package import CRDs
import JSON
import KubernetesAPI

extension StrimziProvider {
    /// Goes up by one with each change of what is rendered; a ladder of one's own is another rendering too.
    static func rendering(with sizes: SizeLadder) -> String {
        let version = "1"
        guard sizes != .standard else { return version }
        let classes = sizes.classes + [sizes.defaultClass]
        let content = JSONValue.array(classes.map { [.string($0.name), $0.resources.json] })
        return "\(version)-\(String(stableHash(of: content), radix: 16))"
    }

    package func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        StrimziDisruption(StrimziPlan(cluster, observed)).disruption(of: change)
    }
}

/// What changes of Strimzi's objects do to a running Kafka.
struct StrimziDisruption {
    private let plan: StrimziPlan

    init(_ plan: StrimziPlan) { self.plan = plan }

    func disruption(of change: ChildChange) -> Disruption {
        // What nobody runs disturbs nobody.
        guard plan.kafka != nil else { return .none }
        switch change.act {
        case .creation: return .none
        case .deletion: return deletion(of: change.resource)
        case .field(let field): return disruption(of: field, on: change)
        }
    }

    private func disruption(of field: FieldChange, on change: ChildChange) -> Disruption {
        switch change.resource {
        case .kafka: kafka(field)
        case .kafkaNodePool: pool(field, named: change.key.name)
        case .kafkaUser: field.path.first == "spec" ? .rolling : .none
        case .pod: pod(field)
        default: .none
        }
    }

    /// Every node restarts, one after the other; where one broker is alone, nobody serves meanwhile.
    var restart: Disruption {
        (plan.brokerPool?.existingReplicas ?? plan.cluster.spec.clusterSize) > 1 ? .rolling : .downtime
    }

    private func deletion(of resource: ResourceType) -> Disruption {
        let keepsVolumes = plan.cluster.spec.deletionPolicy != .delete
        return switch resource {
        case .kafka, .kafkaNodePool: keepsVolumes ? .downtime : .dataLoss
        // Its password goes with it.
        case .kafkaUser: .downtime
        case .kafkaTopic, .persistentVolumeClaim: .dataLoss
        default: .none
        }
    }

    /// A field of an annotation map; a whole map counts as what is worst in it.
    private func worst(_ field: FieldChange, _ judge: (FieldChange) -> Disruption) -> Disruption {
        let names = Set((field.before?.object?.names ?? []) + (field.after?.object?.names ?? []))
        let parts = names.map { FieldChange(field.path + [$0], from: field.before?[$0], to: field.after?[$0]) }
        return parts.filter { $0.before != $0.after }.map(judge).max() ?? .none
    }

    private func metadata(_ field: FieldChange) -> Disruption {
        switch field.path.dropFirst().first {
        // They are handed down to the pods.
        case "labels": restart
        case "annotations": annotations(field)
        default: .none
        }
    }

    private func annotations(_ field: FieldChange) -> Disruption {
        guard field.path.count > 2 else { return worst(field, annotations) }
        let isTrue = field.after?.string == "true"
        switch field.path[2] {
        case StrimziAnnotation.skipScaleDownCheck: return isTrue ? .dataLoss : .none
        case StrimziAnnotation.restart: return isTrue ? restart : .none
        // Partitions that have one replica are lost with its volume, and nobody looks.
        case StrimziAnnotation.rebuild: return isTrue ? .dataLoss : .none
        default: return .none
        }
    }
}

// MARK: - The Kafka

extension StrimziDisruption {
    /// Parts of the spec that belong to what stands around the brokers.
    private static let harmless: Set = [
        "entityOperator", "kafkaExporter", "maintenanceTimeWindows",
    ]

    private func kafka(_ field: FieldChange) -> Disruption {
        guard field.path.first == "spec" else { return field.path.first == "metadata" ? metadata(field) : .none }
        guard let part = field.path.dropFirst().first else { return restart }
        switch part {
        case "kafka": return brokers(field)
        case "cruiseControl": return field.path.count > 2 ? .none : restart
        case "clientsCa", "clusterCa":
            return field.path.last == "generateSecretOwnerReference" || field.path.count == 2 && isOwnershipAlone(field)
                ? .none : restart
        case _ where Self.harmless.contains(part): return .none
        default: return restart
        }
    }

    private func isOwnershipAlone(_ field: FieldChange) -> Bool {
        let names = (field.before?.object?.names ?? []) + (field.after?.object?.names ?? [])
        return names.allSatisfy { $0 == "generateSecretOwnerReference" }
    }

    private func brokers(_ field: FieldChange) -> Disruption {
        guard field.path.count > 2 else { return worst(field, brokers) }
        switch field.path[2] {
        // Taken over while the brokers run.
        case "logging", "metadataVersion": return .none
        case "config": return parameters(field)
        default: return restart
        }
    }

    private func parameters(_ field: FieldChange) -> Disruption {
        guard field.path.count > 3 else { return worst(field, parameters) }
        return StrimziDynamicParameters.names.contains(field.path[3]) ? .none : restart
    }
}

// MARK: - Pools and pods

extension StrimziDisruption {
    private func pool(_ field: FieldChange, named name: String) -> Disruption {
        guard field.path.first == "spec" else { return field.path.first == "metadata" ? metadata(field) : .none }
        switch field.path.dropFirst().first {
        case "replicas": return replicas(field, named: name)
        // The quorum does not survive it.
        case "roles": return .downtime
        case "storage": return storage(field)
        default: return restart
        }
    }

    private func replicas(_ field: FieldChange, named name: String) -> Disruption {
        guard name == plan.names.brokers, !plan.foundation.isCombined else { return .downtime }
        guard let before = field.before?.integer, let after = field.after?.integer else { return .rolling }
        return after < before ? .rolling : .none
    }

    /// Volumes grow under running nodes, unless the driver needs a restart, which nobody can tell beforehand.
    private func storage(_ field: FieldChange) -> Disruption {
        guard let before = volume(field.before), let after = volume(field.after) else { return restart }
        let changed = Set(before.names + after.names).filter { before[$0] != after[$0] }
        return changed.isSubset(of: ["deleteClaim"]) ? .none : restart
    }

    /// The only volume of a pool's list.
    private func volume(_ value: JSONValue?) -> JSONObject? {
        let list = value?["volumes"]?.array ?? value?.array
        return list?.count == 1 ? list?.first?.object : nil
    }

    private func pod(_ field: FieldChange) -> Disruption {
        field.path.first == "metadata" && field.path.dropFirst().first == "annotations" ? annotations(field) : .none
    }
}
