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
        case .refused(let refusal): return refused(refusal)
        case .alreadySo(let message):
            // After a restart between a write and its record, what is already so is our own doing.
            return status.phase == .running ? executed(message, native: []) : finish(.skipped, "AlreadySo", message)
        case .need: return .settle(lookAgain: Self.observationInterval)
        case .specChange, .intents: break
        }
        if status.phase != .running, let reason = gate() { return hold("ClusterNotReady", reason) }
        // Asked again after a crash or a conflict, the spec may have been edited by somebody since.
        if case .specChange(let change) = answer { status.previous = change.previous }
        if status.phase == .running { return .execute }
        status.phase = .running
        status.startTime = now
        status.attempt = 1
        log("Start", "attempt 1")
        note("Accepted", .true, "Accepted", "its turn came and the cluster was ready for it")
        describe("Executing", "attempt 1 of \(request.spec.maxRetries + 1)")
        note("Executing", .true, "Executing", status.message)
        return .execute
    }

    /// A no counts at once, unless the cluster is on its way to a state in which the answer may be another.
    ///
    /// Manifests may arrive together: a cluster that is just being made is waited for.
    private mutating func refused(_ refusal: Refusal) -> OperationStep {
        // What was begun may have to be taken back.
        if status.phase == .running { return fail(refusal.reason, refusal.message) }
        guard refusal.reason != "Unsupported", isClusterOnItsWay, let reason = gate() else {
            return finish(.failed, refusal.reason, refusal.message)
        }
        return hold("ClusterNotReady", "\(reason). As things are it would be refused: \(refusal.message)")
    }

    private var isClusterOnItsWay: Bool {
        guard let cluster = situation.cluster else { return true }
        guard cluster.status.observedGeneration == cluster.metadata.generation else { return true }
        switch cluster.status.phase {
        case .ready, .degraded, .failed, .stopped: return false
        default: return true
        }
    }

    /// Why the cluster is not in a state in which this type may start; nil when it is.
    private func gate() -> String? {
        guard let cluster = situation.cluster else { return nil }
        if cluster.isPaused {
            return "DatabaseCluster \(cluster.metadata.name) is paused by annotation \(APIGroup.reconcileAnnotation)"
        }
        guard !request.spec.force else { return nil }
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
        return pend(reason, message, lookAgain: min(left, Self.waitingInterval))
    }

    private mutating func pend(
        _ reason: String,
        _ message: String,
        lookAgain: Duration = Self.waitingInterval
    ) -> OperationStep {
        status.phase = .pending
        describe(reason, message)
        return .settle(lookAgain: lookAgain)
    }
}
