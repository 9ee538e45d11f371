import CRDs
import KubernetesAPI
import Providers

extension OperationMachine {
    mutating func goOn() -> OperationStep {
        guard let cluster = situation.cluster, !cluster.metadata.isBeingDeleted else {
            return finish(.cancelled, "ClusterDeleted", "DatabaseCluster \(request.spec.clusterRef) was deleted")
        }
        if request.spec.cancel || request.metadata.isBeingDeleted { return cancel() }
        if status.reason == Self.rollingBack { return rollBack() }
        if let late = timedOut() { return late }
        if isExecuted { return .observe }
        let pause = backoff
        return pause > .zero ? .settle(lookAgain: pause) : .ask
    }

    /// How long it is until the next attempt may begin, however often changes of the children wake the controller.
    private var backoff: Duration {
        guard status.reason == Self.retrying, let failed = status.actionLog.last?.timestamp else { return .zero }
        return Self.pause(before: status.attempt) - (now - failed)
    }

    private static func pause(before attempt: Int) -> Duration { .seconds(1 << min(attempt, 6)) }

    /// The writes of this attempt were carried out; `what` is a sentence for the action log.
    mutating func executed(_ what: String, native: [ObjectReference]) -> OperationStep {
        if !isExecuted {
            log("Execute", what)
            note("Executing", .true, Self.carriedOut, "attempt \(status.attempt) is carried out")
        }
        for object in native where !status.nativeObjects.contains(object) { status.nativeObjects.append(object) }
        describe("WaitingForEvidence", "carried out; waiting for its effect")
        return .observe
    }

    /// Takes what the handler found.
    mutating func reported(_ report: OperationReport) -> OperationStep {
        switch report {
        case .running(let percent, let waitingFor):
            status.progress = max(status.progress, min(percent, 99))
            describe("WaitingForEvidence", waitingFor)
            return .settle(lookAgain: Self.observationInterval)
        case .succeeded(let evidence, let message):
            status.evidence = evidence.prefix(100).map { $0.cut(to: Self.messageLength) }
            status.progress = 100
            return finish(.succeeded, "Succeeded", message.isEmpty ? evidence.first ?? "" : message)
        case .failed(let refusal): return fail(refusal.reason, refusal.message)
        case .retryable(let refusal): return retry(refusal)
        case .need: return .settle(lookAgain: Self.observationInterval)
        }
    }

    private mutating func retry(_ refusal: Refusal) -> OperationStep {
        guard status.attempt <= request.spec.maxRetries else {
            return fail(refusal.reason, "\(refusal.message) (after \(status.attempt) attempts)")
        }
        status.attempt += 1
        log("Retry", "attempt \(status.attempt): \(refusal.message)")
        note("Executing", .true, "Executing", "attempt \(status.attempt) of \(request.spec.maxRetries + 1)")
        describe(Self.retrying, refusal.message)
        return .settle(lookAgain: Self.pause(before: status.attempt))
    }

    private mutating func timedOut() -> OperationStep? {
        let standard = situation.cluster?.spec.operations.defaultTimeoutSeconds ?? 600
        let limit = Int64(request.spec.timeoutSeconds ?? standard)
        guard let start = status.startTime, (now - start) >= .seconds(limit) else { return nil }
        return fail("Timeout", "not done after \(limit) s; last: \(status.message)")
    }

    /// Whether the writes of the present attempt are on record as carried out.
    private var isExecuted: Bool {
        status.conditions.contains { $0.type == "Executing" && $0.reason == Self.carriedOut }
    }

    private static let carriedOut = "CarriedOut"
    private static let retrying = "Retrying"
}
