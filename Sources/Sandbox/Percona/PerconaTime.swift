import KubernetesAPI

/// Times as the recovery targets of both operators are written: a space in the middle, no zone, in UTC.
enum PerconaTime {
    static func parse(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 10, parts[1].count == 8 else { return nil }
        return Timestamp("\(parts[0])T\(parts[1])Z")
    }
}
