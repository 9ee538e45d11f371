import JSON
import KubernetesAPI

/// Builds the objects a cluster has once: services, secrets, budgets, accounts.
struct ClusterObjects {
    let snapshot: ClusterSnapshot
    let seed: UInt64

    private var name: String { snapshot.name }
    private var spec: JSONValue { snapshot.spec }

    /// What must exist, by place; made only when it does not.
    var required: [(ObjectReference, () -> JSONValue)] {
        var objects: [(ObjectReference, () -> JSONValue)] = []
        func add(_ resource: ResourceType, _ name: String, _ make: @escaping () -> JSONValue) {
            objects.append((snapshot.reference(resource, name), make))
        }
        let secrets = ClusterSecrets(snapshot: snapshot, seed: seed)
        for secret in secrets.names { add(.secret, secret) { secrets.secret(secret) } }
        for service in services { add(.service, service.objectName) { service } }
        for budget in budgets { add(.podDisruptionBudget, budget.objectName) { budget } }
        add(.serviceAccount, name) { object("v1", "ServiceAccount", name) }
        add(.role, name) {
            var role = object("rbac.authorization.k8s.io/v1", "Role", name)
            role["rules"] = [
                ["apiGroups": [.string(CNPG.group)], "resources": ["clusters"], "verbs": ["get", "list", "watch"]]
            ]
            return role
        }
        add(.roleBinding, name) {
            var binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", name)
            binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": .string(name)]
            binding["subjects"] = [
                ["kind": "ServiceAccount", "name": .string(name), "namespace": .string(snapshot.namespace)]
            ]
            return binding
        }
        if spec.at("monitoring", "disableDefaultQueries")?.bool != true {
            add(.configMap, "cnpg-default-monitoring") {
                [
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": [
                        "name": "cnpg-default-monitoring", "namespace": .string(snapshot.namespace),
                        "labels": ["cnpg.io/reload": ""],
                    ],
                    "data": ["queries": "pg_postmaster:\n  query: SELECT pg_postmaster_start_time AS start_time\n"],
                ]
            }
        }
        return objects
    }

    /// What may be left from an earlier spec and must go.
    var obsolete: [ObjectReference] {
        let kept = Set(required.map(\.0))
        return [
            snapshot.reference(.secret, name + "-superuser"), snapshot.reference(.service, name + "-ro"),
            snapshot.reference(.service, name + "-r"), snapshot.reference(.podDisruptionBudget, name),
            snapshot.reference(.podDisruptionBudget, name + "-primary"),
        ].filter { !kept.contains($0) }
    }

    private var services: [JSONValue] {
        let disabled = Set(spec.at("managed", "services", "disabledDefaultServices")?.array?.compactMap(\.string) ?? [])
        let standard = ["rw", "ro", "r"].filter { !disabled.contains($0) }.map { service("\(name)-\($0)", type: $0) }
        let additional = (spec.at("managed", "services", "additional")?.array ?? []).map { entry -> JSONValue in
            let template = entry["serviceTemplate"] ?? [:]
            let own = template.at("metadata", "name")?.string ?? ""
            var made = service(own, type: entry["selectorType"]?.string ?? "rw")
            for (part, value) in [
                ("labels", template.at("metadata", "labels")), ("annotations", template.at("metadata", "annotations")),
            ] {
                made["metadata"] = JSONMergePatch.apply([part: value ?? [:]], to: made["metadata"] ?? [:])
            }
            made["spec"] = JSONMergePatch.apply(template["spec"] ?? [:], to: made["spec"] ?? [:])
            return made
        }
        return standard + additional
    }

    private func service(_ serviceName: String, type: String) -> JSONValue {
        var selector: JSONObject = [CNPG.Label.cluster: .string(name)]
        switch type {
        case "rw": selector[CNPG.Label.instanceRole] = "primary"
        case "ro": selector[CNPG.Label.instanceRole] = "replica"
        default: selector[CNPG.Label.podRole] = "instance"
        }
        var service = object("v1", "Service", serviceName)
        service["spec"] = [
            "type": "ClusterIP", "selector": .object(selector),
            "ports": [["name": "postgres", "port": 5432, "protocol": "TCP", "targetPort": 5432]],
        ]
        return service
    }

    private var budgets: [JSONValue] {
        guard spec["enablePDB"]?.bool != false else { return [] }
        func budget(_ budgetName: String, _ role: String, _ least: Int) -> JSONValue {
            var made = object("policy/v1", "PodDisruptionBudget", budgetName)
            made["spec"] = [
                "minAvailable": JSONValue(least),
                "selector": [
                    "matchLabels": [CNPG.Label.cluster: .string(name), CNPG.Label.instanceRole: .string(role)]
                ],
            ]
            return made
        }
        let primary = budget(name + "-primary", "primary", 1)
        return snapshot.instanceCount < 3 ? [primary] : [primary, budget(name, "replica", snapshot.instanceCount - 2)]
    }

    private func object(_ apiVersion: String, _ kind: String, _ objectName: String) -> JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind),
            "metadata": [
                "name": .string(objectName), "namespace": .string(snapshot.namespace),
                "labels": [CNPG.Label.cluster: .string(name)],
                "annotations": [CNPG.Annotation.operatorVersion: .string(CNPG.operatorVersion)],
                "ownerReferences": [CNPG.controller(snapshot.cluster, kind: "Cluster")],
            ],
        ]
    }
}
