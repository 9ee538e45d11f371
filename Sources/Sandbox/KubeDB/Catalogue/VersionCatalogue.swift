import JSON
import KubernetesAPI

/// The objects in `catalog.kubedb.com` that an installation of KubeDB brings.
enum VersionCatalogue {
    /// All of them, with the kind of each.
    static var objects: [(resource: ResourceType, object: JSONValue)] {
        let tables: [(DatabaseEngine, String)] = [
            (.mongodb, mongodb), (.postgres, postgres), (.mysql, mysql), (.mariadb, mariadb), (.redis, redis),
            (.elasticsearch, elasticsearch), (.kafka, kafka),
        ]
        return tables.flatMap { engine, table in
            table.split(separator: "\n").compactMap { line in
                object(line, of: engine).map { (engine.catalogue, $0) }
            }
        }
    }

    private static func object(_ line: Substring, of engine: DatabaseEngine) -> JSONValue? {
        let columns = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard columns.count == 9 else { return nil }
        let (name, version, image, flags) = (columns[0], columns[1], columns[2], columns[8])
        var spec: JSONValue = [
            "version": .string(version), "db": ["image": .string(image)],
            "podSecurityPolicies": ["databasePolicyName": .string("\(engine.name)-db")],
        ]
        if !columns[6].isEmpty { spec["distribution"] = .string(columns[6]) }
        if engine.name == "postgres", !columns[7].isEmpty { spec.set(["db", "baseOS"], .string(columns[7])) }
        if engine.name == "elasticsearch" { spec["authPlugin"] = .string(columns[7]) }
        if let user = Int64(columns[3]) { spec.set(["securityContext", "runAsUser"], .integer(user)) }
        if engine.name == "mongodb", let user = Int64(columns[3]) {
            spec.set(["securityContext", "runAsGroup"], .integer(user == 999 ? 999 : 0))
        }
        if flags.contains("n") { spec.set(["securityContext", "runAsAnyNonRoot"], true) }
        if flags.contains("d") { spec["deprecated"] = true }
        if flags.contains("e") { spec["endOfLife"] = true }
        spec["updateConstraints"] = constraints(allowed: columns[4], denied: columns[5], engine)
        for (part, image) in images(of: engine, version, hasRouter: flags.contains("r")) {
            spec[part] = ["image": .string(image)]
        }
        if engine.name == "elasticsearch" {
            spec.set(["initContainer", "yqImage"], "ghcr.io/kubedb/elasticsearch-yq:v1")
        }
        return [
            "apiVersion": .string(engine.catalogue.apiVersion), "kind": .string(engine.catalogue.kind),
            "metadata": [
                "name": .string(name),
                "labels": [
                    KubeDB.Label.name: "kubedb-catalog", KubeDB.Label.instance: "kubedb-catalog",
                ],
            ],
            "spec": spec,
        ]
    }

    private static func constraints(allowed: String, denied: String, _ engine: DatabaseEngine) -> JSONValue? {
        var result: JSONObject = [:]
        for (list, range) in [("allowlist", allowed), ("denylist", denied)] where !range.isEmpty {
            let ranges: JSONValue = [.string(range)]
            result[list] = engine.name == "mysql" ? ["groupReplication": ranges, "standalone": ranges] : ranges
        }
        return result.names.isEmpty ? nil : .object(result)
    }

    /// The images beside the database's own.
    private static func images(
        of engine: DatabaseEngine,
        _ version: String,
        hasRouter: Bool
    ) -> [(String, String)] {
        let ours = "ghcr.io/kubedb/"
        let theirs = "ghcr.io/appscode-images/"
        switch engine.name {
        case "mongodb":
            return [
                ("exporter", ours + "mongodb_exporter:v0.47.2"), ("initContainer", ours + "mongodb-init:6.0-v12"),
                ("replicationModeDetector", ours + "replication-mode-detector:v0.53.0"),
            ]
        case "postgres":
            return [
                ("coordinator", ours + "pg-coordinator:v0.50.0"), ("initContainer", ours + "postgres-init:0.21.0"),
                ("exporter", "docker.io/prometheuscommunity/postgres-exporter:v0.18.1"),
            ]
        case "mysql":
            let router = [
                ("router", theirs + "mysql-router:\(version)"),
                ("routerInitContainer", ours + "mysql-router-init:v0.44.0"),
            ]
            return [
                ("coordinator", ours + "mysql-coordinator:v0.44.0"), ("initContainer", ours + "mysql-init:0.2.0"),
                ("exporter", ours + "mysqld-exporter:v0.18.0"),
            ] + (hasRouter ? router : [])
        case "mariadb":
            return [
                ("coordinator", ours + "mariadb-coordinator:v0.46.0"), ("initContainer", ours + "mariadb-init:0.9.0"),
                ("exporter", "docker.io/prom/mysqld-exporter:v0.18.0"),
                ("maxscale", "docker.io/mariadb/maxscale:24.02.4"),
            ]
        case "redis":
            return [
                ("coordinator", ours + "redis-coordinator:v0.45.0"), ("initContainer", ours + "redis-init:0.12.2"),
                ("exporter", ours + "redis_exporter:1.66.0"),
            ]
        case "elasticsearch":
            return [
                ("dashboard", theirs + "kibana:\(version)"), ("initContainer", "docker.io/tianon/toybox:0.8.11"),
                ("exporter", "docker.io/prometheuscommunity/elasticsearch-exporter:v1.10.0"),
            ]
        default:
            return [
                ("connectCluster", theirs + "kafka-connect-cluster:\(version)"),
                ("cruiseControl", theirs + "kafka-cruise-control:\(version)"),
                ("initContainer", ours + "kafka-init:4.0-v2"),
            ]
        }
    }
}
