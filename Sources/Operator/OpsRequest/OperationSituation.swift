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
    ///
    /// A dry run is in nobody's way.
    var ahead: [OpsRequest] {
        others.filter { other in
            guard !other.isFinished, !other.spec.dryRun else { return false }
            if other.status.phase == .running { return true }
            return other.place < request.place
        }.sorted { left, right in
            let (leftRuns, rightRuns) = (left.status.phase == .running, right.status.phase == .running)
            return leftRuns != rightRuns ? leftRuns : left.place < right.place
        }
    }

    /// An unfinished request ahead of this one that asks for the same, and is not being taken back.
    var original: OpsRequest? {
        ahead.first { other in
            other.spec.asksForTheSame(as: request.spec) && !other.spec.cancel && !other.metadata.isBeingDeleted
        }
    }

    /// Whether the request was taken up for a cluster of before that had this one's name.
    var hasLostItsCluster: Bool {
        guard let cluster, !cluster.metadata.uid.isEmpty else { return false }
        let owners = request.metadata.ownerReferences.filter {
            $0.kind == DatabaseCluster.resource.kind && $0.apiVersion == DatabaseCluster.resource.apiVersion
                && $0.name == cluster.metadata.name
        }
        return !owners.isEmpty && !owners.contains { $0.uid == cluster.metadata.uid }
    }
}

extension OpsRequest {
    /// Whether it has come to its end, whatever that is.
    var isFinished: Bool { status.isFinished }

    /// The order of requests: first come, first served.
    fileprivate var place: (Int64, String) { (metadata.creationTimestamp?.microseconds ?? 0, metadata.name) }
}

extension OpsRequestStatus {
    var isFinished: Bool { phase?.isFinished ?? false }
}
