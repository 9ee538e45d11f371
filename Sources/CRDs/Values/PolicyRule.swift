package import JSON

/// One permission of a role, as `rbac.authorization.k8s.io/v1` writes it.
///
/// Providers declare what they need with these; the shipped ClusterRole is put together from them.
package struct PolicyRule: Sendable, Hashable {
    package var apiGroups: [String]
    package var resources: [String]
    package var verbs: [String]
    /// Only objects of these names; empty means every name.
    ///
    /// Does not restrict create and list.
    package var resourceNames: [String]

    package init(apiGroups: [String], resources: [String], verbs: [String], resourceNames: [String] = []) {
        self.apiGroups = apiGroups
        self.resources = resources
        self.verbs = verbs
        self.resourceNames = resourceNames
    }

    /// The item of a role's `rules`.
    package var json: JSONValue {
        var fields: JSONObject = [
            "apiGroups": JSONValue(apiGroups), "resources": JSONValue(resources), "verbs": JSONValue(verbs),
        ]
        if !resourceNames.isEmpty { fields["resourceNames"] = JSONValue(resourceNames) }
        return .object(fields)
    }
}
