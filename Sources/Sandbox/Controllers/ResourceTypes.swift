import JSON
import KubernetesAPI

/// The kinds whose objects the controllers look after.
struct ResourceTypes: Sendable {
    /// The built-in kinds that may own or be owned.
    static let builtIn: [ResourceType] = [
        .pod, .persistentVolumeClaim, .service, .secret, .configMap, .serviceAccount, .lease, .deployment, .statefulSet,
        .job, .event, .coreEvent, .podDisruptionBudget, .role, .roleBinding,
    ]
    private static let clusterScoped: [ResourceType] = [.namespace, .storageClass, .customResourceDefinition]

    let types: [ResourceType]

    /// Those that are served now: built-in ones and those of established definitions, one version each.
    init(servedBy api: any SandboxAPI) async {
        let definitions = await api.list(.customResourceDefinition, namespace: nil, labels: [:])
        var types: [ResourceType] = []
        for type in Self.builtIn + Self.clusterScoped + definitions.compactMap(Self.type)
        where await api.isServed(type) { types.append(type) }
        self.types = types
    }

    init(types: [ResourceType]) { self.types = types }

    /// Whether the kind of that definition is among these exactly when it is served now.
    ///
    /// Reads one definition and not all: hundreds of kilobytes are nothing rare in one, and all are told of at once.
    func agree(on definition: ObjectKey, with api: any SandboxAPI) async -> Bool {
        guard let type = await api.get(.customResourceDefinition, definition).flatMap(Self.type),
            await api.isServed(type)
        else { return !types.contains { "\($0.plural).\($0.group)" == definition.name } }
        return types.contains(type)
    }

    /// The kind a definition defines, in its stored version; nil when the definition names none.
    static func type(of definition: JSONValue) -> ResourceType? {
        guard let spec = definition["spec"], let group = spec["group"]?.string,
            let plural = spec.at("names", "plural")?.string, let kind = spec.at("names", "kind")?.string,
            let version = spec["versions"]?.array?.first(where: { $0["storage"]?.bool == true })?["name"]?.string
        else { return nil }
        return ResourceType(
            group: group,
            version: version,
            plural: plural,
            kind: kind,
            isNamespaced: spec["scope"]?.string != "Cluster"
        )
    }

    /// The kind that an owner reference means, whatever its version; nil when no such kind is served.
    func type(apiVersion: String, kind: String) -> ResourceType? {
        let group = apiVersion.split(separator: "/").count == 2 ? String(apiVersion.prefix { $0 != "/" }) : ""
        return types.first { $0.group == group && $0.kind == kind }
    }
}

extension ResourceType {
    static let role = ResourceType(
        group: "rbac.authorization.k8s.io",
        version: "v1",
        plural: "roles",
        kind: "Role",
        isNamespaced: true
    )
    static let roleBinding = ResourceType(
        group: "rbac.authorization.k8s.io",
        version: "v1",
        plural: "rolebindings",
        kind: "RoleBinding",
        isNamespaced: true
    )
}
