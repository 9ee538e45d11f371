import JSON

/// The storage of a pool, as its spec has it.
struct KafkaStorage: Equatable, Sendable {
    let json: JSONValue

    /// One disk of every node.
    struct Volume: Equatable, Sendable {
        /// The beginning of the names of its claims, before the pod's name.
        let prefix: String
        let json: JSONValue

        var isPersistent: Bool { json["type"]?.string == "persistent-claim" }
        var size: String? { json["size"]?.string }
    }

    var isJBOD: Bool { json["type"]?.string == "jbod" }

    var volumes: [Volume] {
        guard isJBOD else { return [Volume(prefix: "data", json: json)] }
        return jbodVolumes.map { Volume(prefix: "data-\($0["id"]?.integer ?? 0)", json: $0) }
    }

    var usesEphemeral: Bool { volumes.contains { $0.json["type"]?.string == "ephemeral" } }

    private var jbodVolumes: [JSONValue] { json["volumes"]?.array ?? [] }

    func validate() throws(StrimziFailure) {
        if isJBOD, jbodVolumes.isEmpty {
            throw .invalidResource("JbodStorage needs to contain at least one volume (KafkaNodePool.spec.storage)")
        }
        for volume in volumes where volume.isPersistent && (volume.size ?? "").isEmpty {
            throw .invalidResource(
                "The size is mandatory for a persistent-claim storage (KafkaNodePool.spec.storage)"
            )
        }
    }

    /// Whether the operator goes from another storage to this one; where not, it keeps the other one in full.
    func isAllowed(after former: KafkaStorage) throws(StrimziFailure) -> Bool {
        guard isJBOD, former.isJBOD else { return try Self.isAllowed(json, after: former.json) }
        let ids = jbodVolumes.map { $0["id"]?.integer ?? 0 }
        guard Set(ids).count == ids.count, jbodVolumes.count(where: { $0["kraftMetadata"] != nil }) <= 1 else {
            return false
        }
        for volume in jbodVolumes {
            guard let before = former.jbodVolumes.first(where: { $0["id"] == volume["id"] }) else { continue }
            guard try Self.isAllowed(volume, after: before) else { return false }
        }
        return true
    }

    private static func isAllowed(_ new: JSONValue, after old: JSONValue) throws(StrimziFailure) -> Bool {
        let changeable: Set<String> = ["deleteClaim", "kraftMetadata", "volumeAttributesClass"]
        let fields = Set(new.object?.names ?? []).union(old.object?.names ?? []).subtracting(changeable)
        for field in fields where new[field] != old[field] {
            guard field == "size", new["type"] == old["type"], let size = new["size"]?.string,
                let former = old["size"]?.string, try millibytes(size) >= millibytes(former)
            else { return false }
        }
        return true
    }

    /// The size in thousandths of a byte, read as the operator reads it: without the suffix `k`.
    static func millibytes(_ size: String) throws(StrimziFailure) -> Double {
        let digits = size.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "e") }
        let suffix = String(size.dropFirst(digits.count))
        let factors: [String: Double] = [
            "": 1e3, "m": 1, "K": 1e6, "M": 1e9, "G": 1e12, "T": 1e15, "P": 1e18, "E": 1e21, "Ki": 1024e3,
            "Mi": 1_048_576e3, "Gi": 1_073_741_824e3, "Ti": 1_099_511_627_776e3, "Pi": 1_125_899_906_842_624e3,
            "Ei": 1_152_921_504_606_846_976e3,
        ]
        guard let factor = factors[suffix] else { throw .illegalArgument("Invalid memory suffix: \(suffix)") }
        guard let number = Double(digits) else {
            throw StrimziFailure(reason: "NumberFormatException", message: "For input string: \"\(digits)\"")
        }
        return number * factor
    }
}
