import CRDs
import KubernetesAPI

/// What the rules of one request need to know of the world, taken at one moment.
struct OperationSituation {
    let request: OpsRequest
    /// Nil while the cluster does not exist.
    let cluster: DatabaseCluster?
    /// The other requests on the same cluster, finished ones included.
    let others: [OpsRequest]
    let now: Timestamp

    /// The requests that work before this one: what runs, then what came first (creation time, then name).
    var ahead: [OpsRequest] {
        others.filter { other in
            guard !other.isFinished else { return false }
            if other.status.phase == .running { return true }
            return other.place < request.place
        }
    }

    /// An unfinished request ahead of this one that asks for the same.
    var original: OpsRequest? {
        ahead.first { $0.spec.asksForTheSame(as: request.spec) && !$0.spec.cancel }
    }
}

extension OpsRequest {
    /// Whether it has come to its end, whatever that is.
    var isFinished: Bool { status.phase?.isFinished ?? false }

    /// The order of requests: first come, first served.
    fileprivate var place: (Int64, String) { (metadata.creationTimestamp?.microseconds ?? 0, metadata.name) }
}
