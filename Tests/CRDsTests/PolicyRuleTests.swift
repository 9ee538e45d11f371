import CRDs
import Testing

@Suite struct PolicyRuleTests {
    @Test("Merging keeps every permission, adds none, and does not depend on the order")
    func merging() {
        let rules = [
            PolicyRule(apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get"]),
            PolicyRule(apiGroups: [""], resources: ["pods"], verbs: ["watch", "list", "get"]),
            PolicyRule(apiGroups: ["", "batch"], resources: ["jobs"], verbs: ["get", "list", "watch"]),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["delete"], resourceNames: ["one"]),
        ]
        let expected = [
            PolicyRule(apiGroups: [""], resources: ["jobs", "pods"], verbs: ["get", "list", "watch"]),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get"]),
            PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["delete"], resourceNames: ["one"]),
            PolicyRule(apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "watch"]),
        ]
        #expect(PolicyRule.merged(rules) == expected)
        #expect(PolicyRule.merged(rules.reversed()) == expected)
    }
}
