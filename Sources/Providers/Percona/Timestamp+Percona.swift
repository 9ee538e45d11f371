import KubernetesAPI

extension Timestamp {
    /// As Percona's restores take a time: in UTC, with a space and without a zone.
    var perconaDate: String {
        String(description.dropLast().map { $0 == "T" ? " " : $0 })
    }
}
