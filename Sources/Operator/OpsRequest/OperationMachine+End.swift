import CRDs
import KubernetesAPI
import Providers

extension OperationMachine {
    mutating func finish(_ phase: OpsRequestPhase, _ reason: String, _ message: String) -> OperationStep {
        status.phase = phase
        status.completionTime = now
        describe(reason, message)
        close(phase == .succeeded ? .done : .failed)
        if status.startTime != nil {
            note(Self.executing, .false, reason, message)
        } else if phase == .failed {
            note(Self.accepted, .false, reason, message)
        } else {
            note(Self.accepted, .true, reason, message)
        }
        note("Succeeded", phase == .succeeded || phase == .skipped ? .true : .false, reason, message)
        log("Finish", "\(phase.rawValue), \(reason): \(message)", phase == .failed ? .failed : .done)
        return expire()
    }

    func expire() -> OperationStep {
        guard let end = status.completionTime else { return .settle(lookAgain: nil) }
        let left = .seconds(request.spec.ttlSecondsAfterFinished) - (now - end)
        return left > .zero ? .settle(lookAgain: left) : .delete
    }
}

// MARK: - What is on record

extension OperationMachine {
    /// What has become of an entry of the action log.
    enum ActionStatus: String {
        case started = "Started"
        case done = "Done"
        case failed = "Failed"
    }

    static let accepted = "Accepted"
    static let executing = "Executing"
    /// What a child or the API server says may be longer than the schema lets a status be.
    static let messageLength = 4000

    mutating func describe(_ reason: String, _ message: String) {
        status.reason = reason
        status.message = message.cut(to: Self.messageLength)
    }

    mutating func log(_ action: String, _ message: String, _ outcome: ActionStatus = .done) {
        status.log(
            ActionLogEntry(
                timestamp: now,
                action: action,
                status: outcome.rawValue,
                message: message.cut(to: Self.messageLength)
            )
        )
    }

    /// Notes what is about to be written, and what it will have changed in the spec, unless that is on record already.
    mutating func open(_ action: String, _ what: String, _ edit: SpecEdit) {
        guard let last = status.actionLog.indices.last, isOpen else {
            if !edit.isEmpty { edit.record(in: &status) }
            return log(action, what, .started)
        }
        // Asked again after a crash or a conflict: what is still to be written may be another change by now, as the
        // spec may have been edited; what is not to be written any more was written before the crash.
        guard !edit.isEmpty, edit != SpecEdit(status) else { return }
        edit.record(in: &status)
        status.actionLog[last].message = what.cut(to: Self.messageLength)
    }

    /// Whether a write is on record as about to be done; it may have been done since.
    var isOpen: Bool { status.actionLog.last?.status == ActionStatus.started.rawValue }

    /// Notes what has become of the write that was on record as about to be done, if one was.
    mutating func close(_ outcome: ActionStatus, _ why: String = "") {
        guard let last = status.actionLog.indices.last, isOpen else { return }
        status.actionLog[last].status = outcome.rawValue
        status.actionLog[last].timestamp = now
        guard !why.isEmpty else { return }
        status.actionLog[last].message = "\(status.actionLog[last].message): \(why)".cut(to: Self.messageLength)
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
