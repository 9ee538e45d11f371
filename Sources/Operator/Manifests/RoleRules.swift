import CRDs

/// What the operator may do in a cluster: its own kinds, and what the providers declare for theirs.
///
/// Nothing is granted that no code uses; a permission comes with the code that needs it.
enum RoleRules {
    /// What every installation needs, whichever providers it has.
    static let core: [PolicyRule] = [
        // Finalizers and the spec changes of declarative operations; restores into a new cluster create one.
        PolicyRule(
            apiGroups: [APIGroup.name],
            resources: ["databaseclusters"],
            verbs: ["get", "list", "watch", "create", "update", "patch"]
        ),
        // Drift of a provider with native operations is filed as an OpsRequest; finished ones are deleted in time.
        PolicyRule(
            apiGroups: [APIGroup.name],
            resources: ["opsrequests"],
            verbs: ["get", "list", "watch", "create", "update", "patch", "delete"]
        ),
        PolicyRule(apiGroups: [APIGroup.name], resources: ["backupstorages"], verbs: ["get", "list", "watch"]),
        PolicyRule(
            apiGroups: [APIGroup.name],
            resources: ["databaseclusters/status", "opsrequests/status", "backupstorages/status"],
            verbs: ["get", "update", "patch"]
        ),
        // An owner reference that blocks the owner's deletion needs this where the server checks it.
        PolicyRule(
            apiGroups: [APIGroup.name],
            resources: ["databaseclusters/finalizers", "opsrequests/finalizers"],
            verbs: ["update"]
        ),
        PolicyRule(apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"]),
        // Which child operators are installed, and which fields they know.
        PolicyRule(
            apiGroups: ["apiextensions.k8s.io"],
            resources: ["customresourcedefinitions"],
            verbs: ["get", "list", "watch"]
        ),
        PolicyRule(apiGroups: [""], resources: ["namespaces"], verbs: ["get"]),
    ]

    /// One rule per group and set of verbs, in a stable order, with everything that the given rules allow and no more.
    static func merged(_ rules: [PolicyRule]) -> [PolicyRule] {
        var verbs: [Target: Set<String>] = [:]
        for rule in rules {
            for group in rule.apiGroups {
                for resource in rule.resources {
                    let target = Target(group: group, resource: resource, names: rule.resourceNames.sorted())
                    verbs[target, default: []].formUnion(rule.verbs)
                }
            }
        }
        let groups = Dictionary(grouping: verbs) { Grant(group: $0.key.group, names: $0.key.names, verbs: $0.value) }
        return groups.map { grant, targets in
            PolicyRule(
                apiGroups: [grant.group],
                resources: targets.map(\.key.resource).sorted(),
                verbs: inOrder(grant.verbs),
                resourceNames: grant.names
            )
        }
        .sorted { sortKey(of: $0).lexicographicallyPrecedes(sortKey(of: $1)) }
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

    private static func sortKey(of rule: PolicyRule) -> [String] {
        rule.apiGroups + rule.resources + rule.resourceNames + rule.verbs
    }
}
