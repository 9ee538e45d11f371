import CRDs
import JSON
import Testing

@Suite struct DatabaseClusterRuleTests {
    static let cases: [RuleCase] = [
        RuleCase(
            message: "provider is immutable",
            field: "spec.provider",
            good: #"{"engine": "postgresql", "provider": "cnpg", "storage": "1Gi"}"#,
            bad: #"{"engine": "postgresql", "provider": "kubedb", "storage": "1Gi"}"#,
            old: #"{"engine": "postgresql", "provider": "cnpg", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "provider is immutable",
            field: "spec.provider",
            good: #"{"engine": "postgresql", "storage": "1Gi"}"#,
            bad: #"{"engine": "postgresql", "provider": "cnpg", "storage": "1Gi"}"#,
            old: #"{"engine": "postgresql", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "storageClassName is immutable once set",
            field: "spec.storageClassName",
            good: #"{"engine": "redis", "storageClassName": "fast", "storage": "1Gi"}"#,
            bad: #"{"engine": "redis", "storage": "1Gi"}"#,
            old: #"{"engine": "redis", "storageClassName": "fast", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "dataSource acts at creation only",
            field: "spec.dataSource",
            good: #"{"engine": "mysql", "storage": "1Gi"}"#,
            bad: #"{"engine": "mysql", "storage": "1Gi", "dataSource": {"backup": {"name": "b"}}}"#,
            old: #"{"engine": "mysql", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "engine is immutable",
            field: "spec.engine",
            good: #"{"engine": "mysql", "storage": "1Gi"}"#,
            bad: #"{"engine": "mariadb", "storage": "1Gi"}"#,
            old: #"{"engine": "mysql", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "give size or resources, not both",
            field: "spec",
            good: #"{"engine": "mysql", "storage": "1Gi", "size": "db.t3.large"}"#,
            bad: #"{"engine": "mysql", "storage": "1Gi", "size": "db.t3.large", "resources": {}}"#
        ),
        RuleCase(
            message: "this provider does not serve this engine",
            field: "spec.provider",
            good: #"{"engine": "kafka", "provider": "strimzi", "storage": "1Gi"}"#,
            bad: #"{"engine": "kafka", "provider": "cnpg", "storage": "1Gi"}"#
        ),
        RuleCase(
            message: "this proxy does not fit this engine",
            field: "spec.proxy.type",
            good: #"{"engine": "mariadb", "storage": "1Gi", "proxy": {"type": "proxysql"}}"#,
            bad: #"{"engine": "mongodb", "storage": "1Gi", "proxy": {"type": "pgbouncer"}}"#
        ),
        RuleCase(
            message: "cpu request must not exceed its limit",
            field: "spec.resources.requests.cpu",
            good:
                #"{"engine": "mysql", "storage": "1Gi", "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1}}}"#,
            bad:
                #"{"engine": "mysql", "storage": "1Gi", "resources": {"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}}"#
        ),
        RuleCase(
            message: "memory request must not exceed its limit",
            field: "spec.proxy.resources.requests.memory",
            good: """
                {"engine": "mysql", "storage": "1Gi",
                 "proxy": {"resources": {"requests": {"memory": "1024Mi"}, "limits": {"memory": "1Gi"}}}}
                """,
            bad: """
                {"engine": "mysql", "storage": "1Gi",
                 "proxy": {"resources": {"requests": {"memory": "1025Mi"}, "limits": {"memory": "1Gi"}}}}
                """
        ),
        RuleCase(
            message: "storage must be at least 1Gi",
            field: "spec.storage",
            good: #"{"engine": "mysql", "storage": "1073741824"}"#,
            bad: #"{"engine": "mysql", "storage": "1G"}"#
        ),
        RuleCase(
            message: "storage can grow but not shrink",
            field: "spec.storage",
            good: #"{"engine": "mysql", "storage": "10240Mi"}"#,
            bad: #"{"engine": "mysql", "storage": "9Gi"}"#,
            old: #"{"engine": "mysql", "storage": "10Gi"}"#
        ),
        RuleCase(
            message: "schedules need a storage",
            field: "spec.backup",
            good: #"{"engine": "mysql", "storage": "1Gi", "backup": {"schedules": []}}"#,
            bad:
                #"{"engine": "mysql", "storage": "1Gi", "backup": {"schedules": [{"name": "a", "schedule": "0 2 * * *"}]}}"#
        ),
        RuleCase(
            message: "exactly one of backup, cluster and external",
            field: "spec.dataSource",
            good: #"{"engine": "mysql", "storage": "1Gi", "dataSource": {"cluster": {"name": "other"}}}"#,
            bad: #"{"engine": "mysql", "storage": "1Gi", "dataSource": {}}"#
        ),
    ]

    @Test("A rule takes what it should and refuses what it should, at the field to blame", arguments: cases)
    func rule(_ example: RuleCase) throws {
        let old = try example.old.map { try Sample.cluster($0) }
        #expect(DatabaseClusterRules.validate(new: try Sample.cluster(example.good), old: old).isEmpty)
        let violations = DatabaseClusterRules.validate(new: try Sample.cluster(example.bad), old: old)
        #expect(violations.count == 1)
        #expect(violations.first?.field == example.field)
        #expect(violations.first?.message.hasPrefix(example.message) == true)
    }

    @Test(
        "A name that children could not be named after is refused",
        arguments: [
            ("Upper", "name must be a DNS label"), ("1st", "name must be a DNS label"),
            ("end-", "name must be a DNS label"), ("a.b", "name must be a DNS label"),
            (String(repeating: "a", count: 41), "name must be at most 40 characters"),
        ]
    )
    func badName(_ name: String, _ message: String) throws {
        let spec = #"{"engine": "mysql", "storage": "1Gi"}"#
        let violations = DatabaseClusterRules.validate(new: try Sample.cluster(spec, name: name), old: nil)
        #expect(violations.map(\.field) == ["<nil>"])
        #expect(violations.first?.message.hasPrefix(message) == true)
    }

    @Test("A violation tells the value of a scalar, and no value of an object or where a change is forbidden")
    func violationValues() throws {
        let old = try Sample.cluster(#"{"engine": "mysql", "storage": "10Gi", "provider": "kubedb"}"#)
        let new = try Sample.cluster(#"{"engine": "mysql", "storage": "5Gi", "size": "a", "resources": {}}"#)
        let found = DatabaseClusterRules.validate(new: new, old: old)
        #expect(found.map(\.field) == ["spec.provider", "spec", "spec.storage"])
        #expect(found.map(\.reason) == [.forbidden, .invalid, .invalid])
        #expect(found.map(\.value) == [.none, .none, .string("5Gi")])
    }

    @Test("Every rule of the kind has a manifest here that it refuses")
    func everyRuleIsTried() throws {
        var refused = Set(
            try Self.cases.flatMap { example in
                let old = try example.old.map { try Sample.cluster($0) }
                return DatabaseClusterRules.validate(new: try Sample.cluster(example.bad), old: old).map(\.message)
            }
        )
        for name in ["1", String(repeating: "a", count: 41)] {
            let cluster = try Sample.cluster(#"{"engine": "mysql", "storage": "1Gi"}"#, name: name)
            refused.formUnion(DatabaseClusterRules.validate(new: cluster, old: nil).map(\.message))
        }
        #expect(Set(DatabaseCluster.schema.placedRules.map(\.rule.message)).subtracting(refused).isEmpty)
    }
}
