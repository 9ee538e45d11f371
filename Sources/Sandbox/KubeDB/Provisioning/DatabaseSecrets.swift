import JSON
import KubernetesAPI

/// Builds the secrets of a database.
///
/// Certificates and keys are placeholders: nothing in the sandbox speaks with them.
struct DatabaseSecrets {
    let objects: DatabaseObjects

    private var snapshot: DatabaseSnapshot { objects.snapshot }
    private var spec: JSONValue { snapshot.spec }

    /// Whether clients give a name and a password.
    var hasCredentials: Bool { spec["disableAuth"]?.bool != true && spec["disableSecurity"]?.bool != true }
    var isExternal: Bool { spec.at("authSecret", "externallyManaged")?.bool == true }
    /// The secret with the administrator's credentials.
    var credentials: String {
        let named = spec.at("authSecret", "name")?.string ?? ""
        return named.isEmpty ? snapshot.name + "-auth" : named
    }

    /// The secrets that the operator makes.
    var required: [JSONValue] {
        var secrets: [JSONValue] = []
        if hasCredentials, !isExternal { secrets.append(credentialsSecret) }
        if snapshot.engine.name == "mongodb", spec["replicaSet"] != nil || spec["shardTopology"] != nil {
            secrets.append(secret(snapshot.name + "-key", type: "Opaque", ["key.txt": password(64, for: "key")]))
        }
        return spec["tls"] == nil ? secrets : secrets + certificates(for: "")
    }

    /// The secrets with certificates, as they are issued for that purpose.
    func certificates(for purpose: String) -> [JSONValue] {
        ["server", "client"].map { alias in
            secret(
                certificate(alias),
                type: "kubernetes.io/tls",
                ["ca.crt": pem("ca"), "tls.crt": pem(alias + purpose), "tls.key": pem(alias + "-key" + purpose)]
            )
        }
    }

    private func certificate(_ alias: String) -> String {
        let named = spec.at("tls", "certificates")?.array?.first { $0["alias"]?.string == alias }?["secretName"]?.string
        return named ?? "\(snapshot.name)-\(alias)-cert"
    }

    private var credentialsSecret: JSONValue {
        let version = snapshot.version ?? [:]
        let user = DatabaseDefaults(engine: snapshot.engine, version: version).administrator
        var secret = secret(
            credentials,
            type: "kubernetes.io/basic-auth",
            ["username": user, "password": password(16, for: credentials)]
        )
        secret.set(["metadata", "annotations", KubeDB.Annotation.activeFrom], .string(objects.now.description))
        return secret
    }

    private func secret(_ name: String, type: String, _ data: [String: String]) -> JSONValue {
        var secret = objects.object("v1", "Secret", name)
        secret["type"] = .string(type)
        secret["data"] = JSONValue(data.mapValues { Base64.encode(Array($0.utf8)) })
        return secret
    }

    private func pem(_ name: String) -> String {
        "-----BEGIN CERTIFICATE-----\n\(password(64, for: name + ".crt"))\n-----END CERTIFICATE-----\n"
    }

    /// Letters and digits that follow from the seed, the database's uid and what they are for.
    func password(_ count: Int, for purpose: String) -> String {
        SeededText(seed: objects.seed).letters(count, for: "\(snapshot.database.objectUID) \(purpose)")
    }
}
