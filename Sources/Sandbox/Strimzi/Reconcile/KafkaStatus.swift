import JSON
import KubernetesAPI

/// The status that a reconciliation ends with.
struct KafkaStatus {
    let run: KafkaRun
    let failure: StrimziFailure?
    let now: Timestamp

    var json: JSONValue {
        var status = run.status
        status["observedGeneration"] = run.kafka.at("metadata", "generation")
        let former = run.kafka["status"]
        for field in ["clusterId", "operatorLastSuccessfulVersion", "kafkaVersion", "kafkaMetadataVersion"]
        where status[field] == nil { status[field] = former?[field] }
        if status["autoRebalance"] == nil, run.kafka.at("spec", "cruiseControl", "autoRebalance") != nil {
            status["autoRebalance"] = former?["autoRebalance"]
        }
        status["clusterSecurity"] = [
            "encryption": ["type": "strimzi-tls"], "authentication": ["type": "strimzi-mtls"],
        ]
        var conditions = run.warnings.map { Self.condition("Warning", $0.reason, $0.message, now) }
        if let failure {
            conditions.append(Self.condition("NotReady", failure.reason, failure.message, now))
        } else {
            status["operatorLastSuccessfulVersion"] = .string(Strimzi.operatorVersion)
            conditions.append(Self.condition("Ready", nil, nil, now))
        }
        status["conditions"] = .array(conditions)
        return status
    }

    static func condition(_ type: String, _ reason: String?, _ message: String?, _ now: Timestamp) -> JSONValue {
        var condition: JSONValue = [
            "type": .string(type), "status": "True", "lastTransitionTime": .string(now.description),
        ]
        condition["reason"] = reason.map(JSONValue.string)
        condition["message"] = message.map(JSONValue.string)
        return condition
    }

    /// What to write to get from one status to another; nil when they differ in nothing but times.
    static func patch(from old: JSONValue?, to new: JSONValue) -> JSONValue? {
        let old = old ?? [:]
        guard withoutTimes(old) != withoutTimes(new) else { return nil }
        return JSONMergePatch.difference(from: old, to: new)
    }

    private static func withoutTimes(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let items): .array(items.map(withoutTimes))
        case .object(let fields):
            .object(
                JSONObject(
                    fields.lazy.filter { $0.name != "lastTransitionTime" }.map { ($0.name, withoutTimes($0.value)) }
                )
            )
        default: value
        }
    }
}
