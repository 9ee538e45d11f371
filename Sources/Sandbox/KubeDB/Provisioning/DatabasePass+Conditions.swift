import JSON
import KubernetesAPI

/// Conditions, and the phase that follows from them.
extension DatabasePass {
    func condition(_ type: String) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    func conditionStatus(_ type: String) -> String? { condition(type)?["status"]?.string }

    mutating func setCondition(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
        status["conditions"] = Conditions.set(
            status["conditions"],
            type,
            isTrue ? "True" : "False",
            reason: reason,
            message: message,
            generation: generation,
            now: now
        )
    }

    mutating func removeCondition(_ type: String) {
        guard condition(type) != nil else { return }
        status["conditions"] = .array((status["conditions"]?.array ?? []).filter { $0["type"]?.string != type })
    }

    /// The phase as `PhaseFromCondition` has it; nil before the first condition.
    var phase: String? {
        typealias Condition = KubeDB.Condition
        typealias Phase = KubeDB.Phase
        func isTrue(_ type: String) -> Bool { conditionStatus(type) == "True" }
        func isFalse(_ type: String) -> Bool { conditionStatus(type) == "False" }
        if isTrue(Condition.healthCheckPaused) { return Phase.unknown }
        if isTrue(Condition.halted) { return Phase.halted }
        if isTrue(Condition.restoreStarted), condition(Condition.restored) == nil { return Phase.restoring }
        if isFalse(Condition.restored) { return Phase.notReady }
        if isTrue(Condition.provisioned) {
            if isFalse(Condition.acceptingConnection) { return Phase.notReady }
            if isFalse(Condition.replicaReady) || isFalse(Condition.ready) { return Phase.critical }
            if isTrue(Condition.ready) { return Phase.ready }
        }
        return isTrue(Condition.provisioningStarted) ? Phase.provisioning : nil
    }
}

/// Lists of conditions as KubeDB writes them.
enum Conditions {
    /// The list with one condition changed, or as it was when there is nothing new to tell.
    ///
    /// - Parameter reason: nil for the small steps of an operation, which give none.
    static func set(
        _ list: JSONValue?,
        _ type: String,
        _ status: String,
        reason: String?,
        message: String,
        generation: Int64,
        now: Timestamp
    ) -> JSONValue {
        var conditions = list?.array ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        if let index {
            let former = conditions[index]
            if former["status"]?.string == status, former["reason"]?.string == reason,
                former["message"]?.string == message
            {
                return list ?? []
            }
        }
        var condition: JSONObject = [
            "type": .string(type), "status": .string(status), "message": .string(message),
            "observedGeneration": .integer(generation), "lastTransitionTime": .string(now.description),
        ]
        condition["reason"] = reason.map(JSONValue.string)
        if let index { conditions[index] = .object(condition) } else { conditions.append(.object(condition)) }
        return .array(conditions)
    }
}
