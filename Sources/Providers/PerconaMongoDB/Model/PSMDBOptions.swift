import CRDs
import JSON
import KubernetesAPI

/// `spec.providerOptions` of a Percona Server for MongoDB cluster; documented in docs/providers/percona-psmdb.md.
///
/// Reading is lenient: an option of the wrong shape counts as absent, since ``refusals`` has named it before anything
/// is rendered.
struct PSMDBOptions {
    let value: JSONValue

    init(_ cluster: DatabaseCluster) { value = cluster.spec.providerOptions }

    static let shape = OptionShape.object([
        "crVersion": .text,
        "image": .object([
            "repository": .text, "backup": .text, "pmm": .text,
            "pullPolicy": .word(["Always", "IfNotPresent", "Never"]), "pullSecrets": .texts,
        ]),
        "antiAffinity": .word(["kubernetes.io/hostname", "topology.kubernetes.io/zone", "none"]),
        "cacheSizePercent": .integer(10...90),
        "raiseFeatureCompatibility": .boolean,
        "labels": .textMap, "annotations": .textMap,
        "tls": .object([
            "mode": .word(["preferTLS", "requireTLS", "allowTLS", "disabled"]),
            "issuer": .object(["name": .text, "kind": .text, "group": .text]),
        ]),
        "configServers": .object([
            "members": .integer(1...7), "storage": .quantity, "size": .text, "config": .textMap,
        ]),
        "mongosConfig": .textMap,
        "backup": .object([
            "forcePathStyle": .boolean, "oplogMinutes": .integer(1...60),
            "startingDeadlineSeconds": .integer(60...86_400),
        ]),
    ])

    /// Options that do not exist, or are not what they must be.
    var refusals: [Refusal] { Self.shape.refusals(value, at: "providerOptions") }

    var operatorLevel: String? { value["crVersion"]?.string }
    var repository: String { value.at("image", "repository")?.string ?? PSMDBRelease.repository }
    var backupImage: String? { value.at("image", "backup")?.string }
    var pmmImage: String? { value.at("image", "pmm")?.string }
    var pullPolicy: String? { value.at("image", "pullPolicy")?.string }
    var pullSecrets: [String] { value.at("image", "pullSecrets")?.array?.compactMap(\.string) ?? [] }
    /// Over what the members of a replica set are spread; `none` for nothing.
    var antiAffinity: String? { value["antiAffinity"]?.string }
    var cacheSizePercent: Int64? { value["cacheSizePercent"]?.integer }
    var raisesFeatureCompatibility: Bool { value["raiseFeatureCompatibility"]?.bool ?? true }
    var labels: JSONObject { value["labels"]?.object ?? [:] }
    var annotations: JSONObject { value["annotations"]?.object ?? [:] }
    var tlsMode: String? { value.at("tls", "mode")?.string }
    var issuer: JSONObject? { value.at("tls", "issuer")?.object }
    var configServers: Int? { value.at("configServers", "members")?.integer.map { Int($0) } }
    var configServerStorage: Quantity {
        value.at("configServers", "storage")?.string.flatMap { Quantity($0) } ?? Self.smallVolume
    }
    var configServerSize: String? { value.at("configServers", "size")?.string }
    var configServerConfig: [ConfigParameter] { Self.parameters(value.at("configServers", "config")) }
    var mongosConfig: [ConfigParameter] { Self.parameters(value["mongosConfig"]) }
    var forcesPathStyle: Bool? { value.at("backup", "forcePathStyle")?.bool }
    var oplogMinutes: Int64? { value.at("backup", "oplogMinutes")?.integer }
    /// For how long a backup waits for the cluster to be ready; Percona's own two minutes are short.
    var startingDeadline: Int64 { value.at("backup", "startingDeadlineSeconds")?.integer ?? 600 }

    private static let smallVolume = Quantity(bytes: 3 << 30)

    private static func parameters(_ value: JSONValue?) -> [ConfigParameter] {
        (value?.object ?? [:]).compactMap { field in
            field.value.string.map { ConfigParameter(name: field.name, value: $0) }
        }
    }
}
