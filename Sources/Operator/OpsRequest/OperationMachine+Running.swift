import CRDs
import KubernetesAPI
import Providers

extension OperationMachine {
    mutating func goOn() -> OperationStep {
        guard let cluster = situation.cluster, !situation.hasLostItsCluster else {
            let why = situation.cluster.map(Self.replaced) ?? "DatabaseCluster \(request.spec.clusterRef) was deleted"
            return lostItsCluster(why)
        }
        guard !cluster.metadata.isBeingDeleted else {
            return lostItsCluster("DatabaseCluster \(cluster.metadata.name) is being deleted")
        }
        if isReverting { return goOnReverting(cluster) }
        if request.metadata.isBeingDeleted { return cancel("deleted while it ran") }
        if request.spec.cancel { return cancel("cancelled") }
        if isExecuted { return lostItsEdit(cluster) ?? .observe }
        let pause = backoff
        if pause > .zero { return .settle(lookAgain: pause) }
        guard timeLeft > .zero else {
            return fail("Timeout", "not done after \(timeout) s; it was still at: \(status.message)")
        }
        return .ask
    }

    /// How long it is until the next attempt may begin, however often changes of the children wake the controller.
    private var backoff: Duration {
        guard status.conditions[Self.executing]?.reason == Self.retrying,
            let failed = status.actionLog.last(where: { $0.action == "Retry" })?.timestamp
        else { return .zero }
        return Self.pause(before: status.attempt) - (now - failed)
    }

    private static func pause(before attempt: Int) -> Duration { .seconds(1 << min(attempt, 6)) }

    /// The writes of this attempt were carried out.
    mutating func executed(native: [ObjectReference]) -> OperationStep {
        if !isExecuted {
            close(.done)
            note(Self.executing, .true, Self.carriedOut, "attempt \(status.attempt) is carried out")
            describe("WaitingForEvidence", "carried out; waiting for its effect")
            record(native)
            return .observe
        }
        record(native)
        guard isOpen else { return .observe }
        // A later step. Whatever it is told by then, the handler is asked again in a look of its own.
        close(.done)
        return .settle(lookAgain: Self.observationInterval)
    }

    private mutating func record(_ native: [ObjectReference]) {
        for object in native where !status.nativeObjects.contains(object) { status.nativeObjects.append(object) }
    }

    /// Takes what the handler found.
    mutating func reported(_ report: OperationReport) -> OperationStep {
        switch report {
        case .further, .failed: break
        // A later step that was carried out just before a stop is not answered again.
        default: if isExecuted { close(.done) }
        }
        switch report {
        case .running(let percent, let waitingFor): return wait(percent, waitingFor)
        case .further(_, let log): return goFurther(log)
        case .succeeded(let evidence, let message):
            status.evidence = evidence.prefix(100).map { $0.cut(to: Self.messageLength) }
            status.progress = 100
            return finish(.succeeded, "Succeeded", message.isEmpty ? evidence.joined(separator: ", ") : message)
        case .failed(let refusal): return fail(refusal.reason, refusal.message)
        case .retryable(let refusal): return retry(refusal)
        case .need: return .settle(lookAgain: Self.observationInterval)
        }
    }

    private mutating func wait(_ percent: Int, _ waitingFor: String) -> OperationStep {
        status.progress = max(status.progress, min(percent, 99))
        if let refusal = refusalOfSpec { return fail(refusal.reason, refusal.message) }
        let isPaused = situation.cluster?.isPaused ?? false
        let hint = isPaused ? " (paused by annotation \(APIGroup.reconcileAnnotation))" : ""
        // Only now, as the effect may have come while nobody looked.
        guard timeLeft > .zero else {
            return fail("Timeout", "not done after \(timeout) s; it was still waiting for: \(waitingFor)\(hint)")
        }
        describe("WaitingForEvidence", waitingFor + hint)
        return .settle(lookAgain: min(timeLeft, Self.observationInterval))
    }

    /// Puts the next step on record before it is carried out.
    private mutating func goFurther(_ what: String) -> OperationStep {
        guard timeLeft > .zero else {
            return fail("Timeout", "not done after \(timeout) s; its next step was not begun: \(what)")
        }
        open(OperationContext.execution, what, SpecEdit())
        describe("WaitingForEvidence", what)
        return .execute
    }

    /// Why the spec that the operation wrote will never reach the children as it stands.
    ///
    /// The handler, which looks at the children, would wait for it until the time is over.
    private var refusalOfSpec: Refusal? {
        guard status.applied != nil, let cluster = situation.cluster,
            cluster.status.observedGeneration == cluster.metadata.generation,
            cluster.status.conditions["Stalled"]?.status == .true
        else { return nil }
        for type in ["Accepted", "ChildSynced"] {
            if let condition = cluster.status.conditions[type], condition.status == .false {
                return Refusal(condition.reason, "the cluster's spec cannot be carried out: \(condition.message)")
            }
        }
        return nil
    }

    /// Ends an operation whose change of the spec somebody has changed again.
    private mutating func lostItsEdit(_ cluster: DatabaseCluster) -> OperationStep? {
        let lost = SpecEdit(status).lost(in: cluster.spec)
        guard !lost.isEmpty else { return nil }
        let what = lost.map { "spec.\($0)" }.joined(separator: ", ")
        return fail(
            "Superseded",
            "the spec was changed again by somebody else: \(what) as this request had written it; file another one if "
                + "that is still wanted"
        )
    }

    private mutating func retry(_ refusal: Refusal) -> OperationStep {
        guard status.attempt <= request.spec.maxRetries else {
            let attempts = status.attempt == 1 ? "1 attempt" : "\(status.attempt) attempts"
            return fail(refusal.reason, "\(refusal.message) (after \(attempts))")
        }
        guard timeLeft > .zero else {
            return fail("Timeout", "not done after \(timeout) s; attempt \(status.attempt) failed: \(refusal.message)")
        }
        status.attempt += 1
        log("Retry", "\(refusal.reason): \(refusal.message); attempt \(status.attempt) follows")
        note(
            Self.executing,
            .true,
            Self.retrying,
            "attempt \(status.attempt) of at most \(request.spec.maxRetries + 1)"
        )
        describe(Self.retrying, refusal.message)
        return .settle(lookAgain: Self.pause(before: status.attempt))
    }

    /// Whether the writes of the present attempt are on record as carried out.
    private var isExecuted: Bool { status.conditions[Self.executing]?.reason == Self.carriedOut }

    private static let carriedOut = "CarriedOut"
    private static let retrying = "Retrying"
}
