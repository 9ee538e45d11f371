import CRDs
import JSON

/// Whether a database shall be halted, and what shall become of it when it is deleted.
///
/// KubeDB takes the policy `Halt` for a database that it halts, never gives the former one back, and refuses to halt one
/// that must not be terminated (master `pkg/controller/deletion/halt.go`).
struct KubeDBHalting {
    let deletionPolicy: String
    private let isHalted: Bool

    init(_ plan: KubeDBPlan) {
        let wanted = Self.policy(of: plan.cluster, plan.options)
        let isStopped = plan.cluster.spec.stopped
        let isProtected = plan.child?.deletionPolicy == "DoNotTerminate"
        // A protected database is let go of in one write, and halted by the next.
        isHalted = isStopped && !isProtected
        deletionPolicy = isStopped ? "Halt" : wanted
    }

    /// What `halted` is to be set to in an object whose `spec` is this; nil where it needs no mention.
    ///
    /// KubeDB's webhook drops a false, so it is said only where it changes something.
    func halted(_ live: JSONValue?) -> JSONValue? {
        if isHalted { return true }
        guard live?["halted"]?.bool == true else { return nil }
        return false
    }

    /// What KubeDB calls a cluster's deletion policy.
    static func policy(of cluster: DatabaseCluster, _ options: KubeDBOptions) -> String {
        switch cluster.spec.deletionPolicy {
        case .delete: options.wipesOut ? "WipeOut" : "Delete"
        case .retain: "Halt"
        case .protect: "DoNotTerminate"
        }
    }
}
