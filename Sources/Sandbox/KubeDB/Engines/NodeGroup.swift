import JSON
import KubernetesAPI

/// The pods of a database that one PetSet makes, and where its definition speaks of them.
struct NodeGroup: Sendable, Equatable {
    /// The key that requests name it by: "replicaSet", "shard", "node", "broker", ….
    let key: String
    /// The PetSet's name; its pods are called after it.
    let name: String
    var replicas: Int
    /// Where in the spec its number of pods stands.
    let replicasPath: [String]
    /// Where the claim of each pod stands; nil where its pods have no volume of their own.
    let storagePath: [String]?
    /// Where its pod template stands.
    let templatePath: [String]
    let container: String
    /// Nil where its pods have none.
    var sidecar: String?
    /// Nil where nobody leads.
    var roles: DatabaseEngine.Roles?
    /// Labels of its pods beside those of the database.
    var labels: [String: String] = [:]
    /// The service that gives its pods their names.
    var service: String

    /// Whether its pods answer the database's clients.
    var isServing = true

    /// Where the configuration of its servers stands.
    var configurationPath: [String] { templatePath.dropLast() + ["configuration"] }
}

extension DatabaseEngine {
    /// The groups of pods that a definition asks for, those that start first before the others.
    func groups(of name: String, _ spec: JSONValue) -> [NodeGroup] {
        switch database.plural {
        case "mongodbs": mongoDBGroups(name, spec)
        case "redises": redisGroups(name, spec)
        case "elasticsearches": elasticsearchGroups(name, spec)
        case "kafkas": kafkaGroups(name, spec)
        case "postgreses": postgresGroups(name, spec)
        case "mysqls": mysqlGroups(name, spec)
        case "mariadbs": mariadbGroups(name, spec)
        default: [plain(name, spec, key: self.name)]
        }
    }

    /// Pods called after the database, as most engines have them.
    private func plain(_ name: String, _ spec: JSONValue, key: String, hasSidecar: Bool? = nil) -> NodeGroup {
        let replicas = Int(spec["replicas"]?.integer ?? 1)
        return NodeGroup(
            key: key,
            name: name,
            replicas: replicas,
            replicasPath: ["replicas"],
            storagePath: ["storage"],
            templatePath: ["podTemplate"],
            container: container,
            sidecar: hasSidecar ?? sidecarIsAlways ? sidecar : nil,
            roles: hasSidecar ?? sidecarIsAlways ? roles : nil,
            service: name + "-pods"
        )
    }

    private func component(
        _ name: String,
        _ spec: JSONValue,
        key: String,
        _ path: [String],
        suffix: String? = nil
    ) -> NodeGroup {
        let group = spec.at(path: path) ?? [:]
        let ownSuffix = group["suffix"]?.string ?? suffix ?? key
        return NodeGroup(
            key: key,
            name: "\(name)-\(ownSuffix)",
            replicas: Int(group["replicas"]?.integer ?? 1),
            replicasPath: path + ["replicas"],
            storagePath: path + ["storage"],
            templatePath: path + ["podTemplate"],
            container: container,
            service: name + "-pods"
        )
    }

    private func mongoDBGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        guard let topology = spec["shardTopology"] else {
            let isReplicaSet = spec["replicaSet"] != nil
            var groups = [
                plain(name, spec, key: isReplicaSet ? "replicaSet" : "standalone", hasSidecar: isReplicaSet)
            ]
            if spec["arbiter"] != nil {
                groups.append(extra(name + "-arbiter", "arbiter", 1, ["arbiter"], storage: nil, service: name))
            }
            if let hidden = spec["hidden"] {
                let count = Int(hidden["replicas"]?.integer ?? 1)
                groups.append(
                    extra(name + "-hidden", "hidden", count, ["hidden"], storage: ["hidden", "storage"], service: name)
                )
            }
            return groups
        }
        func part(_ key: String, _ petSet: String, sidecar: String?) -> NodeGroup {
            NodeGroup(
                key: key,
                name: petSet,
                replicas: Int(topology[key]?["replicas"]?.integer ?? 1),
                replicasPath: ["shardTopology", key, "replicas"],
                storagePath: key == "mongos" ? nil : ["shardTopology", key, "storage"],
                templatePath: ["shardTopology", key, "podTemplate"],
                container: container,
                sidecar: sidecar,
                roles: sidecar == nil ? nil : roles,
                labels: ["mongodb.kubedb.com/node.\(key == "configServer" ? "config" : key)": petSet],
                service: petSet + "-pods",
                isServing: key == "mongos"
            )
        }
        let shards = Int(topology.at("shard", "shards")?.integer ?? 1)
        return [part("configServer", name + "-configsvr", sidecar: sidecar)]
            + (0..<max(0, shards)).map { part("shard", "\(name)-shard\($0)", sidecar: sidecar) }
            + [part("mongos", name + "-mongos", sidecar: nil)]
    }

    /// Pods beside the database's own, which have no leader.
    private func extra(
        _ name: String,
        _ key: String,
        _ replicas: Int,
        _ path: [String],
        storage: [String]?,
        service: String,
        container: String? = nil,
        template: [String]? = nil
    ) -> NodeGroup {
        NodeGroup(
            key: key,
            name: name,
            replicas: replicas,
            replicasPath: path + ["replicas"],
            storagePath: storage,
            templatePath: template ?? path + ["podTemplate"],
            container: container ?? self.container,
            service: service + "-pods",
            isServing: false
        )
    }

    private func postgresGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        var groups = [plain(name, spec, key: "postgres")]
        if spec["arbiter"] != nil {
            // An arbiter speaks of its resources directly, and its volume stands among them.
            groups.append(
                extra(name + "-arbiter", "arbiter", 1, ["arbiter"], storage: nil, service: name, container: "postgres")
            )
        }
        return groups
    }

    private func mysqlGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        let mode = spec.at("topology", "mode")?.string
        let hasCoordinator = mode == "GroupReplication" || mode == "InnoDBCluster" || mode == "SemiSync"
        var groups = [plain(name, spec, key: "mysql", hasSidecar: hasCoordinator)]
        if mode == "InnoDBCluster" {
            let path = ["topology", "innoDBCluster", "router"]
            let count = Int(spec.at(path: path + ["replicas"])?.integer ?? 1)
            groups.append(
                extra(name + "-router", "router", count, path, storage: nil, service: name, container: "mysql-router")
            )
        }
        return groups
    }

    private func mariadbGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        let mode = spec.at("topology", "mode")?.string
        var own = plain(name, spec, key: "mariadb", hasSidecar: mode != nil)
        // All members of a Galera cluster take writes.
        if mode == "GaleraCluster" { own.roles = nil }
        guard mode == "MariaDBReplication" else { return [own] }
        let path = ["topology", "maxscale"]
        let count = Int(spec.at(path: path + ["replicas"])?.integer ?? 1)
        return [
            own,
            extra(
                name + "-mx",
                "maxscale",
                count,
                path,
                storage: path + ["storage"],
                service: name + "-mx",
                container: "maxscale"
            ),
        ]
    }

    private func redisGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        guard spec["mode"]?.string == "Cluster" else {
            return [plain(name, spec, key: "redis", hasSidecar: spec["mode"]?.string == "Sentinel")]
        }
        let shards = Int(spec.at("cluster", "shards")?.integer ?? 3)
        return (0..<max(0, shards)).map { shard in
            var group = plain(name, spec, key: "redis", hasSidecar: false)
            group = NodeGroup(
                key: group.key,
                name: "\(name)-shard\(shard)",
                replicas: Int(spec.at("cluster", "replicas")?.integer ?? 2),
                replicasPath: ["cluster", "replicas"],
                storagePath: group.storagePath,
                templatePath: group.templatePath,
                container: group.container,
                labels: ["redis.kubedb.com/shard": "\(name)-shard\(shard)"],
                service: group.service
            )
            return group
        }
    }

    private func elasticsearchGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        func role(_ role: String) -> String { "kubedb.com/role-\(role)" }
        guard let topology = spec["topology"] else {
            var group = plain(name, spec, key: "node")
            group.labels = [role("master"): "set", role("data"): "set", role("ingest"): "set"]
            return [group]
        }
        return Self.elasticsearchRoles.filter { topology[$0.key] != nil }.map { key, suffix in
            var group = component(name, spec, key: key, ["topology", key], suffix: suffix)
            group.labels = [role(suffix): "set"]
            return group
        }
    }

    /// The roles of Elasticsearch's nodes as the definition spells them, with the suffix that each has by default.
    static let elasticsearchRoles: [(key: String, suffix: String)] = [
        ("master", "master"), ("data", "data"), ("dataContent", "data-content"), ("dataHot", "data-hot"),
        ("dataWarm", "data-warm"), ("dataCold", "data-cold"), ("dataFrozen", "data-frozen"), ("ml", "ml"),
        ("transform", "transform"), ("coordinating", "coordinating"), ("ingest", "ingest"),
    ]

    private func kafkaGroups(_ name: String, _ spec: JSONValue) -> [NodeGroup] {
        guard let topology = spec["topology"] else {
            var group = plain(name, spec, key: "node")
            group.labels = ["kubedb.com/role-controller": "set", "kubedb.com/role-broker": "set"]
            return [group]
        }
        return ["controller", "broker"].filter { topology[$0] != nil }.map { key in
            var group = component(name, spec, key: key, ["topology", key])
            group.labels = ["kubedb.com/role-\(key)": "set"]
            group.isServing = key == "broker"
            return group
        }
    }
}
