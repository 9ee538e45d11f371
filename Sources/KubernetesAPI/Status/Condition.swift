package import JSON

/// The three answers a condition can give.
package enum ConditionStatus: String, Sendable, Hashable, CaseIterable {
    /// It is so.
    case `true` = "True"
    /// It is not so.
    case `false` = "False"
    /// Nobody can tell now.
    case unknown = "Unknown"
}

/// One observation about an object in its status (`metav1.Condition`; also the older shapes of Pods and Jobs).
package struct Condition: Equatable, Sendable {
    /// What is observed, as "Ready".
    package var type: String
    /// The answer.
    package var status: ConditionStatus
    /// One word in CamelCase for programs.
    package var reason: String
    /// A sentence for people.
    package var message: String
    /// When the answer last changed.
    package var lastTransitionTime: Timestamp
    /// The generation of the spec that was looked at.
    package var observedGeneration: Int64?

    /// A condition; the time is a whole second in its JSON.
    package init(
        type: String,
        status: ConditionStatus,
        reason: String,
        message: String = "",
        lastTransitionTime: Timestamp = Timestamp(microseconds: 0),
        observedGeneration: Int64? = nil
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
        self.observedGeneration = observedGeneration
    }

    /// Reads one item of `status.conditions`; an answer other than True and False counts as unknown.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(type: "", status: .unknown, reason: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "type": type = try value.asString()
            case "status": status = ConditionStatus(rawValue: try value.asString()) ?? .unknown
            case "reason": reason = try value.asString()
            case "message": message = try value.asString()
            case "lastTransitionTime": lastTransitionTime = try Timestamp(from: value)
            case "observedGeneration": observedGeneration = try value.asInteger()
            default: break
            }
        }
    }

    /// As it stands in `status.conditions`.
    package var json: JSONValue {
        var fields: JSONObject = [
            "type": .string(type), "status": .string(status.rawValue), "reason": .string(reason),
            "message": .string(message), "lastTransitionTime": lastTransitionTime.json,
        ]
        fields["observedGeneration"] = observedGeneration.map(JSONValue.integer)
        return .object(fields)
    }
}

extension [Condition] {
    /// The condition of that type.
    package subscript(type: String) -> Condition? { first { $0.type == type } }

    /// Whether the condition of that type is there and true.
    package func isTrue(_ type: String) -> Bool { self[type]?.status == .true }

    /// Writes a condition over the one of its type, or adds it at the end.
    ///
    /// The time of the change moves to the new condition's only when the answer changes (`meta.SetStatusCondition`).
    package mutating func set(_ condition: Condition) {
        guard let index = firstIndex(where: { $0.type == condition.type }) else {
            append(condition)
            return
        }
        var condition = condition
        if self[index].status == condition.status { condition.lastTransitionTime = self[index].lastTransitionTime }
        self[index] = condition
    }

    /// The same from its parts; `now` becomes the time of the change when the answer changes.
    package mutating func set(
        _ type: String,
        _ status: ConditionStatus,
        reason: String,
        message: String = "",
        now: Timestamp,
        observedGeneration: Int64? = nil
    ) {
        set(
            Condition(
                type: type,
                status: status,
                reason: reason,
                message: message,
                lastTransitionTime: now.wholeSecond,
                observedGeneration: observedGeneration
            )
        )
    }

    /// Reads `status.conditions`.
    package init(from element: JSONElement) throws(JSONError) {
        self = try element.decodeItems { (item) throws(JSONError) in try Condition(from: item) }
    }

    /// As `status.conditions` stands in an object.
    package var json: JSONValue { .array(map(\.json)) }
}
