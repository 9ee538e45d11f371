import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// An operation on a running cluster named demo, and what the provider says of it.
struct OperationCase {
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

    private let handler = CNPGProvider().operations

    init(_ request: String, _ running: Running = Running(), spec: String = "clusterSize: 3", status: String = "") {
        self.request = request
        self.running = running
        self.spec = spec
        self.status = status
    }

    /// Status lines that say that the writes were carried out so long before the snapshot.
    static func executed(secondsAgo: Int64, and more: String = "") -> String {
        let time = Timestamp(seconds: Manifests.now.seconds - secondsAgo)
        let log = "actionLog: [{timestamp: \"\(time)\", action: Execute, status: Done}]"
        return "startTime: \"\(time)\", \(log)\(more.isEmpty ? "" : ", \(more)")"
    }

    /// A time of that many seconds before the snapshot.
    static func ago(_ seconds: Int64) -> String { Timestamp(seconds: Manifests.now.seconds - seconds).description }

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try Manifests.cluster(spec, status: clusterStatus),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(try more.map { try Manifests.child($0) }, answers: answers),
            attempt: attempt
        )
    }

    func answer() throws -> OperationAnswer { handler.execute(try context()) }
    func report() throws -> OperationReport { handler.progress(of: try context()) }

    /// Why it is not done.
    func refusal() throws -> Refusal? {
        if case .refused(let refusal) = try answer() { refusal } else { nil }
    }

    /// The writes on children; empty when there are none.
    func intents() throws -> [Intent] {
        guard case .intents(let intents, _) = try answer() else { return [] }
        return intents
    }

    /// The change of the spec.
    func change() throws -> SpecChange? {
        if case .specChange(let change) = try answer() { change } else { nil }
    }

    /// What is still missing; nil when it does not run.
    func missing() throws -> String? {
        if case .running(_, let missing) = try report() { missing } else { nil }
    }

    func percent() throws -> Int? {
        if case .running(let percent, _) = try report() { percent } else { nil }
    }

    /// What proves the effect; nil when it has not succeeded.
    func evidence() throws -> [String]? {
        if case .succeeded(let evidence, _) = try report() { evidence } else { nil }
    }

    /// Why it has failed; nil when it has not.
    func failure() throws -> Refusal? {
        switch try report() {
        case .failed(let refusal), .retryable(let refusal): refusal
        default: nil
        }
    }

    func isAlreadySo() throws -> Bool {
        if case .alreadySo = try answer() { true } else { false }
    }
}

extension Intent {
    /// The body of a patch.
    var body: JSONValue? {
        if case .patch(_, _, _, let body, _, _) = self { body } else { nil }
    }
}
