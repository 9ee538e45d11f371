import CRDs
import JSON
import KubernetesAPI
import Providers

extension OperationMachine {
    mutating func start() -> OperationStep {
        if request.metadata.isBeingDeleted { return finish(.cancelled, "Withdrawn", "deleted before it had begun") }
        if request.spec.cancel { return finish(.cancelled, "Withdrawn", "cancelled before it had begun") }
        guard let cluster = situation.cluster else {
            return hold("ClusterNotFound", "DatabaseCluster \(request.spec.clusterRef) does not exist yet")
        }
        if situation.hasLostItsCluster { return finish(.cancelled, "ClusterDeleted", Self.replaced(cluster)) }
        if cluster.metadata.isBeingDeleted {
            return finish(.cancelled, "ClusterDeleted", "DatabaseCluster \(cluster.metadata.name) is being deleted")
        }
        // Nobody has to wait for what does nothing, nor it for others.
        if request.spec.dryRun { return .plan }
        if let original = situation.original {
            return finish(
                .skipped,
                "Duplicate",
                "OpsRequest \(original.metadata.name) asks for the same and is not finished"
            )
        }
        guard let other = situation.ahead.first else { return .ask }
        // The deadline for the cluster is counted anew when the turn has come.
        status.conditions.removeAll { $0.type == Self.accepted && $0.reason == Self.waiting }
        let why = other.status.phase == .running ? "which is running" : "which came first"
        return pend("WaitingForTurn", "waiting for OpsRequest \(other.metadata.name), \(why)")
    }

    static func replaced(_ cluster: DatabaseCluster) -> String {
        "the DatabaseCluster \(cluster.metadata.name) it was filed for was deleted, and another one has its name now"
    }

    /// What a request with dryRun would do; that is all that is done for it.
    mutating func planned(_ steps: [PlanStep]) -> OperationStep {
        status.plan = steps
        status.progress = 100
        let writes = steps.count == 1 ? "1 write" : "\(steps.count) writes"
        return finish(.succeeded, "Planned", "dry run: \(writes) in status.plan, and nothing was changed")
    }

    /// Takes what the handler said at the request's turn, or again after a restart in the middle of executing.
    mutating func answered(_ answer: OperationAnswer) -> OperationStep {
        let edit: SpecEdit
        let (action, what): (String, String)
        switch answer {
        case .refused(let refusal): return refused(refusal)
        case .notYet(let refusal): return postpone(refusal)
        case .alreadySo(let message):
            // After a restart between a write and its record, what is already so is our own doing.
            return status.phase == .running ? executed(native: []) : finish(.skipped, "AlreadySo", message)
        case .need: return .settle(lookAgain: Self.observationInterval)
        case .specChange(let change):
            do { edit = try specEdit(change) } catch { return refused(Refusal("InvalidChange", "\(error)")) }
            (action, what) = (OperationContext.specExecution, change.log)
        case .intents(_, let log): (edit, action, what) = (SpecEdit(), OperationContext.execution, log)
        }
        // The seam is tight on this side too: whoever asks, nothing of a dry run is carried out.
        if request.spec.dryRun { return planned([]) }
        if status.phase != .running {
            if let reason = gate() { return hold("ClusterNotReady", reason) }
            begin(attempt: 1)
        }
        open(action, what, edit)
        return .execute
    }

    private func specEdit(_ change: SpecChange) throws(JSONError) -> SpecEdit {
        guard let cluster = situation.cluster else { return SpecEdit() }
        return try SpecEdit(of: cluster.spec, by: change)
    }

    private mutating func begin(attempt: Int) {
        status.phase = .running
        status.startTime = now
        status.attempt = attempt
        log("Start", "attempt \(attempt) of at most \(request.spec.maxRetries + 1)")
        note(Self.accepted, .true, "Accepted", "its turn came and the cluster was ready for it")
        describe("Executing", "attempt \(attempt) of at most \(request.spec.maxRetries + 1)")
        note(Self.executing, .true, "Executing", status.message)
    }

    /// A no counts at once, unless the cluster is on its way to a state in which the answer may be another.
    ///
    /// Manifests may arrive together: a cluster that is just being made is waited for.
    private mutating func refused(_ refusal: Refusal) -> OperationStep {
        if status.phase == .running { return refusedAgain(refusal) }
        guard refusal.reason != "Unsupported", isClusterOnItsWay, let reason = gate() else {
            return finish(.failed, refusal.reason, refusal.message)
        }
        return hold("ClusterNotReady", "\(reason). As things are it would be refused: \(refusal.message)")
    }

    /// Asked once more after a crash or a failed call, the handler may see what its own writes have set going.
    private mutating func refusedAgain(_ refusal: Refusal) -> OperationStep {
        if let cluster = situation.cluster, isOpen {
            let edit = SpecEdit(status)
            if !edit.isEmpty, edit.lost(in: cluster.spec).isEmpty { return executed(native: []) }
        }
        // What was begun may have to be taken back.
        guard refusal.reason == "ClusterNotReady" else { return fail(refusal.reason, refusal.message) }
        status.message = refusal.message.cut(to: Self.messageLength)
        return .settle(lookAgain: min(max(timeLeft, .seconds(1)), Self.observationInterval))
    }

    /// Something has to pass first; of an attempt that was begun the time goes on.
    private mutating func postpone(_ refusal: Refusal) -> OperationStep {
        guard status.phase == .running else { return hold(refusal.reason, refusal.message) }
        status.message = refusal.message.cut(to: Self.messageLength)
        return .settle(lookAgain: min(max(timeLeft, .seconds(1)), Self.observationInterval))
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
        guard !allowedPhases.contains(phase) else { return nil }
        let allowed = allowedPhases.map(\.rawValue).sorted().joined(separator: " or ")
        let words = cluster.status.message.isEmpty ? "" : " (\(cluster.status.message))"
        return "\(request.spec.type.rawValue) starts when the cluster is \(allowed); it is \(phase.rawValue)\(words)"
    }

    /// Waits for the cluster, but no longer than the precondition deadline.
    ///
    /// Time spent waiting for other requests does not count: the deadline starts when the turn has come.
    mutating func hold(_ reason: String, _ message: String) -> OperationStep {
        let since: Timestamp
        if let begun = status.conditions[Self.accepted], begun.reason == Self.waiting {
            since = begun.lastTransitionTime
        } else {
            since = now
            status.conditions.removeAll { $0.type == Self.accepted }
            note(Self.accepted, .unknown, Self.waiting, "its turn has come; it waits for the cluster")
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

    private static let waiting = "Waiting"
}
