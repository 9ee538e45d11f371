package import JSON
package import KubernetesAPI

/// How far a request is.
package enum OpsRequestPhase: String, Sendable, Hashable, CaseIterable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case skipped = "Skipped"
    case cancelled = "Cancelled"

    /// Whether nothing will happen any more.
    package var isFinished: Bool {
        switch self {
        case .pending, .running: false
        case .succeeded, .failed, .skipped, .cancelled: true
        }
    }
}

/// What has become of a request, and all that a new leader needs to go on with it.
package struct OpsRequestStatus: Sendable, Equatable {
    /// The most entries that ``actionLog`` keeps.
    package static let actionLogLimit = 50

    package var phase: OpsRequestPhase?
    /// CamelCase and stable.
    package var reason = ""
    package var message = ""
    /// Percent, 0…100; never goes down.
    package var progress = 0
    package var observedGeneration: Int64?
    /// Executions so far.
    package var attempt = 0
    package var startTime: Timestamp?
    package var completionTime: Timestamp?
    /// A map by type; see `[Condition].set`.
    package var conditions: [Condition] = []
    /// Oldest first; see ``log(_:)``.
    package var actionLog: [ActionLogEntry] = []
    /// The fields of the cluster's spec that a rollback restores, as they stood; nil when none were changed.
    ///
    /// A field that was not set is named in its `unset` list of strings.
    package var previous: JSONValue?
    /// The same fields as the operation wrote them, in the same shape; see ``OperableFields``.
    package var applied: JSONValue?
    package var evidence: [String] = []
    package var nativeObjects: [ObjectReference] = []
    package var plan: [PlanStep] = []

    package init() {}

    /// Adds an entry and drops the oldest ones over the limit.
    package mutating func log(_ entry: ActionLogEntry) {
        actionLog.append(entry)
        actionLog.removeFirst(max(0, actionLog.count - Self.actionLogLimit))
    }

    /// From start to completion, like `35s` or `2m5s`; nil while not finished.
    package var duration: String? {
        guard let startTime, let completionTime else { return nil }
        let seconds = max(0, (completionTime.microseconds - startTime.microseconds) / 1_000_000)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        if hours > 0 { return "\(hours)h\(minutes)m" }
        return minutes > 0 ? "\(minutes)m\(seconds % 60)s" : "\(seconds)s"
    }

    /// The status as it is written; equal statuses give equal values.
    package var json: JSONValue {
        var fields = JSONObject()
        fields["phase"] = phase.map { .string($0.rawValue) }
        fields["reason"] = .unlessEmpty(reason)
        fields["message"] = .unlessEmpty(message)
        fields["progress"] = JSONValue(progress)
        fields["observedGeneration"] = observedGeneration.map(JSONValue.integer)
        if attempt > 0 { fields["attempt"] = JSONValue(attempt) }
        fields["startTime"] = startTime.map { .string($0.description) }
        fields["completionTime"] = completionTime.map { .string($0.description) }
        fields["duration"] = duration.map(JSONValue.string)
        fields["conditions"] = .unlessEmpty(conditions.map(\.json))
        fields["actionLog"] = .unlessEmpty(actionLog.map(\.json))
        fields["previous"] = previous
        fields["applied"] = applied
        fields["evidence"] = .unlessEmpty(evidence)
        fields["nativeObjects"] = .unlessEmpty(nativeObjects.map(\.json))
        fields["plan"] = .unlessEmpty(plan.map(\.json))
        return .object(fields)
    }

    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        phase = try fields.optional("phase", Decode.word)
        reason = try fields.string("reason") ?? ""
        message = try fields.string("message") ?? ""
        progress = try fields.integer("progress") ?? 0
        observedGeneration = try fields.integer("observedGeneration").map(Int64.init)
        attempt = try fields.integer("attempt") ?? 0
        startTime = try fields.optional("startTime", Decode.timestamp)
        completionTime = try fields.optional("completionTime", Decode.timestamp)
        conditions = try fields.list("conditions", Decode.condition)
        actionLog = try fields.list("actionLog") { (item) throws(JSONError) in try ActionLogEntry(from: item) }
        previous = try fields.optional("previous", Decode.object)
        applied = try fields.optional("applied", Decode.object)
        evidence = try fields.strings("evidence")
        nativeObjects = try fields.list("nativeObjects") { (item) throws(JSONError) in
            try ObjectReference(from: item)
        }
        plan = try fields.list("plan") { (item) throws(JSONError) in try PlanStep(from: item) }
    }
}

/// One thing that was done for a request.
package struct ActionLogEntry: Sendable, Hashable {
    package var timestamp: Timestamp
    /// CamelCase, like ApplySpec.
    package var action: String
    /// Started, Done or Failed.
    package var status: String
    package var message: String

    package init(timestamp: Timestamp, action: String, status: String, message: String = "") {
        self.timestamp = timestamp
        self.action = action
        self.status = status
        self.message = message
    }

    var json: JSONValue {
        [
            "timestamp": .string(timestamp.description), "action": .string(action), "status": .string(status),
            "message": .string(message),
        ]
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        timestamp = try fields.required("timestamp", Decode.timestamp)
        action = try fields.requiredString("action")
        status = try fields.string("status") ?? ""
        message = try fields.string("message") ?? ""
    }
}

/// One write that a dry run would make.
package struct PlanStep: Sendable, Hashable {
    /// create, apply, patch or delete.
    package var verb: String
    /// `apiVersion Kind name`.
    package var object: String
    package var diff: String
    /// What clients would notice: None, Rolling, Downtime or DataLoss.
    package var disruption: String

    package init(verb: String, object: String, diff: String, disruption: String) {
        self.verb = verb
        self.object = object
        self.diff = diff
        self.disruption = disruption
    }

    var json: JSONValue {
        [
            "verb": .string(verb), "object": .string(object), "diff": .string(diff),
            "disruption": .string(disruption),
        ]
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        verb = try fields.requiredString("verb")
        object = try fields.requiredString("object")
        diff = try fields.string("diff") ?? ""
        disruption = try fields.string("disruption") ?? ""
    }
}
