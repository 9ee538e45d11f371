import JSON
import KubernetesAPI

/// Builds the certificates and passwords of a cluster.
///
/// Certificates are placeholders: nothing in the sandbox speaks TLS with them.
struct StrimziSecrets {
    let kafka: JSONValue
    let seed: UInt64

    private var cluster: String { kafka.objectName }

    static let certificateGeneration = "strimzi.io/ca-cert-generation"
    static let keyGeneration = "strimzi.io/ca-key-generation"

    /// The secrets of the two certificate authorities and what follows from them, in the order they are made in.
    ///
    /// - Throws: when the user keeps an authority of his own and its secrets are not there.
    func authorities(_ existing: (String) -> JSONValue?) throws(StrimziFailure) -> [JSONValue] {
        var secrets: [JSONValue] = []
        for (authority, field, title) in [
            ("cluster-ca", "clusterCa", "Cluster CA"), ("clients-ca", "clientsCa", "Clients CA"),
        ] {
            let settings = kafka.at("spec", field)
            let certificate = "\(cluster)-\(authority)-cert"
            let key = "\(cluster)-\(authority)"
            guard settings?["generateCertificateAuthority"]?.bool != false else {
                guard existing(certificate) != nil, existing(key) != nil else {
                    throw .invalidResource("\(title) should not be generated, but the secrets were not found.")
                }
                continue
            }
            let isOwned = settings?["generateSecretOwnerReference"]?.bool != false
            let generation = self.generation(existing(certificate))
            let round = generation == "0" ? "" : generation
            secrets.append(
                secret(
                    certificate,
                    [
                        "ca.crt": Self.certificate(text(64, certificate + round)),
                        "ca.p12": text(64, certificate + ".p12"),
                        "ca.password": text(12, certificate + ".password"),
                    ],
                    annotations: [Self.certificateGeneration: generation],
                    isOwned: isOwned
                )
            )
            secrets.append(
                secret(
                    key,
                    ["ca.key": Self.key(text(64, key))],
                    annotations: [Self.keyGeneration: "0"],
                    isOwned: isOwned
                )
            )
        }
        return secrets + followers
    }

    /// The generation of an authority's certificate: one more when its renewal is asked for.
    private func generation(_ certificate: JSONValue?) -> String {
        let current = certificate?.annotation(Self.certificateGeneration).flatMap { Int($0) } ?? 0
        return String(certificate?.isAnnotated(Strimzi.Annotation.forceRenew) == true ? current + 1 : current)
    }

    private var followers: [JSONValue] {
        [
            secret(
                cluster + "-trustbundle",
                [
                    "cluster-ca.crt": text(64, cluster + "-cluster-ca-cert"),
                    "clients-ca.crt": text(64, cluster + "-clients-ca-cert"),
                ]
            ),
            identity(cluster + "-cluster-operator-certs", "cluster-operator"),
        ]
    }

    /// A secret with one certificate and its key.
    ///
    /// - Parameter hash: what the certificate follows from beside its name; kept in an annotation when there is one.
    func identity(_ secretName: String, _ entry: String, hash: String? = nil) -> JSONValue {
        secret(
            secretName,
            [
                "\(entry).crt": Self.certificate(text(64, "\(secretName)\(hash ?? "")")),
                "\(entry).key": Self.key(text(64, "\(secretName)\(hash ?? "").key")),
            ],
            annotations: hash.map { [Strimzi.Annotation.certificateHash: $0] } ?? [:]
        )
    }

    /// Passwords of Cruise Control's API.
    var cruiseControlAPI: JSONValue {
        let name = Strimzi.cruiseControl(cluster) + "-api"
        return secret(
            name,
            [
                "cruise-control.apiAdminName": "rebalance-operator",
                "cruise-control.apiAdminPassword": text(16, name + ".admin"),
                "cruise-control.apiUserName": "healthcheck", "cruise-control.apiUserPassword": text(16, name + ".user"),
                "cruise-control.apiAuthFile": "rebalance-operator: \(text(16, name + ".admin")),ADMIN\n",
            ]
        )
    }

    var jmx: JSONValue? {
        guard kafka.at("spec", "kafka", "jmxOptions", "authentication", "type")?.string == "password" else {
            return nil
        }
        let name = cluster + "-kafka-jmx"
        return secret(name, ["jmx-username": text(16, name + ".user"), "jmx-password": text(16, name + ".password")])
    }

    private func secret(
        _ name: String,
        _ data: [String: String],
        annotations: [String: String] = [:],
        isOwned: Bool = true
    ) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(name), "namespace": .string(kafka.objectNamespace),
            "labels": StrimziLabels(of: kafka, name: cluster + "-kafka", type: "kafka").json,
        ]
        if isOwned { metadata["ownerReferences"] = [Strimzi.owner(kafka, .kafka)] }
        if !annotations.isEmpty { metadata["annotations"] = JSONValue(annotations) }
        return [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata,
            "data": JSONValue(data.mapValues { Base64.encode(Array($0.utf8)) }),
        ]
    }

    static func certificate(_ text: String) -> String {
        "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
    }

    static func key(_ text: String) -> String {
        "-----BEGIN PRIVATE KEY-----\n\(text)\n-----END PRIVATE KEY-----\n"
    }

    private func text(_ count: Int, _ name: String) -> String {
        SeededText(seed: seed).letters(count, for: "\(kafka.objectUID) \(name)")
    }
}
