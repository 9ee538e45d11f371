import CRDs
import KubernetesAPI

extension OperationMachine {
    static let rollingBack = "RollingBack"

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
        if status.reason == Self.rollingBack {
            let parts = status.message.split(separator: ":", maxSplits: 1)
            let reason = parts.first.map(String.init) ?? "Failed"
            return finish(.failed, reason, "\(status.message.dropFirst(reason.count + 2)); rolled back")
        }
        return finish(.cancelled, "Cancelled", "cancelled; the cluster's spec says again what it said before")
    }

    mutating func finish(_ phase: OpsRequestPhase, _ reason: String, _ message: String) -> OperationStep {
        status.phase = phase
        status.completionTime = now
        describe(reason, message)
        if status.startTime != nil {
            note("Executing", .false, reason, message)
            log("Finish", "\(phase.rawValue): \(reason)")
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
        status.message = message
    }

    mutating func log(_ action: String, _ message: String) {
        status.log(ActionLogEntry(timestamp: now, action: action, status: "Done", message: message))
    }

    mutating func note(_ type: String, _ value: ConditionStatus, _ reason: String, _ message: String) {
        status.conditions.set(
            Condition(
                type: type,
                status: value,
                reason: reason,
                message: message,
                lastTransitionTime: now,
                observedGeneration: request.metadata.generation
            )
        )
    }
}
