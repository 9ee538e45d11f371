import CRDs
import JSON
import KubernetesAPI

/// `spec.providerOptions` of a Percona XtraDB Cluster; documented in docs/providers/percona-pxc.md.
///
/// Reading is lenient: an option of the wrong shape counts as absent, since ``refusals`` has named it before anything
/// is rendered.
struct PXCOptions {
    let value: JSONValue

    init(_ cluster: DatabaseCluster) { value = cluster.spec.providerOptions }

    static let shape = OptionShape.object([
        "crVersion": .text, "unsafeSizes": .boolean,
        "antiAffinityTopologyKey": .word([
            "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "none",
        ]),
        "image": .object([
            "repository": .text, "pullPolicy": .word(["Always", "IfNotPresent", "Never"]), "pullSecrets": .texts,
        ]),
        "images": .object(["backup": .text, "haproxy": .text, "proxysql": .text, "pmm": .text]),
        "haproxy": .object(["configuration": .text]),
        "proxysql": .object(["configuration": .text, "storage": .quantity]),
        "tls": .object([
            "issuer": .object(["name": .text, "kind": .text, "group": .text]), "names": .texts,
        ]),
        "user": .object(["name": .text, "databases": .texts, "hosts": .texts, "grants": .texts]),
        "backup": .object([
            "startingDeadlineSeconds": .integer(30...86_400), "backoffLimit": .integer(0...100),
            "binlogUploadSeconds": .integer(1...86_400),
        ]),
    ])

    /// Options that do not exist, or are not what they must be.
    var refusals: [Refusal] { Self.shape.refusals(value, at: "providerOptions") }

    /// Nil: that of before, or the newest that this provider knows.
    var operatorLevel: String? { value["crVersion"]?.string }
    /// Sizes that Percona's operator calls unsafe are wanted all the same.
    var takesUnsafeSizes: Bool { value["unsafeSizes"]?.bool ?? false }
    var topologyKey: String { value["antiAffinityTopologyKey"]?.string ?? "kubernetes.io/hostname" }
    var repository: String { value.at("image", "repository")?.string ?? PXCRelease.repository }
    var pullPolicy: String? { value.at("image", "pullPolicy")?.string }
    var pullSecrets: [String] { Self.texts(value.at("image", "pullSecrets")) }
    /// Of one of backup, haproxy, proxysql and pmm; nil when none is named.
    func image(_ part: String) -> String? { value["images"]?[part]?.string }
    var haproxyConfiguration: String? { value.at("haproxy", "configuration")?.string }
    var proxysqlConfiguration: String? { value.at("proxysql", "configuration")?.string }
    var proxysqlStorage: String { value.at("proxysql", "storage")?.string ?? "2Gi" }
    var issuer: JSONObject? { value.at("tls", "issuer")?.object }
    var certificateNames: [String] { Self.texts(value.at("tls", "names")) }
    var user: JSONObject? { value["user"]?.object }
    /// How long a backup waits for the cluster to be ready; without an end it would do so for ever.
    var startingDeadline: Int64 { value.at("backup", "startingDeadlineSeconds")?.integer ?? 600 }
    var backoffLimit: Int64? { value.at("backup", "backoffLimit")?.integer }
    var binlogUploadSeconds: Int64 { value.at("backup", "binlogUploadSeconds")?.integer ?? 60 }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }
}
