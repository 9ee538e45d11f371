extension PolicyRule {
    /// The same permissions, no more and no fewer, as few rules in a stable order.
    ///
    /// Resources of one group that allow the same verbs (and name the same objects) share a rule.
    package static func merged(_ rules: [PolicyRule]) -> [PolicyRule] {
        var verbs: [Target: Set<String>] = [:]
        for rule in rules {
            for group in rule.apiGroups {
                for resource in rule.resources {
                    let target = Target(group: group, resource: resource, names: rule.resourceNames.sorted())
                    verbs[target, default: []].formUnion(rule.verbs)
                }
            }
        }
        let grants = Dictionary(grouping: verbs) { Grant(group: $0.key.group, names: $0.key.names, verbs: $0.value) }
        return grants.map { grant, targets in
            PolicyRule(
                apiGroups: [grant.group],
                resources: targets.map(\.key.resource).sorted(),
                verbs: inOrder(grant.verbs),
                resourceNames: grant.names
            )
        }
        .sorted { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }
    }

    private struct Target: Hashable {
        let group: String
        let resource: String
        let names: [String]
    }

    private struct Grant: Hashable {
        let group: String
        let names: [String]
        let verbs: Set<String>
    }

    /// Reading verbs first, as roles are commonly written.
    private static func inOrder(_ verbs: Set<String>) -> [String] {
        let common = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
        return common.filter(verbs.contains) + verbs.subtracting(common).sorted()
    }

    private var sortKey: [String] { apiGroups + resources + resourceNames + verbs }
}
