package import JSON

/// What can be asked for.
package enum OpsRequestType: String, Sendable, Hashable, CaseIterable {
    case start = "Start"
    case stop = "Stop"
    case restart = "Restart"
    case horizontalScaling = "HorizontalScaling"
    case verticalScaling = "VerticalScaling"
    /// Horizontal and vertical together.
    case scaling = "Scaling"
    case volumeExpansion = "VolumeExpansion"
    case reconfiguring = "Reconfiguring"
    case upgrade = "Upgrade"
    case backup = "Backup"
    case restore = "Restore"
    case switchover = "Switchover"
    case rebuildInstance = "RebuildInstance"
    case custom = "Custom"
}

/// What happens to the cluster's spec when an operation has failed for good.
package enum RollbackPolicy: String, Sendable, Hashable, CaseIterable {
    case none = "None"
    case onFailure = "OnFailure"
}

/// What shall be done, to which cluster, and within which limits; immutable but for `cancel` and the TTL.
package struct OpsRequestSpec: Sendable, Equatable {
    /// A DatabaseCluster of the same namespace; it may not exist yet.
    package var clusterRef: String
    package var type: OpsRequestType
    package var horizontalScaling: HorizontalScaling?
    package var verticalScaling: VerticalScaling?
    package var volumeExpansion: VolumeExpansion?
    package var reconfiguring: Reconfiguring?
    package var upgrade: Upgrade?
    package var backup: Backup?
    package var restore: Restore?
    package var switchover: Switchover?
    package var rebuildInstance: RebuildInstance?
    package var custom: Custom?
    /// From the first execution on; nil means the cluster's `operations.defaultTimeoutSeconds`.
    package var timeoutSeconds: Int?
    package var maxRetries: Int
    package var ttlSecondsAfterFinished: Int
    /// How long to wait for a cluster that exists and is in a phase that allows the operation.
    package var preconditionDeadlineSeconds: Int
    package var rollbackPolicy: RollbackPolicy
    /// Ignore the phase gate.
    package var force: Bool
    package var cancel: Bool
    /// Answer in `status.plan` and change nothing.
    package var dryRun: Bool

    /// A request with every limit at its default and without a block.
    package init(clusterRef: String, type: OpsRequestType) {
        self.clusterRef = clusterRef
        self.type = type
        maxRetries = Default.maxRetries
        ttlSecondsAfterFinished = Default.secondsAfterFinished
        preconditionDeadlineSeconds = Default.preconditionDeadline
        rollbackPolicy = .none
        force = false
        cancel = false
        dryRun = false
    }

    /// Reads a spec and applies the schema's defaults; throws with the field's path inside the spec.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        self.init(
            clusterRef: try fields.requiredString("clusterRef"),
            type: try fields.required("type", Decode.word)
        )
        timeoutSeconds = try fields.integer("timeoutSeconds")
        maxRetries = try fields.integer("maxRetries") ?? maxRetries
        ttlSecondsAfterFinished = try fields.integer("ttlSecondsAfterFinished") ?? ttlSecondsAfterFinished
        preconditionDeadlineSeconds =
            try fields.integer("preconditionDeadlineSeconds") ?? preconditionDeadlineSeconds
        rollbackPolicy = try fields.optional("rollbackPolicy", Decode.word) ?? rollbackPolicy
        force = try fields.bool("force") ?? false
        cancel = try fields.bool("cancel") ?? false
        dryRun = try fields.bool("dryRun") ?? false
        try readBlocks(of: fields)
    }

    private mutating func readBlocks(of fields: FieldReader) throws(JSONError) {
        horizontalScaling = try fields.optional("horizontalScaling") { (part) throws(JSONError) in
            try HorizontalScaling(from: part)
        }
        verticalScaling = try fields.optional("verticalScaling") { (part) throws(JSONError) in
            try VerticalScaling(from: part)
        }
        volumeExpansion = try fields.optional("volumeExpansion") { (part) throws(JSONError) in
            try VolumeExpansion(from: part)
        }
        reconfiguring = try fields.optional("reconfiguring") { (part) throws(JSONError) in
            try Reconfiguring(from: part)
        }
        upgrade = try fields.optional("upgrade") { (part) throws(JSONError) in try Upgrade(from: part) }
        backup = try fields.optional("backup") { (part) throws(JSONError) in try Backup(from: part) }
        restore = try fields.optional("restore") { (part) throws(JSONError) in try Restore(from: part) }
        switchover = try fields.optional("switchover") { (part) throws(JSONError) in try Switchover(from: part) }
        rebuildInstance = try fields.optional("rebuildInstance") { (part) throws(JSONError) in
            try RebuildInstance(from: part)
        }
        custom = try fields.optional("custom") { (part) throws(JSONError) in try Custom(from: part) }
    }
}

extension OpsRequestSpec {
    /// Whether the other request asks for the same: same cluster, type and block, whatever its limits are.
    package func asksForTheSame(as other: OpsRequestSpec) -> Bool {
        var comparable = other
        comparable.timeoutSeconds = timeoutSeconds
        comparable.maxRetries = maxRetries
        comparable.ttlSecondsAfterFinished = ttlSecondsAfterFinished
        comparable.preconditionDeadlineSeconds = preconditionDeadlineSeconds
        comparable.rollbackPolicy = rollbackPolicy
        comparable.force = force
        comparable.cancel = cancel
        return comparable == self
    }
}
