import JSON
import KubernetesAPI

/// Builds what a cluster has besides its servers: Secrets, configurations, Services, budgets.
struct MongoObjects {
    let snapshot: PerconaSnapshot
    let seed: UInt64

    private var spec: JSONValue { snapshot.spec }
    private var name: String { snapshot.name }
    private var text: SeededText { SeededText(seed: seed) }
    private var subject: String { "\(snapshot.cluster.objectUID) " }

    var usersSecret: String { Mongo.usersSecret(spec) }
    var internalUsersSecret: String { "internal-\(name)-users" }

    /// The Secrets with keys and certificates, with what each is made of.
    ///
    /// Only the key that members know each other by and the certificates go with the cluster; the encryption key stays,
    /// since without it the volumes are worth nothing.
    func keys() -> [(name: String, isOwned: Bool, data: () -> [String: String])] {
        let text = text
        let subject = subject
        func certificate(_ name: String) -> [String: String] {
            [
                "ca.crt": text.pem("CERTIFICATE", for: subject + "ca"),
                "tls.crt": text.pem("CERTIFICATE", for: subject + name),
                "tls.key": text.pem("RSA PRIVATE KEY", for: subject + name),
            ]
        }
        var keys: [(String, Bool, () -> [String: String])] = []
        if spec.at("tls", "mode")?.string != "disabled" {
            keys.append(
                (
                    "\(name)-ca-cert", true,
                    {
                        [
                            "ca.crt": text.pem("CERTIFICATE", for: subject + "ca"),
                            "tls.crt": text.pem("CERTIFICATE", for: subject + "ca"),
                            "tls.key": text.pem("RSA PRIVATE KEY", for: subject + "ca"),
                        ]
                    }
                )
            )
            for field in ["ssl", "sslInternal"] {
                let standard = "\(name)-\(field == "ssl" ? "ssl" : "ssl-internal")"
                let secret = Mongo.secret(field, or: standard, spec)
                keys.append((secret, true, { certificate(secret) }))
            }
        }
        let keyFile = Mongo.secret("keyFile", or: "\(name)-mongodb-keyfile", spec)
        keys.append((keyFile, true, { ["mongodb-key": text.letters(1024, for: subject + keyFile)] }))
        let encryption = Mongo.secret("encryptionKey", or: "\(name)-mongodb-encryption-key", spec)
        keys.append((encryption, false, { ["encryption-key": text.letters(44, for: subject + encryption)] }))
        return keys.map { (name: $0.0, isOwned: $0.1, data: $0.2) }
    }

    /// The system users that a users Secret lacks; empty when it lacks none.
    func missingUsers(_ texts: [String: String]) -> [String: String] {
        let roles = [
            "BACKUP": "backup", "CLUSTER_ADMIN": "clusterAdmin", "CLUSTER_MONITOR": "clusterMonitor",
            "USER_ADMIN": "userAdmin", "DATABASE_ADMIN": "databaseAdmin",
        ]
        var missing: [String: String] = [:]
        for (key, role) in roles {
            if texts["MONGODB_\(key)_USER"] == nil { missing["MONGODB_\(key)_USER"] = role }
            let password = "MONGODB_\(key)_PASSWORD"
            if texts[password] == nil { missing[password] = text.letters(18, for: subject + password) }
        }
        return missing
    }

    /// What the Secret that the servers mount holds: every entry, and once more fit for an address.
    static func escaped(_ texts: [String: String]) -> [String: String] {
        var all = texts
        for (key, value) in texts { all[key + "_ESCAPED"] = queryEscaped(value) }
        return all
    }

    private static func queryEscaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte)
                || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            if isPlain {
                escaped.unicodeScalars.append(scalar)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (hex.count == 1 ? "0" + hex : hex)
            }
        }
        return escaped
    }

    func secret(_ secretName: String, isOwned: Bool, _ texts: [String: String]) -> JSONValue {
        snapshot.secret(secretName, Mongo.labels(name), isOwned: isOwned, texts)
    }

    /// The configurations that the spec gives, by the ConfigMap they go into, with the key.
    func configurations(
        _ replsets: [MongoReplset]
    ) -> [(name: String, key: String, text: String, labels: [String: String])] {
        var all: [(String, String, String, [String: String])] = []
        for replset in replsets {
            let labels = Mongo.labels(name, replset: replset.name, component: "mongod")
            all.append(("\(name)-\(replset.name)-mongod", "mongod.conf", replset.configuration, labels))
            for (field, short) in [("nonvoting", "nv"), ("hidden", "hidden")] where replset.others[short] != nil {
                let own = replset.json[field]?["configuration"]?.string ?? ""
                all.append(("\(name)-\(replset.name)-\(short)", "mongod.conf", own, labels))
            }
        }
        if spec.at("sharding", "enabled")?.bool == true {
            let text = spec.at("sharding", "mongos", "configuration")?.string ?? ""
            all.append(("\(name)-mongos", "mongos.conf", text, Mongo.labels(name)))
        }
        return all.map { (name: $0.0, key: $0.1, text: $0.2, labels: $0.3) }
    }
}
