import CRDs
import JSON
import Testing

@Suite struct OpsRequestRuleTests {
    /// A valid block for each type that needs or takes one.
    static let blocks: [String: String] = [
        "horizontalScaling": #"{"replicas": 5}"#, "verticalScaling": #"{"size": "db.t3.large"}"#,
        "volumeExpansion": #"{"storage": "20Gi"}"#, "reconfiguring": #"{"remove": ["work_mem"]}"#,
        "upgrade": #"{"version": "16.6"}"#, "backup": #"{"name": "b"}"#, "restore": #"{"backup": "b"}"#,
        "switchover": #"{"target": "demo-2"}"#, "rebuildInstance": #"{"instance": "demo-3"}"#,
        "custom": #"{"operation": "rebalance"}"#,
    ]

    static let needed: [(type: String, blocks: [String])] = [
        ("Start", []), ("Stop", []), ("Restart", []), ("HorizontalScaling", ["horizontalScaling"]),
        ("VerticalScaling", ["verticalScaling"]), ("Scaling", ["horizontalScaling", "verticalScaling"]),
        ("VolumeExpansion", ["volumeExpansion"]), ("Reconfiguring", ["reconfiguring"]), ("Upgrade", ["upgrade"]),
        ("Backup", []), ("Restore", ["restore"]), ("Switchover", []), ("RebuildInstance", ["rebuildInstance"]),
        ("Custom", ["custom"]),
    ]

    static func spec(_ type: String, _ names: [String], more: String = "") -> String {
        let blocks = names.map { #", "\#($0)": \#(Self.blocks[$0] ?? "{}")"# }.joined()
        return #"{"clusterRef": "demo", "type": "\#(type)"\#(blocks)\#(more)}"#
    }

    static func validate(_ new: String, old: String? = nil) throws -> [FieldViolation] {
        OpsRequestRules.validate(
            new: try Sample.request(new),
            old: try old.map { try Sample.request($0) }
        )
    }

    @Test("Each type takes exactly its blocks", arguments: needed)
    func blocksOfTypes(_ type: String, _ blocks: [String]) throws {
        #expect(try Self.validate(Self.spec(type, blocks)).isEmpty)
        for missing in blocks {
            let found = try Self.validate(Self.spec(type, blocks.filter { $0 != missing }))
            #expect(found.map(\.field) == ["spec.\(missing)"])
        }
        let optional = ["Backup": "backup", "Switchover": "switchover"][type]
        for other in Self.blocks.keys where !blocks.contains(other) && other != optional {
            let found = try Self.validate(Self.spec(type, blocks + [other]))
            #expect(found.map(\.field) == ["spec.\(other)"])
            #expect(found.first?.message.hasPrefix("\(other) goes with type") == true)
        }
        if let optional { #expect(try Self.validate(Self.spec(type, blocks + [optional])).isEmpty) }
    }

    static let cases: [RuleCase] = [
        RuleCase(
            message: "give replicas or shards",
            field: "spec.horizontalScaling",
            good: #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {"shards": 2}}"#,
            bad: #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {}}"#
        ),
        RuleCase(
            message: "give size or resources, exactly one",
            field: "spec.verticalScaling",
            good: #"{"clusterRef": "demo", "type": "VerticalScaling", "verticalScaling": {"resources": {}}}"#,
            bad: #"{"clusterRef": "demo", "type": "VerticalScaling", "verticalScaling": {"component": "a"}}"#
        ),
        RuleCase(
            message: "cpu request must not exceed its limit",
            field: "spec.verticalScaling.resources.requests.cpu",
            good: """
                {"clusterRef": "demo", "type": "VerticalScaling",
                 "verticalScaling": {"resources": {"requests": {"cpu": 1}}}}
                """,
            bad: """
                {"clusterRef": "demo", "type": "VerticalScaling",
                 "verticalScaling": {"resources": {"requests": {"cpu": 1}, "limits": {"cpu": "999m"}}}}
                """
        ),
        RuleCase(
            message: "memory request must not exceed its limit",
            field: "spec.verticalScaling.resources.requests.memory",
            good: """
                {"clusterRef": "demo", "type": "VerticalScaling",
                 "verticalScaling": {"resources": {"limits": {"memory": "1Gi"}}}}
                """,
            bad: """
                {"clusterRef": "demo", "type": "VerticalScaling",
                 "verticalScaling": {"resources": {"requests": {"memory": "1.1Gi"}, "limits": {"memory": "1Gi"}}}}
                """
        ),
        RuleCase(
            message: "storage must be at least 1Gi",
            field: "spec.volumeExpansion.storage",
            good: #"{"clusterRef": "demo", "type": "VolumeExpansion", "volumeExpansion": {"storage": "1Gi"}}"#,
            bad: #"{"clusterRef": "demo", "type": "VolumeExpansion", "volumeExpansion": {"storage": "1023Mi"}}"#
        ),
        RuleCase(
            message: "give config or remove",
            field: "spec.reconfiguring",
            good: #"{"clusterRef": "demo", "type": "Reconfiguring", "reconfiguring": {"remove": ["a"]}}"#,
            bad: #"{"clusterRef": "demo", "type": "Reconfiguring", "reconfiguring": {}}"#
        ),
        RuleCase(
            message: "give backup or pointInTime",
            field: "spec.restore",
            good: #"{"clusterRef": "demo", "type": "Restore", "restore": {"pointInTime": "2026-11-01T12:00:00Z"}}"#,
            bad: #"{"clusterRef": "demo", "type": "Restore", "restore": {"into": "other"}}"#
        ),
        RuleCase(
            message: "into must name another cluster",
            field: "spec.restore.into",
            good: #"{"clusterRef": "demo", "type": "Restore", "restore": {"backup": "b", "into": "other"}}"#,
            bad: #"{"clusterRef": "demo", "type": "Restore", "restore": {"backup": "b", "into": "demo"}}"#
        ),
        RuleCase(
            message: "a cancelled request cannot be taken up again",
            field: "spec.cancel",
            good: #"{"clusterRef": "demo", "type": "Restart", "cancel": true}"#,
            bad: #"{"clusterRef": "demo", "type": "Restart", "cancel": false}"#,
            old: #"{"clusterRef": "demo", "type": "Restart", "cancel": true}"#
        ),
        RuleCase(
            message: "an OpsRequest cannot be changed",
            field: "spec",
            good: #"{"clusterRef": "demo", "type": "Restart", "cancel": true, "ttlSecondsAfterFinished": 1}"#,
            bad: #"{"clusterRef": "demo", "type": "Restart", "timeoutSeconds": 5}"#,
            old: #"{"clusterRef": "demo", "type": "Restart"}"#
        ),
        RuleCase(
            message: "an OpsRequest cannot be changed",
            field: "spec.horizontalScaling",
            good: #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {"replicas": 3}}"#,
            bad: #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {"replicas": 5}}"#,
            old: #"{"clusterRef": "demo", "type": "HorizontalScaling", "horizontalScaling": {"replicas": 3}}"#
        ),
    ]

    @Test("A rule takes what it should and refuses what it should, at the field to blame", arguments: cases)
    func rule(_ example: RuleCase) throws {
        #expect(try Self.validate(example.good, old: example.old).isEmpty)
        let violations = try Self.validate(example.bad, old: example.old)
        #expect(violations.map(\.field) == [example.field])
        #expect(violations.first?.message.hasPrefix(example.message) == true)
    }

    @Test("Every rule of the kind has a manifest here that it refuses")
    func everyRuleIsTried() throws {
        var refused = Set(try Self.cases.flatMap { try Self.validate($0.bad, old: $0.old).map(\.message) })
        for name in Self.blocks.keys {
            refused.formUnion(try Self.validate(Self.spec("Restart", [name])).map(\.message))
        }
        #expect(Set(OpsRequest.schema.placedRules.map(\.rule.message)).subtracting(refused).isEmpty)
    }

    @Test("Every field of the spec but cancel and the TTL is final, one by one")
    func everyFieldIsFinal() throws {
        let names = OpsRequest.schema.properties.first { $0.name == "spec" }?.schema.properties.map(\.name) ?? []
        let rules = OpsRequest.schema.placedRules
        for name in names {
            let isFinal = rules.contains { $0.path == ".spec.\(name)" && $0.rule.expression == "self == oldSelf" }
            #expect(isFinal == (name != "cancel" && name != "ttlSecondsAfterFinished"), "\(name)")
        }
    }
}
