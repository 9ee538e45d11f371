package import JSON

/// Where the members' pods may run; the parts have the shape that a pod's spec gives them.
package struct PodSchedulingPolicy: Sendable, Equatable {
    package var nodeSelector: [String: String]
    /// A pod's `affinity`, as it was written; nil when not given.
    package var affinity: JSONValue?
    /// A pod's `tolerations`.
    package var tolerations: [JSONValue]
    /// A pod's `topologySpreadConstraints`.
    package var topologySpreadConstraints: [JSONValue]
    package var priorityClassName: String?

    package init() {
        nodeSelector = [:]
        tolerations = []
        topologySpreadConstraints = []
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        nodeSelector = try fields.stringMap("nodeSelector")
        affinity = try fields.optional("affinity", Decode.object)
        tolerations = try fields.list("tolerations", Decode.object)
        topologySpreadConstraints = try fields.list("topologySpreadConstraints", Decode.object)
        let priority = try fields.string("priorityClassName")
        priorityClassName = priority?.isEmpty == true ? nil : priority
    }
}

/// What the operator keeps of operations on a cluster, and how long they may take.
package struct OperationsSpec: Sendable, Equatable {
    /// Finished operations that the controller started itself and keeps, 0…100.
    package var historyLimit: Int
    /// For operations that do not say it themselves, 1…86400.
    package var defaultTimeoutSeconds: Int

    package init(historyLimit: Int = 3, defaultTimeoutSeconds: Int = 600) {
        self.historyLimit = historyLimit
        self.defaultTimeoutSeconds = defaultTimeoutSeconds
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        historyLimit = try fields.integer("historyLimit") ?? Default.historyLimit
        defaultTimeoutSeconds = try fields.integer("defaultTimeoutSeconds") ?? Default.operationTimeout
    }
}
