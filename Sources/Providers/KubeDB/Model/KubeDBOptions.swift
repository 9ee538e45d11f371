import CRDs
import JSON
import KubernetesAPI

/// `spec.providerOptions` of a KubeDB database; documented in docs/providers/kubedb.md.
///
/// Reading is lenient: an option of the wrong shape counts as absent, since ``refusals`` has named it before anything
/// is rendered.
struct KubeDBOptions: Sendable {
    let value: JSONValue
    private let engine: Engine

    init(_ cluster: DatabaseCluster) {
        value = cluster.spec.providerOptions
        engine = cluster.spec.engine
    }

    /// A part of the topology beside the members that hold data.
    private static func part(storage: Bool = true) -> OptionShape {
        .object(storage ? ["replicas": .integer(1...50), "storage": .quantity] : ["replicas": .integer(1...50)])
    }

    /// What every engine has.
    private static let common: [String: OptionShape] = [
        "storageType": .word(["Durable", "Ephemeral"]), "wipeOut": .boolean, "placementPolicy": .text,
        "authSecret": .text, "labels": .textMap, "annotations": .textMap,
        "combinedScaling": .word(["Sequential", "TryFirst"]), "storageExpansion": .word(["OpsRequest", "Patch"]),
        "healthChecker": .object([
            "periodSeconds": .integer(1...3600), "timeoutSeconds": .integer(1...3600),
            "failureThreshold": .integer(1...100), "disableWriteCheck": .boolean,
        ]),
    ]

    /// What this engine has beyond the common ones.
    private var special: [String: OptionShape] {
        switch engine {
        case .mongodb: ["topology": .object(["configServer": Self.part()])]
        case .postgresql:
            ["standbyMode": .word(["Hot", "Warm"]), "streamingMode": .word(["Synchronous", "Asynchronous"])]
        case .mysql:
            [
                "topology": .object([
                    "mode": .word(["GroupReplication", "InnoDBCluster", "SemiSync"]),
                    "router": Self.part(storage: false),
                ])
            ]
        case .mariadb:
            [
                "topology": .object([
                    "mode": .word(["GaleraCluster", "MariaDBReplication"]), "maxscale": Self.part(),
                ])
            ]
        case .redis: ["sentinel": .object(["name": .text, "namespace": .text, "replicas": .integer(1...9)])]
        case .elasticsearch: ["topology": .object(["master": Self.part(), "ingest": Self.part()])]
        case .kafka: ["topology": .object(["controller": Self.part()])]
        }
    }

    /// Options that do not exist, or are not what they must be.
    var refusals: [Refusal] {
        OptionShape.object(Self.common.merging(special) { common, _ in common })
            .refusals(value, at: "providerOptions")
    }

    var isEphemeral: Bool { value["storageType"]?.string == "Ephemeral" }
    /// Whether the secrets and backups of a deleted database go too.
    var wipesOut: Bool { value["wipeOut"]?.bool ?? false }
    var placementPolicy: String? { value["placementPolicy"]?.string }
    var authSecret: String? { value["authSecret"]?.string }
    var labels: JSONObject { value["labels"]?.object ?? [:] }
    var annotations: JSONObject { value["annotations"]?.object ?? [:] }
    var healthChecker: JSONObject { value["healthChecker"]?.object ?? [:] }
    var standbyMode: String? { value["standbyMode"]?.string }
    var streamingMode: String? { value["streamingMode"]?.string }
    /// The way in which several members replicate, where the engine has more than one.
    var mode: KubeDBMode? { value.at("topology", "mode")?.string.flatMap { KubeDBMode(rawValue: $0) } }
    /// What stands about one part of the topology.
    func part(_ name: String) -> JSONValue? { value.at("topology", name) }
    /// Sentinels that are there already; nil when they shall be made.
    var sentinel: ObjectKey? {
        guard let name = value.at("sentinel", "name")?.string else { return nil }
        return ObjectKey(namespace: value.at("sentinel", "namespace")?.string ?? "", name: name)
    }
    var sentinelReplicas: Int { value.at("sentinel", "replicas")?.integer.map { Int($0) } ?? 3 }
    /// Whether a request that scales in both directions is tried in one piece first.
    var triesCombinedScaling: Bool { value["combinedScaling"]?.string == "TryFirst" }
    /// Whether volumes are grown by patching them and the database, instead of by KubeDB's request.
    var patchesStorage: Bool { value["storageExpansion"]?.string == "Patch" }
}
