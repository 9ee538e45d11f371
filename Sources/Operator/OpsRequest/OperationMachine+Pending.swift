import CRDs
import KubernetesAPI
import Providers

extension OperationMachine {
    mutating func start() -> OperationStep {
        if request.spec.cancel { return finish(.cancelled, "Withdrawn", "cancelled before it had begun") }
        guard let cluster = situation.cluster else {
            return hold("ClusterNotFound", "DatabaseCluster \(request.spec.clusterRef) does not exist yet")
        }
        if cluster.metadata.isBeingDeleted {
            return finish(.cancelled, "ClusterDeleted", "DatabaseCluster \(cluster.metadata.name) is being deleted")
        }
        if request.spec.dryRun {
            return finish(
                .failed,
                "Unsupported",
                "dryRun is not supported by this version; nothing was changed. Leave dryRun out to run the operation"
            )
        }
        if let original = situation.original {
            return finish(
                .skipped,
                "Duplicate",
                "OpsRequest \(original.metadata.name) asks for the same and is not finished"
            )
        }
        if let other = situation.ahead.first {
            return pend("WaitingForTurn", "waiting for OpsRequest \(other.metadata.name), which came first")
        }
        return .ask
    }

    /// Takes what the handler said at the request's turn, or again after a restart in the middle of executing.
    mutating func answered(_ answer: OperationAnswer) -> OperationStep {
        switch answer {
        case .refused(let refusal): return finish(.failed, refusal.reason, refusal.message)
        case .alreadySo(let message):
            // After a restart between a write and its record, what is already so is our own doing.
            return status.phase == .running ? executed(message, native: []) : finish(.skipped, "AlreadySo", message)
        case .need: return .settle(lookAgain: Self.observationInterval)
        case .specChange, .intents: break
        }
        if status.phase == .running { return .execute }
        if let reason = gate() { return hold("ClusterNotReady", reason) }
        status.phase = .running
        status.startTime = now
        status.attempt = 1
        if case .specChange(let change) = answer { status.previous = change.previous }
        log("Start", "attempt 1")
        note("Accepted", .true, "Accepted", "its turn came and the cluster was ready for it")
        describe("Executing", "attempt 1 of \(request.spec.maxRetries + 1)")
        note("Executing", .true, "Executing", status.message)
        return .execute
    }

    /// Why the cluster is not in a state in which this type may start; nil when it is.
    private func gate() -> String? {
        guard let cluster = situation.cluster, !request.spec.force else { return nil }
        if cluster.status.observedGeneration != cluster.metadata.generation {
            return "DatabaseCluster \(cluster.metadata.name) was changed and has not been looked at since"
        }
        let phase = cluster.status.phase ?? .pending
        guard !request.spec.type.allowedPhases.contains(phase) else { return nil }
        let allowed = request.spec.type.allowedPhases.map(\.rawValue).sorted().joined(separator: " or ")
        return "\(request.spec.type.rawValue) starts when the cluster is \(allowed); it is \(phase.rawValue)"
    }

    /// Waits for the cluster, but no longer than the precondition deadline.
    ///
    /// Time spent waiting for other requests does not count: the deadline starts when the turn has come.
    private mutating func hold(_ reason: String, _ message: String) -> OperationStep {
        let accepted = status.conditions.first { $0.type == "Accepted" }
        let since =
            accepted?.reason == "Waiting" ? accepted?.lastTransitionTime ?? now : now
        if accepted?.reason != "Waiting" {
            status.conditions.removeAll { $0.type == "Accepted" }
            note("Accepted", .unknown, "Waiting", "its turn has come; it waits for the cluster")
        }
        let limit = Int64(request.spec.preconditionDeadlineSeconds)
        let left = .seconds(limit) - (now - since)
        guard left > .zero else {
            return finish(.failed, "PreconditionDeadline", "waited \(limit) s in vain: \(message)")
        }
        return pend(reason, message, lookAgain: left)
    }

    private mutating func pend(_ reason: String, _ message: String, lookAgain: Duration? = nil) -> OperationStep {
        status.phase = .pending
        describe(reason, message)
        return .settle(lookAgain: lookAgain)
    }
}
