import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// An operation on a running cluster named demo, and what the provider says of it.
struct OperationCase: OperationTrial {
    /// The lines of the request's spec but for clusterRef.
    var request: String
    var running = Running()
    /// The lines of the cluster's spec.
    var spec = "clusterSize: 3"
    var clusterStatus = ""
    /// The lines of the request's status.
    var status = ""
    var more: [String] = []
    var answers: [Need: NeedAnswer] = [:]
    var attempt = 1

    let handler = CNPGProvider().operations

    init(_ request: String, _ running: Running = Running(), spec: String = "clusterSize: 3", status: String = "") {
        self.request = request
        self.running = running
        self.spec = spec
        self.status = status
    }

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try Manifests.cluster(spec, status: clusterStatus),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(try more.map { try Manifests.child($0) }, answers: answers),
            attempt: attempt
        )
    }
}

extension Intent {
    /// The body of a patch.
    var body: JSONValue? {
        if case .patch(_, _, _, let body, _, _) = self { body } else { nil }
    }
}
