import JSON
import KubernetesAPI

/// A request to the ops-manager, and what its status is to become.
struct OperationRequest: Sendable {
    let object: JSONValue
    var status: JSONValue

    init(_ object: JSONValue) {
        self.object = object
        status = object["status"] ?? [:]
    }

    var name: String { object.objectName }
    var spec: JSONValue { object["spec"] ?? [:] }
    var type: String { spec["type"]?.string ?? "" }
    var phase: String { status["phase"]?.string ?? "" }
    var generation: Int64 { object.at("metadata", "generation")?.integer ?? 1 }
    var isWaiting: Bool { phase.isEmpty || phase == "Pending" || phase == "Approved" }

    /// The order of requests: by age, and by name where that is the same.
    static func isOlder(_ left: JSONValue, _ right: JSONValue) -> Bool {
        let (first, second) = (left.createdAt, right.createdAt)
        return first == second ? left.objectName < right.objectName : first < second
    }

    mutating func setCondition(
        _ type: String,
        _ isTrue: Bool = true,
        reason: String?,
        _ message: String,
        _ now: Timestamp
    ) {
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

    func condition(_ type: String) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }
}

extension JSONValue {
    /// When an object was created, as text that sorts like the times.
    var createdAt: String { at("metadata", "creationTimestamp")?.string ?? "" }
}
