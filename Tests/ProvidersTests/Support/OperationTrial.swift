import CRDs
import JSON
import KubernetesAPI
import Providers

/// An operation in a snapshot, and what its provider says of it.
protocol OperationTrial {
    var handler: any OperationsHandler { get }

    func context() throws -> OperationContext
}

extension OperationTrial {
    /// Status lines that say that the writes were carried out so long before the snapshot.
    static func executed(secondsAgo: Int64, and more: String = "") -> String {
        let time = Timestamp(seconds: Manifests.now.seconds - secondsAgo)
        let log = "actionLog: [{timestamp: \"\(time)\", action: Execute, status: Done}]"
        return "startTime: \"\(time)\", \(log)\(more.isEmpty ? "" : ", \(more)")"
    }

    /// A time of that many seconds before the snapshot.
    static func ago(_ seconds: Int64) -> String { Timestamp(seconds: Manifests.now.seconds - seconds).description }

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

    /// What has to pass before it can begin; nil when nothing has to.
    func postponement() throws -> Refusal? {
        if case .notYet(let refusal) = try answer() { refusal } else { nil }
    }

    func isAlreadySo() throws -> Bool {
        if case .alreadySo = try answer() { true } else { false }
    }
}
