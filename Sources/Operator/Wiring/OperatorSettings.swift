import CRDs

/// How the operator works, checked and ready to use.
struct OperatorSettings: Sendable {
    /// Where to look; nil means everywhere.
    var namespaces: [String]?
    var isLeaderElected = true
    /// The namespace that holds the Lease.
    var leaseNamespace = "default"
    var interval = Duration.seconds(30)
    var ladder = SizeLadder.standard
    var workers = 4
}
