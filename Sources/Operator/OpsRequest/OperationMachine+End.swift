import CRDs
import KubernetesAPI

extension OperationMachine {
    static let rollingBack = "RollingBack"
    /// What a child or the API server says may be longer than the schema lets a status be.
    static let messageLength = 4000

    mutating func cancel() -> OperationStep {
        guard let previous = status.previous else {
            return finish(.cancelled, "Cancelled", "cancelled; what it had begun on the children cannot be taken back")
        }
        log("Restore", "cancelled: restoring what the spec said before")
        return .restore(previous)
    }

    mutating func fail(_ reason: String, _ message: String) -> OperationStep {
        guard request.spec.rollbackPolicy == .onFailure, let previous = status.previous else {
            return finish(.failed, reason, message)
        }
        log("Restore", "\(reason): \(message)")
        describe(Self.rollingBack, "\(reason): \(message)")
        return .restore(previous)
    }

    mutating func rollBack() -> OperationStep {
        guard let previous = status.previous else { return finish(.failed, "Failed", status.message) }
        return .restore(previous)
    }

    /// The spec says again what it said before.
    mutating func restored() -> OperationStep {
        note("RolledBack", .true, "Restored", "the cluster's spec says again what it said before")
        return reverted(failure: "rolled back", cancellation: "the cluster's spec says again what it said before")
    }

    /// The API server will never take the old spec, such as a smaller volume; `why` is its sentence.
    ///
    /// To try again for ever would keep the request, and all that wait for it, from coming to an end.
    mutating func notRestored(_ why: String) -> OperationStep {
        note("RolledBack", .false, "NotRestored", why)
        let text = "what the spec said before could not be restored: \(why)"
        return reverted(failure: text, cancellation: text)
    }

    private mutating func reverted(failure: String, cancellation: String) -> OperationStep {
        guard status.reason == Self.rollingBack else {
            return finish(.cancelled, "Cancelled", "cancelled; \(cancellation)")
        }
        let parts = status.message.split(separator: ":", maxSplits: 1)
        let reason = parts.first.map(String.init) ?? "Failed"
        return finish(.failed, reason, "\(status.message.dropFirst(reason.count + 2)); \(failure)")
    }

    mutating func finish(_ phase: OpsRequestPhase, _ reason: String, _ message: String) -> OperationStep {
        status.phase = phase
        status.completionTime = now
        describe(reason, message)
        if status.startTime != nil {
            note("Executing", .false, reason, message)
            log("Finish", "\(phase.rawValue): \(reason)")
        } else if phase == .failed {
            note("Accepted", .false, reason, message)
        }
        note("Succeeded", phase == .succeeded || phase == .skipped ? .true : .false, reason, message)
        return expire()
    }

    func expire() -> OperationStep {
        guard let end = status.completionTime else { return .settle(lookAgain: nil) }
        let left = .seconds(request.spec.ttlSecondsAfterFinished) - (now - end)
        return left > .zero ? .settle(lookAgain: left) : .delete
    }

    mutating func describe(_ reason: String, _ message: String) {
        status.reason = reason
        status.message = message.cut(to: Self.messageLength)
    }

    mutating func log(_ action: String, _ message: String) {
        status.log(
            ActionLogEntry(timestamp: now, action: action, status: "Done", message: message.cut(to: Self.messageLength))
        )
    }

    mutating func note(_ type: String, _ value: ConditionStatus, _ reason: String, _ message: String) {
        status.conditions.set(
            Condition(
                type: type,
                status: value,
                reason: reason,
                message: message.cut(to: Self.messageLength),
                lastTransitionTime: now,
                observedGeneration: request.metadata.generation
            )
        )
    }
}
