import JSON
import KubernetesAPI

/// Builds what a cluster has besides its servers: Secrets, configurations, Services, the collector of binary logs.
struct XtraObjects {
    let snapshot: PerconaSnapshot
    let seed: UInt64

    private var spec: JSONValue { snapshot.spec }
    private var name: String { snapshot.name }
    private var text: SeededText { SeededText(seed: seed) }
    private var subject: String { "\(snapshot.cluster.objectUID) " }

    static let users = ["root", "xtrabackup", "monitor", "proxyadmin", "operator", "replication"]

    var usersSecret: String { Xtra.usersSecret(name, spec) }
    var internalSecret: String { "internal-\(name)" }
    var collector: String { name + "-pitr" }

    /// The users that a Secret lacks; empty when it lacks none.
    func missingUsers(_ texts: [String: String]) -> [String: String] {
        var missing: [String: String] = [:]
        for user in Self.users where texts[user] ?? "" == "" {
            missing[user] = text.letters(18, for: subject + user)
        }
        return missing
    }

    /// The Secrets with certificates; none where TLS is off.
    var certificates: [String] {
        guard Xtra.hasTLS(spec) else { return [] }
        return [
            name + "-ca-cert", Xtra.certificate(name, isInternal: false, spec),
            Xtra.certificate(name, isInternal: true, spec),
        ]
    }

    func certificate(_ secretName: String) -> JSONValue {
        let texts = [
            "ca.crt": text.pem("CERTIFICATE", for: subject + "ca"),
            "tls.crt": text.pem("CERTIFICATE", for: subject + secretName),
            "tls.key": text.pem("RSA PRIVATE KEY", for: subject + secretName),
        ]
        return secret(secretName, texts, type: "kubernetes.io/tls")
    }

    /// Secrets have no owner, so that they outlive the cluster.
    func secret(_ secretName: String, _ texts: [String: String], type: String = "Opaque") -> JSONValue {
        snapshot.secret(secretName, Xtra.labels(name), isOwned: false, texts, type: type)
    }

    func object(_ apiVersion: String, _ kind: String, _ objectName: String, component: String) -> JSONValue {
        snapshot.object(apiVersion, kind, objectName, Xtra.labels(name, component: component))
    }

    /// The ConfigMaps that hold configurations: the name, the key, the text that the spec gives.
    func configurations(_ apps: [XtraApp]) -> [(component: String, name: String, key: String, text: String)] {
        let keys = ["pxc": "init.cnf", "haproxy": "haproxy-global.cfg", "proxysql": "proxysql.cnf"]
        return apps.map { ($0.component, "\(name)-\($0.component)", keys[$0.component] ?? "", $0.configuration) }
    }

    /// What the operator sets for the servers by the memory they may use; nil when there is no limit.
    var tuning: String? {
        guard let limit = spec.at("pxc", "resources", "limits", "memory")?.string.flatMap({ Quantity($0) }) else {
            return nil
        }
        let configuration = spec.at("pxc", "configuration")?.string ?? ""
        var pool = limit.value / 100 * 75
        if limit.value - pool < 1 << 30 { pool = limit.value / 100 * 50 }
        var text = "[mysqld]"
        if !configuration.contains("innodb_buffer_pool_size") { text += "\ninnodb_buffer_pool_size = \(pool)" }
        if !configuration.contains("max_connections") { text += "\nmax_connections = \(limit.value / 12_582_880)" }
        return text
    }

    // MARK: Services

    func services(_ apps: [XtraApp]) -> [JSONValue] {
        let servers = spec["pxc"] ?? [:]
        var services = [
            service("pxc", name + "-pxc", [("mysql", 3306), ("mysql-admin", 33062), ("mysqlx", 33060)]),
            service("pxc", name + "-pxc-unready", [("mysql", 3306), ("mysql-admin", 33062), ("mysqlx", 33060)]),
        ]
        if servers.at("expose", "enabled")?.bool == true {
            for number in 0..<(apps.first?.size ?? 0) { services.append(podService(number, servers["expose"] ?? [:])) }
        }
        if let proxy = apps.first(where: { $0.component == "haproxy" }) {
            services.append(
                exposed(
                    "haproxy",
                    name + "-haproxy",
                    [("mysql", 3306), ("proxy-protocol", 3309), ("mysql-admin", 33062), ("mysqlx", 33060)],
                    proxy.json["exposePrimary"] ?? [:]
                )
            )
            // A section for the replicas that does not say it is enabled takes their Service away.
            let replicas = proxy.json["exposeReplicas"]
            if replicas == nil || replicas?["enabled"]?.bool == true {
                services.append(
                    exposed("haproxy", name + "-haproxy-replicas", [("mysql-replicas", 3306)], replicas ?? [:])
                )
            }
        }
        if let proxy = apps.first(where: { $0.component == "proxysql" }) {
            let ports: [(String, Int64)] = [("mysql", 3306), ("proxyadm", 6032), ("mysql-admin", 33062)]
            services.append(exposed("proxysql", name + "-proxysql", [ports[0], ports[2]], proxy.json["expose"] ?? [:]))
            services.append(service("proxysql", name + "-proxysql-unready", ports))
        }
        if snapshot.deployments[collector] != nil, spec.at("backup", "pitr", "enabled")?.bool == true {
            services.append(exposed("pitr", collector, [("http", 8080)], [:]))
        }
        return services
    }

    private func service(_ component: String, _ serviceName: String, _ ports: [(String, Int64)]) -> JSONValue {
        var service = object("v1", "Service", serviceName, component: component)
        service["spec"] = [
            "clusterIP": "None", "selector": JSONValue(Xtra.labels(name, component: component)),
            "ports": Self.ports(ports, component),
        ]
        return service
    }

    private static func ports(_ ports: [(String, Int64)], _ component: String) -> JSONValue {
        .array(
            ports.map { port in
                let target: Int64 = port.0 == "mysql-replicas" ? 3307 : port.1
                return [
                    "name": .string(port.0), "port": .integer(port.1), "targetPort": .integer(target),
                    "protocol": "TCP",
                ]
            }
        )
    }

    private func exposed(
        _ component: String,
        _ serviceName: String,
        _ ports: [(String, Int64)],
        _ expose: JSONValue
    ) -> JSONValue {
        var service = service(component, serviceName, ports)
        service["spec"] = JSONMergePatch.apply(["clusterIP": .null], to: service["spec"] ?? [:])
        PerconaExposure.addMetadata(
            labels: expose["labels"]?.strings ?? [:],
            annotations: expose["annotations"]?.strings ?? [:],
            to: &service
        )
        PerconaExposure.open(&service, expose, policies: ["NodePort": "Cluster", "LoadBalancer": "Cluster"])
        return service
    }

    private func podService(_ number: Int, _ expose: JSONValue) -> JSONValue {
        let pod = "\(name)-pxc-\(number)"
        var service = exposed("external-service", pod, [("mysql", 3306)], expose)
        var serviceSpec = service["spec"] ?? [:]
        serviceSpec["selector"] = [StatefulSetRules.podNameLabel: .string(pod)]
        service["spec"] = serviceSpec
        return service
    }

    /// The collector of binary logs for point-in-time recovery.
    var collectorDeployment: JSONValue {
        let labels = Xtra.labels(name, component: "pitr")
        var deployment = object("apps/v1", "Deployment", collector, component: "pitr")
        var container: JSONValue = ["name": "pitr", "image": spec.at("backup", "image") ?? ""]
        container["resources"] = spec.at("backup", "pitr", "resources")
        deployment["spec"] = [
            "replicas": 1, "selector": ["matchLabels": JSONValue(labels)],
            "template": ["metadata": ["labels": JSONValue(labels)], "spec": ["containers": [container]]],
        ]
        return deployment
    }
}
