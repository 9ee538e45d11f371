import JSON
import KubernetesAPI

/// Builds the secrets of a cluster.
///
/// Certificates are placeholders: nothing in the sandbox speaks TLS with them.
struct ClusterSecrets {
    let snapshot: ClusterSnapshot
    let seed: UInt64

    private var cluster: String { snapshot.name }
    private var bootstrap: JSONValue {
        let methods = snapshot.spec["bootstrap"] ?? [:]
        return methods["initdb"] ?? methods["recovery"] ?? methods["pg_basebackup"] ?? [:]
    }

    var serverAuthority: String { named("serverCASecret") ?? cluster + "-ca" }
    var clientAuthority: String { named("clientCASecret") ?? cluster + "-ca" }
    var server: String { named("serverTLSSecret") ?? cluster + "-server" }
    var replication: String { named("replicationTLSSecret") ?? cluster + "-replication" }
    /// The secret with the application's credentials; one the user names is never made.
    var application: String { bootstrap.at("secret", "name")?.string ?? cluster + "-app" }

    /// The secrets that the operator makes.
    var names: [String] {
        var names: [String] = []
        if named("serverCASecret") == nil || named("clientCASecret") == nil { names.append(cluster + "-ca") }
        if named("serverTLSSecret") == nil { names.append(cluster + "-server") }
        if named("replicationTLSSecret") == nil { names.append(cluster + "-replication") }
        if bootstrap.at("secret", "name") == nil, !ClusterValidation.isReplica(snapshot.spec) {
            names.append(cluster + "-app")
        }
        if snapshot.spec["enableSuperuserAccess"]?.bool == true, snapshot.spec.at("superuserSecret", "name") == nil {
            names.append(cluster + "-superuser")
        }
        return names
    }

    func secret(_ name: String) -> JSONValue {
        switch name {
        case cluster + "-app":
            let owner = bootstrap["owner"]?.string ?? "app"
            return credentials(name, user: owner, database: bootstrap["database"]?.string ?? "app", userType: "app")
        case cluster + "-superuser":
            return credentials(name, user: "postgres", database: "*", userType: "superuser")
        case cluster + "-ca":
            return secret(name, type: "Opaque", ["ca.crt": certificate(name), "ca.key": key(name)])
        default:
            return secret(name, type: "kubernetes.io/tls", ["tls.crt": certificate(name), "tls.key": key(name)])
        }
    }

    private func credentials(_ name: String, user: String, database: String, userType: String) -> JSONValue {
        let password = text(64, for: name)
        let host = cluster + "-rw"
        let near = "\(host).\(snapshot.namespace)"
        let far = "\(near).svc.cluster.local"
        func uri(_ host: String) -> String { "postgresql://\(user):\(password)@\(host):5432/\(database)" }
        func jdbc(_ host: String) -> String {
            "jdbc:postgresql://\(host):5432/\(database)?password=\(password)&user=\(user)"
        }
        return secret(
            name,
            type: "kubernetes.io/basic-auth",
            [
                "username": user, "user": user, "password": password, "dbname": database, "host": host,
                "port": "5432", "pgpass": "\(host):5432:\(database):\(user):\(password)\n", "uri": uri(near),
                "jdbc-uri": jdbc(near), "fqdn-uri": uri(far), "fqdn-jdbc-uri": jdbc(far),
            ],
            labels: ["cnpg.io/userType": userType, "cnpg.io/reload": "true"]
        )
    }

    private func secret(
        _ name: String,
        type: String,
        _ data: [String: String],
        labels: [String: String] = [:]
    )
        -> JSONValue
    {
        [
            "apiVersion": "v1", "kind": "Secret", "type": .string(type),
            "metadata": [
                "name": .string(name), "namespace": .string(snapshot.namespace),
                "labels": JSONValue(labels.merging([CNPG.Label.cluster: cluster]) { $1 }),
                "annotations": [CNPG.Annotation.operatorVersion: .string(CNPG.operatorVersion)],
                "ownerReferences": [CNPG.controller(snapshot.cluster, kind: "Cluster")],
            ],
            "data": JSONValue(data.mapValues { Base64.encode(Array($0.utf8)) }),
        ]
    }

    private func named(_ field: String) -> String? { snapshot.spec.at("certificates", field)?.string }

    private func certificate(_ name: String) -> String {
        "-----BEGIN CERTIFICATE-----\n\(text(64, for: name + ".crt"))\n-----END CERTIFICATE-----\n"
    }

    private func key(_ name: String) -> String {
        "-----BEGIN EC PRIVATE KEY-----\n\(text(64, for: name + ".key"))\n-----END EC PRIVATE KEY-----\n"
    }

    private func text(_ count: Int, for name: String) -> String {
        SeededText(seed: seed).letters(count, for: "\(snapshot.cluster.objectUID) \(name)")
    }
}
