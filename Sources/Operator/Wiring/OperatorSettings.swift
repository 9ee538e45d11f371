import CRDs
import ControllerRuntime
import KubernetesAPI

/// How the operator works, checked and ready to use.
struct OperatorSettings: Sendable {
    /// Where to look; nil means everywhere.
    var namespaces: [String]?
    var isLeaderElected = true
    /// The Lease that says who acts.
    var lease = ObjectKey(namespace: "default", name: "dbaas-operator")
    var timings = LeaderTimings.standard
    var interval = Duration.seconds(30)
    var ladder = SizeLadder.standard
    /// How many keys each controller works on at once.
    var workers = 4
}
