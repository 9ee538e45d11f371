package import JSON
import KubernetesAPI

/// The rules that an OpsRequest must hold to, beyond types and bounds.
package enum OpsRequestRules {
    /// The rules that do not hold; empty when the object may be stored.
    ///
    /// See ``Schema/violations(new:old:)``.
    package static func validate(new: JSONValue, old: JSONValue?) -> [FieldViolation] {
        OpsRequest.schema.violations(new: new, old: old)
    }

    private static let isFinal = "an OpsRequest cannot be changed, only cancelled: create a new one"

    // MARK: a block goes with its type

    static let blocks: [Rule] = [
        block("horizontalScaling", ofEither: "HorizontalScaling", "Scaling"),
        block("verticalScaling", ofEither: "VerticalScaling", "Scaling"),
        block("volumeExpansion", of: "VolumeExpansion"),
        block("reconfiguring", of: "Reconfiguring"),
        block("upgrade", of: "Upgrade"),
        block("restore", of: "Restore"),
        block("rebuildInstance", of: "RebuildInstance"),
        block("custom", of: "Custom"),
        optionalBlock("backup", of: "Backup"),
        optionalBlock("switchover", of: "Switchover"),
    ]

    private static func block(_ name: String, of type: String) -> Rule {
        Rule(
            "(self.type == '\(type)') == has(self.\(name))",
            "\(name) goes with type \(type), and is needed there",
            fieldPath: ".\(name)"
        ) { ($0["type"]?.string == type) == $0.has(name) }
    }

    private static func block(_ name: String, ofEither one: String, _ other: String) -> Rule {
        Rule(
            "(self.type in ['\(one)', '\(other)']) == has(self.\(name))",
            "\(name) goes with type \(one) or \(other), and is needed there",
            fieldPath: ".\(name)"
        ) { ([one, other].contains($0["type"]?.string)) == $0.has(name) }
    }

    private static func optionalBlock(_ name: String, of type: String) -> Rule {
        Rule(
            "self.type == '\(type)' || !has(self.\(name))",
            "\(name) goes with type \(type)",
            fieldPath: ".\(name)"
        ) { $0["type"]?.string == type || !$0.has(name) }
    }

    // MARK: a request is not changed

    /// Fields that may come, go or change: none but `cancel` and the TTL, which are not here.
    private static let finalFields = [
        "horizontalScaling", "verticalScaling", "volumeExpansion", "reconfiguring", "upgrade", "backup", "restore",
        "switchover", "rebuildInstance", "custom", "timeoutSeconds", "maxRetries", "preconditionDeadlineSeconds",
        "rollbackPolicy", "force", "dryRun",
    ]

    static let fieldsStay = Rule(
        transition: finalFields.map { "has(self.\($0)) == has(oldSelf.\($0))" }.joined(separator: " && "),
        isFinal,
        reason: .forbidden
    ) { new, old in
        finalFields.allSatisfy { new.has($0) == old.has($0) }
    }

    static let valueStays = Rule.immutable(isFinal)

    static let cancelStays = Rule(
        transition: "!oldSelf || self",
        "a cancelled request cannot be taken up again"
    ) { new, old in old.bool != true || new.bool == true }

    // MARK: inside the blocks

    static let intoAnother = Rule(
        "!has(self.restore) || !has(self.restore.into) || self.restore.into != self.clusterRef",
        "into must name another cluster",
        fieldPath: ".restore.into"
    ) { spec in
        guard let into = spec.at("restore", "into")?.string else { return true }
        return into != spec["clusterRef"]?.string
    }

    static let replicasOrShards = Rule(
        "has(self.replicas) || has(self.shards)",
        "give replicas or shards"
    ) { $0.has("replicas") || $0.has("shards") }

    static let sizeOrResources = Rule(
        "has(self.size) != has(self.resources)",
        "give size or resources, exactly one"
    ) { $0.has("size") != $0.has("resources") }

    static let configOrRemove = Rule(
        "has(self.config) || has(self.remove)",
        "give config or remove"
    ) { $0.has("config") || $0.has("remove") }

    static let backupOrTime = Rule(
        "has(self.backup) || has(self.pointInTime)",
        "give backup or pointInTime"
    ) { $0.has("backup") || $0.has("pointInTime") }
}
