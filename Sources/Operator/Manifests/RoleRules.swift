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
}
