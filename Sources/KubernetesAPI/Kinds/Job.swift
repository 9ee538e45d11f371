package import JSON

/// What this program looks at of a Job.
package struct Job: KubernetesObject, Equatable {
    /// The object's metadata.
    package var metadata: ObjectMeta
    /// How many of its Pods run.
    package var active: Int64 = 0
    /// How many succeeded.
    package var succeeded: Int64 = 0
    /// How many failed.
    package var failed: Int64 = 0
    /// "Complete", "Failed", "Suspended" and others.
    package var conditions: [Condition] = []

    /// A Job of which nothing more is known.
    package init(metadata: ObjectMeta) { self.metadata = metadata }

    /// Whether it ended well.
    package var isComplete: Bool { conditions.isTrue("Complete") }

    /// Whether it ended without success and will not be tried again.
    package var isFailed: Bool { conditions.isTrue("Failed") }

    /// The kind.
    package static let kind = ObjectKind<Job>(resource: .job) { (element) throws(JSONError) in try Job(from: element) }

    /// Reads an object as the API server gives it.
    package init(from element: JSONElement) throws(JSONError) {
        self.init(metadata: ObjectMeta(name: ""))
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "status": try readStatus(value)
            default: break
            }
        }
    }

    private mutating func readStatus(_ element: JSONElement) throws(JSONError) {
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "active": active = try value.asInteger()
            case "succeeded": succeeded = try value.asInteger()
            case "failed": failed = try value.asInteger()
            case "conditions": conditions = try [Condition](from: value)
            default: break
            }
        }
    }
}
