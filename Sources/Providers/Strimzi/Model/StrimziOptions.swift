import CRDs
import JSON
import KubernetesAPI

/// `spec.providerOptions` of a Kafka cluster; documented in docs/providers/strimzi.md.
///
/// Reading is lenient: an option of the wrong shape counts as absent, since ``refusals`` has named it before anything
/// is rendered.
struct StrimziOptions {
    let value: JSONValue

    init(_ cluster: DatabaseCluster) { value = cluster.spec.providerOptions }

    private static let amounts = OptionShape.object(["cpu": .quantity, "memory": .quantity])
    private static let jvm = OptionShape.object(["xms": .text, "xmx": .text])

    static let shape = OptionShape.object([
        "controllers": .object([
            "replicas": .integer(1...9), "resources": .object(["requests": amounts, "limits": amounts]),
            "storage": .quantity, "storageClass": .text, "jvm": jvm,
        ]),
        "cruiseControl": .boolean, "metadataVersion": .text, "jvm": jvm, "rack": .text, "deleteClaim": .boolean,
        "authentication": .word(["scram-sha-512", "tls"]), "plainListener": .boolean,
        "loggers": .textMap, "podLabels": .textMap, "podAnnotations": .textMap,
        "metrics": .object(["configMap": .object(["name": .text, "key": .text]), "allowList": .texts]),
        "certificates": .object(["validityDays": .integer(1...36500), "renewalDays": .integer(1...36500)]),
        "maintenanceTimeWindows": .texts,
    ])

    /// Options that do not exist, or are not what they must be.
    var refusals: [Refusal] { Self.shape.refusals(value, at: "providerOptions") }

    var controllers: Int? { value.at("controllers", "replicas")?.integer.map { Int($0) } }
    var controllerStorage: Quantity {
        value.at("controllers", "storage")?.string.flatMap { Quantity($0) } ?? Quantity(bytes: 10 << 30)
    }
    var controllerStorageClass: String? { value.at("controllers", "storageClass")?.string }
    var controllerJVM: JSONObject { Self.jvmOptions(value.at("controllers", "jvm")) }
    /// Controllers keep the cluster's metadata alone; that needs little, and must not depend on the brokers' size.
    var controllerResources: ResourceRequirements {
        guard let asked = value.at("controllers", "resources"), asked.object?.isEmpty == false else {
            return ResourceRequirements(cpu: Quantity(milli: 500), memory: Quantity(bytes: 1 << 30))
        }
        return ResourceRequirements(
            requests: Self.amounts(asked["requests"]),
            limits: Self.amounts(asked["limits"])
        )
    }
    var cruiseControl: Bool? { value["cruiseControl"]?.bool }
    var metadataVersion: String? { value["metadataVersion"]?.string }
    var jvm: JSONObject { Self.jvmOptions(value["jvm"]) }
    /// The node label whose value is a broker's rack.
    var rack: String? { value["rack"]?.string }
    var deletesClaims: Bool { value["deleteClaim"]?.bool ?? false }
    var authentication: String { value["authentication"]?.string ?? "scram-sha-512" }
    var hasPlainListener: Bool { value["plainListener"]?.bool ?? false }
    var loggers: JSONObject { value["loggers"]?.object ?? [:] }
    var podLabels: JSONObject { value["podLabels"]?.object ?? [:] }
    var podAnnotations: JSONObject { value["podAnnotations"]?.object ?? [:] }
    /// The name of the ConfigMap with the rules of the JMX exporter, and the key there.
    var metricsRules: (name: String, key: String)? {
        guard let name = value.at("metrics", "configMap", "name")?.string else { return nil }
        return (name, value.at("metrics", "configMap", "key")?.string ?? "kafka-metrics-config.yml")
    }
    var metricsAllowList: [String] {
        value.at("metrics", "allowList")?.array?.compactMap(\.string) ?? []
    }
    var validityDays: Int64? { value.at("certificates", "validityDays")?.integer }
    var renewalDays: Int64? { value.at("certificates", "renewalDays")?.integer }
    var maintenanceTimeWindows: [String] { value["maintenanceTimeWindows"]?.array?.compactMap(\.string) ?? [] }

    private static func amounts(_ value: JSONValue?) -> ResourceAmounts {
        ResourceAmounts(
            cpu: value?["cpu"]?.string.flatMap { Quantity($0) },
            memory: value?["memory"]?.string.flatMap { Quantity($0) }
        )
    }

    private static func jvmOptions(_ value: JSONValue?) -> JSONObject {
        var options = JSONObject()
        options["-Xms"] = value?["xms"]
        options["-Xmx"] = value?["xmx"]
        return options
    }
}
