import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

/// An operation on a running cluster named demo of Percona's operator for MongoDB, and what the provider says of it.
struct MongoCase {
    /// The lines of the request's spec but for clusterRef.
    var request: String
    var running: MongoRunning
    /// The lines of the cluster's spec.
    var spec: String
    /// The lines of the request's status.
    var status: String
    var more: [String]
    var answers: [Need: NeedAnswer] = [:]
    var attempt = 1
    /// Of the cluster's spec.
    var storage = "10Gi"

    private let handler = MongoRunning.provider.operations

    init(
        _ request: String,
        _ running: MongoRunning = MongoRunning(),
        spec: String = "clusterSize: 3",
        status: String = "",
        more: [String] = []
    ) {
        self.request = request
        self.running = running
        self.spec = spec
        self.status = status
        self.more = more
    }

    static func cluster(_ spec: String, status: String = "", storage: String = "10Gi") throws -> DatabaseCluster {
        try Manifests.cluster(
            of: """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: demo, namespace: default, uid: 0123456789ab}
                spec: {engine: mongodb, storage: \(storage), \(spec)}
                status: {\(status)}
                """
        )
    }

    func context() throws -> OperationContext {
        OperationContext(
            cluster: try Self.cluster(spec, storage: storage),
            request: try Manifests.request(request, status: status),
            observed: try running.observed(more, answers: answers),
            attempt: attempt
        )
    }

    func answer() throws -> OperationAnswer { handler.execute(try context()) }
    func report() throws -> OperationReport { handler.progress(of: try context()) }

    func refusal() throws -> Refusal? { if case .refused(let refusal) = try answer() { refusal } else { nil } }
    func obstacle() throws -> Refusal? { if case .notYet(let refusal) = try answer() { refusal } else { nil } }
    func intents() throws -> [Intent] { if case .intents(let intents, _) = try answer() { intents } else { [] } }
    func change() throws -> SpecChange? { if case .specChange(let change) = try answer() { change } else { nil } }
    func isAlreadySo() throws -> Bool { if case .alreadySo = try answer() { true } else { false } }
    func missing() throws -> String? { if case .running(_, let missing) = try report() { missing } else { nil } }
    func percent() throws -> Int? { if case .running(let percent, _) = try report() { percent } else { nil } }
    func evidence() throws -> [String]? { if case .succeeded(let evidence, _) = try report() { evidence } else { nil } }
    func failure() throws -> Refusal? { if case .failed(let refusal) = try report() { refusal } else { nil } }
    func hiccup() throws -> Refusal? { if case .retryable(let refusal) = try report() { refusal } else { nil } }
}
