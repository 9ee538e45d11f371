import CRDs
import JSON
import KubernetesAPI

/// `spec.providerOptions` of a CloudNativePG cluster; documented in docs/providers/cnpg.md.
///
/// Reading is lenient: an option of the wrong shape counts as absent, since ``refusals`` has named it before anything
/// is rendered.
struct CNPGOptions {
    let value: JSONValue

    init(_ cluster: DatabaseCluster) { value = cluster.spec.providerOptions }

    static let shape = OptionShape.object([
        "database": .text, "owner": .text,
        "image": .object([
            "repository": .text, "flavor": .word(["minimal", "standard", "system"]),
            "distribution": .word(["trixie", "bookworm", "bullseye"]),
            "pullPolicy": .word(["Always", "IfNotPresent", "Never"]), "pullSecrets": .texts,
        ]),
        "initdb": .object([
            "encoding": .text, "localeCollate": .text, "localeCType": .text, "dataChecksums": .boolean,
            "walSegmentSize": .integer(1...1024),
        ]),
        "walStorage": .object(["size": .quantity, "storageClass": .text]),
        "synchronous": .object([
            "method": .word(["any", "first"]), "number": .integer(1...100),
            "dataDurability": .word(["required", "preferred"]),
        ]),
        "hba": .texts, "sharedPreloadLibraries": .texts,
        "primaryUpdateMethod": .word(["restart", "switchover"]),
        "superuserAccess": .boolean, "podDisruptionBudget": .boolean,
        "labels": .textMap, "annotations": .textMap,
        "pooler": .object(["mode": .word(["session", "transaction"]), "parameters": .textMap]),
        "backup": .object([
            "retentionPolicy": .text, "target": .word(["primary", "prefer-standby"]),
            "walCompression": .word(["bzip2", "gzip", "lz4", "snappy", "xz", "zstd"]),
            "dataCompression": .word(["bzip2", "gzip", "lz4", "snappy"]),
            "endpointCA": .object(["name": .text, "key": .text]),
        ]),
    ])

    /// Options that do not exist, or are not what they must be.
    var refusals: [Refusal] { Self.shape.refusals(value, at: "providerOptions") }

    var database: String? { value["database"]?.string }
    var owner: String? { value["owner"]?.string }
    var imageRepository: String {
        value.at("image", "repository")?.string ?? "ghcr.io/cloudnative-pg/postgresql"
    }
    var imageFlavor: String { value.at("image", "flavor")?.string ?? "standard" }
    var imageDistribution: String { value.at("image", "distribution")?.string ?? "trixie" }
    var imagePullPolicy: String? { value.at("image", "pullPolicy")?.string }
    var imagePullSecrets: [String] { Self.texts(value.at("image", "pullSecrets")) }
    var initdb: JSONObject { value["initdb"]?.object ?? [:] }
    /// Nil when no volume of its own is asked for.
    var walStorage: JSONObject? { value["walStorage"]?.object }
    var walStorageSize: Quantity? { walStorage?["size"]?.string.flatMap { Quantity($0) } }
    var synchronous: JSONObject? { value["synchronous"]?.object }
    var hba: [String] { Self.texts(value["hba"]) }
    var sharedPreloadLibraries: [String] { Self.texts(value["sharedPreloadLibraries"]) }
    var primaryUpdateMethod: String? { value["primaryUpdateMethod"]?.string }
    var superuserAccess: Bool? { value["superuserAccess"]?.bool }
    var podDisruptionBudget: Bool? { value["podDisruptionBudget"]?.bool }
    var labels: JSONObject { value["labels"]?.object ?? [:] }
    var annotations: JSONObject { value["annotations"]?.object ?? [:] }
    var poolMode: String { value.at("pooler", "mode")?.string ?? "session" }
    var poolerParameters: JSONObject { value.at("pooler", "parameters")?.object ?? [:] }
    var retentionPolicy: String? { value.at("backup", "retentionPolicy")?.string }
    var backupTarget: String? { value.at("backup", "target")?.string }
    var walCompression: String? { value.at("backup", "walCompression")?.string }
    var dataCompression: String? { value.at("backup", "dataCompression")?.string }
    var endpointCA: JSONValue? { value.at("backup", "endpointCA") }

    private static func texts(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }
}
