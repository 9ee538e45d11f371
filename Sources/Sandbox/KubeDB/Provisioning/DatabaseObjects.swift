import JSON
import KubernetesAPI

/// Builds the objects that a database has once: secrets, services, accounts, budgets, its AppBinding.
struct DatabaseObjects {
    let snapshot: DatabaseSnapshot
    let seed: UInt64
    let now: Timestamp

    var engine: DatabaseEngine { snapshot.engine }
    var spec: JSONValue { snapshot.spec }
    var name: String { snapshot.name }

    /// The labels that say whose an object is.
    var selectors: [String: String] {
        [
            KubeDB.Label.name: engine.qualifiedName, KubeDB.Label.instance: name,
            KubeDB.Label.manager: KubeDB.group,
        ]
    }

    /// The labels of everything made for the database: its own ones flow on to its children.
    var labels: [String: String] {
        let own = snapshot.database.at("metadata", "labels")?.strings ?? [:]
        return own.merging([KubeDB.Label.component: engine.name == "kafka" ? "kafka" : "database"]) { $1 }
            .merging(selectors) { $1 }
    }

    /// What must exist, by place; made only when it does not.
    var required: [(ObjectReference, () -> JSONValue)] {
        var objects: [(ObjectReference, () -> JSONValue)] = []
        func add(_ resource: ResourceType, _ name: String, _ make: @escaping () -> JSONValue) {
            objects.append((snapshot.reference(resource, name), make))
        }
        for secret in DatabaseSecrets(objects: self).required { add(.secret, secret.objectName) { secret } }
        for service in services { add(.service, service.objectName) { service } }
        add(.serviceAccount, name) { object("v1", "ServiceAccount", name) }
        add(.role, name) {
            var role = object("rbac.authorization.k8s.io/v1", "Role", name)
            role["rules"] = [["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "patch"]]]
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
        for group in snapshot.groups where group.replicas > 1 {
            add(.podDisruptionBudget, group.name) {
                var budget = object("policy/v1", "PodDisruptionBudget", group.name)
                budget["spec"] = [
                    "maxUnavailable": 1,
                    "selector": [
                        "matchLabels": JSONValue(selectors.merging([KubeDB.Label.owner: group.name]) { $1 })
                    ],
                ]
                return budget
            }
        }
        return objects
    }

    /// Where the objects stand that halting takes away; secrets and volumes stay.
    var takenByHalting: [ObjectReference] {
        required.map(\.0).filter { $0.resource != .secret } + [snapshot.reference(.kubeDBAppBinding, name)]
    }

    func object(_ apiVersion: String, _ kind: String, _ objectName: String) -> JSONValue {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind),
            "metadata": [
                "name": .string(objectName), "namespace": .string(snapshot.namespace), "labels": JSONValue(labels),
                "ownerReferences": [KubeDB.controller(snapshot.database)],
            ],
        ]
    }

    /// What other programs read to connect.
    var appBinding: JSONValue {
        var binding = object("appcatalog.appscode.com/v1alpha1", "AppBinding", name)
        let service = engine.hasPrimaryService ? name : name + "-pods"
        var fields: JSONObject = [
            "type": .string("\(KubeDB.group)/\(engine.name)"),
            "version": snapshot.version?.at("spec", "version") ?? "",
            "appRef": [
                "apiGroup": .string(KubeDB.group), "kind": .string(engine.kind), "name": .string(name),
                "namespace": .string(snapshot.namespace),
            ],
            "clientConfig": [
                "service": [
                    "name": .string(service), "port": .integer(engine.port), "scheme": .string(engine.scheme),
                ]
            ],
        ]
        if let secret = spec.at("authSecret", "name")?.string, !secret.isEmpty {
            fields["secret"] = ["kind": "Secret", "name": .string(secret)]
        }
        if spec["tls"] != nil { fields["tlsSecret"] = ["name": .string("\(name)-client-cert")] }
        binding["spec"] = .object(fields)
        return binding
    }
}

/// Services.
extension DatabaseObjects {
    var services: [JSONValue] {
        let isClustered =
            snapshot.groups.contains { $0.roles != nil && $0.replicas > 1 }
            || (engine.name == "mariadb" || spec["mode"]?.string == "Sentinel") && snapshot.groups[0].replicas > 1
        var services: [JSONValue] = []
        if engine.hasPrimaryService { services.append(primary) }
        if engine.hasStandbyService, isClustered {
            services.append(service("\(name)-standby", alias: "standby", role: snapshot.groups[0].roles?.standby))
        }
        for governing in Set(snapshot.groups.map(\.service)).sorted() {
            var service = service(governing, alias: nil, role: nil)
            service.set(["spec", "clusterIP"], "None")
            service.set(["spec", "publishNotReadyAddresses"], true)
            services.append(service)
        }
        if engine.name == "elasticsearch" {
            services.append(service("\(name)-master", alias: nil, role: nil, port: ("transport", 9300)))
        }
        if snapshot.groups.contains(where: { $0.key == "router" }) {
            services.append(service("\(name)-router", alias: nil, role: nil, port: ("rw", 6446)))
        }
        if snapshot.groups.contains(where: { $0.key == "maxscale" }) {
            services.append(service("\(name)-mx", alias: nil, role: nil, port: ("ui", 8989)))
        }
        if spec["monitor"] != nil {
            let port = spec.at("monitor", "prometheus", "exporter", "port")?.integer ?? 56790
            services.append(service("\(name)-stats", alias: "stats", role: nil, port: ("metrics", port)))
        }
        return services
    }

    private var primary: JSONValue {
        // Whoever serves clients: the mongos of a sharded MongoDB, else the one who leads, where somebody does.
        let serving = snapshot.groups.first { $0.isServing }
        var service = service(name, alias: "primary", role: serving?.roles?.primary)
        for (label, value) in serving?.labels ?? [:] where snapshot.groups.contains(where: { !$0.isServing }) {
            service.set(["spec", "selector", label], .string(value))
        }
        return service
    }

    private func service(
        _ serviceName: String,
        alias: String?,
        role: String?,
        port: (name: String, number: Int64)? = nil
    ) -> JSONValue {
        var selector = selectors
        if let role { selector[KubeDB.Label.role] = role }
        var service = object("v1", "Service", serviceName)
        let (portName, number) = port ?? (alias ?? "db", engine.port)
        var fields: JSONValue = [
            "type": "ClusterIP", "selector": JSONValue(selector),
            "ports": [
                [
                    "name": .string(portName), "port": .integer(number), "protocol": "TCP",
                    "targetPort": port == nil ? "db" : .integer(number),
                ]
            ],
        ]
        if let template = spec["serviceTemplates"]?.array?.first(where: { $0["alias"]?.string == alias && alias != nil }
        ) {
            for part in ["labels", "annotations"] {
                for field in template.at("metadata", part)?.object ?? [:] {
                    service.set(["metadata", part, field.name], field.value)
                }
            }
            for field in template["spec"]?.object ?? [:] where field.name != "ports" {
                fields[field.name] = field.value
            }
            if let ports = template.at("spec", "ports")?.array, !ports.isEmpty {
                fields["ports"] = .array(
                    ports.map { port in
                        var port = port
                        port["protocol"] = "TCP"
                        port["targetPort"] = "db"
                        return port
                    }
                )
            }
        }
        service["spec"] = fields
        return service
    }
}
