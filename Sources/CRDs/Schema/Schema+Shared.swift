import JSON
import KubernetesAPI

/// Pieces that several kinds use.
extension Schema {
    /// The name of another object of the namespace.
    static func name(_ description: String) -> Schema {
        string(description, length: 1...253, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    }

    /// A name for which the empty text means that nothing is named.
    static func optionalName(_ description: String) -> Schema {
        string(description, length: 0...253, pattern: "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$")
    }

    /// A name that a DatabaseCluster can have.
    static func clusterName(_ description: String) -> Schema {
        string(description, length: 1...40, pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$")
    }

    static func version(_ description: String) -> Schema {
        string(description, length: 1...63, pattern: "^[0-9A-Za-z]([-0-9A-Za-z._+]*[0-9A-Za-z])?$")
    }

    static func time(_ description: String) -> Schema {
        string(description, length: 0...64, format: "date-time")
    }

    /// A text that only we write.
    static func text(_ description: String, _ length: Int = 1024) -> Schema {
        string(description, length: 0...length)
    }

    static func sizeClass(_ description: String) -> Schema {
        string(description, length: 1...63, pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    }

    static var parameters: Schema {
        mapList(
            "Engine parameters. Values are strings; each name occurs once.",
            count: 200,
            key: "name",
            of: .object(
                "One engine parameter.",
                [
                    "name": .string("The parameter's name, as the engine calls it.", length: 1...253),
                    "value": .string(
                        "The parameter's value, as the engine's configuration takes it.",
                        length: 0...4096
                    ),
                ],
                required: ["name", "value"]
            )
        )
    }

    /// Requests and limits as they are told, without rules.
    static func reportedResources(_ description: String) -> Schema {
        let amounts: KeyValuePairs<String, Schema> = [
            "cpu": .amount("Processor time in cores, like 500m or 2."),
            "memory": .amount("Memory in bytes, like 512Mi or 4Gi."),
        ]
        return .object(
            description,
            [
                "requests": .object("What is set aside for the container.", amounts),
                "limits": .object("What the container may use at most.", amounts),
            ]
        )
    }

    /// Requests and limits as people ask for them.
    static func resources(_ description: String) -> Schema {
        reportedResources(description).ruled(.requestsWithinLimits("cpu"), .requestsWithinLimits("memory"))
    }

    /// The bound is what a double still holds exactly: the server reads bounds as doubles, and refuses every value of a
    /// field whose bound is not a 64-bit integer then.
    static func observedGeneration() -> Schema {
        integer("The generation of the spec that this status is about.", 0...((1 << 53) - 1))
    }

    static func conditions(_ description: String) -> Schema {
        mapList(
            description,
            count: 32,
            key: "type",
            of: .object(
                "One aspect of the state.",
                [
                    "type": .string("What the condition is about, in CamelCase.", length: 1...316),
                    "status": .word(ConditionWord.self, "Whether it is so."),
                    "reason": .string(
                        "Why, in one CamelCase word that programs may rely on.",
                        length: 1...1024,
                        pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"
                    ),
                    "message": .text("Why, in a sentence for people.", 32_768),
                    "lastTransitionTime": .time("When status last changed."),
                    "observedGeneration": .observedGeneration(),
                ],
                required: ["type", "status", "reason", "message", "lastTransitionTime"]
            )
        )
    }

    static func reference(_ description: String) -> Schema {
        object(
            description,
            [
                "apiVersion": .text("The object's group and version.", 253),
                "kind": .text("The object's kind.", 63),
                "name": .text("The object's name.", 253),
                "uid": .text("The object's identity.", 64),
            ],
            required: ["apiVersion", "kind", "name"]
        )
    }

    private enum ConditionWord: String, CaseIterable {
        case yes = "True"
        case no = "False"
        case unknown = "Unknown"
    }
}

extension Rule {
    /// What a container requests of a resource is not more than what it may use.
    fileprivate static func requestsWithinLimits(_ name: String) -> Rule {
        Rule(
            "!has(self.requests) || !has(self.limits) || !has(self.requests.\(name)) || !has(self.limits.\(name)) || "
                + "quantity(string(self.requests.\(name))).compareTo(quantity(string(self.limits.\(name)))) <= 0",
            "\(name) request must not exceed its limit",
            fieldPath: ".requests.\(name)"
        ) { resources in
            guard let request = resources.at("requests", name)?.quantity,
                let limit = resources.at("limits", name)?.quantity
            else { return true }
            return request <= limit
        }
    }

    /// A volume is large enough for a database.
    static let atLeastOneGibibyte = Rule(
        "quantity(self).compareTo(quantity('1Gi')) >= 0",
        "storage must be at least 1Gi"
    ) { storage in
        guard let wanted = storage.quantity, let least = Quantity("1Gi") else { return true }
        return wanted >= least
    }
}

extension JSONValue {
    /// The quantity that a text or a whole number is; nil when it is none.
    var quantity: Quantity? { (integer.map { String($0) } ?? string).flatMap { Quantity($0) } }

    /// Whether a field is there, as CEL's `has` sees it.
    func has(_ field: String) -> Bool { self[field].map { !$0.isNull } ?? false }
}
