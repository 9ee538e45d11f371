import JSON

/// The Kafka versions and metadata versions that Strimzi 1.2 knows (`kafka-versions.yaml`, Kafka's `MetadataVersion`).
enum KafkaVersions {
    static let supported = ["4.2.0", "4.2.1", "4.3.0", "4.3.1"]
    static let standard = "4.3.1"

    static func image(of version: String) -> String { "quay.io/strimzi/kafka:1.2.0-kafka-\(version)" }

    /// The metadata version that a Kafka version brings.
    static func metadata(of version: String) -> String? {
        if version.hasPrefix("4.3.") { return "4.3-IV0" }
        if version.hasPrefix("4.2.") { return "4.2-IV1" }
        if version.hasPrefix("4.1.") { return "4.1-IV1" }
        return version.hasPrefix("4.0.") ? "4.0-IV3" : nil
    }

    /// Metadata versions from the oldest that Kafka 4 knows.
    private static let metadataVersions = [
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1",
        "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0",
        "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
    ]

    /// The place of a metadata version among all, with or without its `-IV`; nil when Kafka knows none of that name.
    static func level(of metadata: String) -> Int? {
        metadataVersions.lastIndex { $0 == metadata || $0.hasPrefix(metadata + "-") }
    }

    /// The full name of a metadata version, as the status has it.
    static func fullName(of metadata: String) -> String { level(of: metadata).map { metadataVersions[$0] } ?? metadata }

    /// Whether the first of two versions like `4.3.1` is the lower one.
    static func isLower(_ left: String, _ right: String) -> Bool {
        parts(left).lexicographicallyPrecedes(parts(right))
    }

    private static func parts(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0) ?? 0 } }
}

/// Which Kafka version a cluster goes to from which, and the metadata version it has meanwhile.
///
/// As upstream's `KRaftVersionChangeCreator` decides it: the pods say what runs, so an upgrade that was cut off goes on.
struct KafkaVersionChange: Equatable, Sendable {
    let from: String
    let to: String
    let metadata: String

    init(kafka: JSONValue, pods: [JSONValue]) throws(StrimziFailure) {
        let wanted = kafka.at("spec", "kafka", "version")?.string
        to = wanted ?? KafkaVersions.standard
        guard KafkaVersions.supported.contains(to) else {
            throw StrimziFailure(
                reason: "UnsupportedKafkaVersionException",
                message: "Unsupported Kafka.spec.kafka.version: \(to). Supported versions are: "
                    + "[\(KafkaVersions.supported.joined(separator: ", "))]"
            )
        }
        from = try Self.running(pods, to)
        let current = kafka.at("status", "kafkaMetadataVersion")?.string
        let desired = kafka.at("spec", "kafka", "metadataVersion")?.string
        metadata = try Self.metadata(from: from, to: to, current: current, desired: desired)
        guard let level = KafkaVersions.level(of: metadata) else {
            throw .invalidResource("Metadata version \(metadata) is invalid")
        }
        guard level >= 0 else { throw .invalidResource("The oldest supported metadata version is 3.3-IV3") }
    }

    private static func running(_ pods: [JSONValue], _ wanted: String) throws(StrimziFailure) -> String {
        let versions = pods.compactMap { $0.annotation(Strimzi.Annotation.version) }
        guard let lowest = versions.min(by: KafkaVersions.isLower),
            let highest = versions.max(by: KafkaVersions.isLower)
        else {
            guard pods.isEmpty else {
                throw .upgrade(
                    "Kafka Pods exist, but do not contain the \(Strimzi.Annotation.version) annotation to detect their "
                        + "version. Kafka upgrade cannot be detected."
                )
            }
            return wanted
        }
        return KafkaVersions.isLower(wanted, highest) ? highest : lowest
    }

    private static func metadata(
        from: String,
        to: String,
        current: String?,
        desired: String?
    ) throws(StrimziFailure) -> String {
        func level(_ metadata: String) -> Int { KafkaVersions.level(of: metadata) ?? Int.max }
        let own = KafkaVersions.metadata(of: to) ?? to
        guard from != to else {
            guard let desired else { return own }
            // One that nobody knows is told as invalid, not as too new.
            guard KafkaVersions.level(of: desired) != nil else { return desired }
            return level(own) >= level(desired) ? desired : current ?? own
        }
        let isUpgrade = KafkaVersions.isLower(from, to)
        let bound = isUpgrade ? KafkaVersions.metadata(of: from) ?? current ?? own : own
        guard let current else { return bound }
        guard level(current) <= level(bound) else {
            throw .upgrade(
                "The current metadata version (\(current)) has to be lower or equal to the Kafka broker version we "
                    + (isUpgrade ? "upgrade from (\(from))" : "are downgrading to (\(to))")
            )
        }
        return current
    }
}
