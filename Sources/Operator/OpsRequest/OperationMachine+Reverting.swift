import CRDs
import JSON
import KubernetesAPI

/// Taking back what the operation wrote into the cluster's spec, after a failure or on cancel.
///
/// That it was begun, and why, is on record in two conditions before anything is written: RolledBack is Unknown until
/// it is over, and Executing says what ended the operation.
extension OperationMachine {
    mutating func cancel(_ why: String) -> OperationStep {
        guard !SpecEdit(status).isEmpty else {
            return finish(
                .cancelled,
                Self.cancelled,
                "\(why); it had changed nothing in the cluster's spec, and what it had begun on the children goes on"
            )
        }
        return revert(Self.cancelled, why)
    }

    mutating func fail(_ reason: String, _ message: String) -> OperationStep {
        guard request.spec.rollbackPolicy == .onFailure, !SpecEdit(status).isEmpty else {
            return finish(.failed, reason, message)
        }
        return revert(reason, message)
    }

    /// Whether the operation is over and only what it wrote is still to be taken back.
    var isReverting: Bool { status.conditions[Self.rolledBack]?.status == .unknown }

    private mutating func revert(_ reason: String, _ message: String) -> OperationStep {
        close(.failed, message)
        note(Self.executing, .false, reason, message)
        note(Self.rolledBack, .unknown, Self.restoring, "the cluster's spec is about to be restored")
        return restore(in: situation.cluster)
    }

    /// Goes on after a restart, or looks whether the cluster has come to rest.
    mutating func goOnReverting(_ cluster: DatabaseCluster) -> OperationStep {
        guard status.conditions[Self.rolledBack]?.reason == Self.settling else { return restore(in: cluster) }
        let restored = status.actionLog.last { $0.action == Self.restore }?.timestamp
        return isInAHurry || cluster.hasSettled ? reverted() : .recover(restoredAt: restored ?? now)
    }

    private mutating func restore(in cluster: DatabaseCluster?) -> OperationStep {
        guard let cluster else { return lostItsCluster("DatabaseCluster \(request.spec.clusterRef) was deleted") }
        let edit = SpecEdit(status)
        let standing = edit.standing(in: cluster.spec)
        // Nothing of it stands there any more: it was restored already, or never written.
        guard !standing.own.isEmpty else { return restored() }
        let what = edit.sentence(restoring: standing.own)
        if status.actionLog.last?.action != Self.restore { log(Self.restore, what, .started) }
        describe(Self.rollingBack, "\(cause): \(causeMessage); restoring \(what)")
        return .restore(edit.restoring(standing.own, in: cluster.spec))
    }

    /// Of the spec, all that was still the operation's doing says again what it said before.
    mutating func restored() -> OperationStep {
        close(.done)
        guard cause != Self.cancelled, !isInAHurry else { return reverted() }
        note(Self.rolledBack, .unknown, Self.settling, "the spec is restored; waiting for the cluster to settle")
        describe(Self.rollingBack, "\(cause): \(causeMessage); the spec is restored, waiting for the cluster to settle")
        return .settle(lookAgain: min(Self.observationInterval, max(revertingTimeLeft, .seconds(1))))
    }

    /// Who cancels or deletes a request that rolls back wants its end, not another operation.
    private var isInAHurry: Bool { request.spec.cancel || request.metadata.isBeingDeleted }

    /// The handler's writes on the children, if it had any, were carried out.
    ///
    /// - Parameter trouble: why one of them was not.
    mutating func recovered(but trouble: String = "") -> OperationStep {
        let found = situation.cluster?.status
        let phase = found?.phase?.rawValue ?? "not looked at"
        let words = [found?.message ?? "", trouble].filter { !$0.isEmpty }.map { ": \($0)" }.joined()
        guard revertingTimeLeft > .zero else {
            return reverted(
                doubt: ("NotSettled", "after \(timeout) s the cluster has not settled, it is \(phase)\(words)")
            )
        }
        describe(
            Self.rollingBack,
            "\(cause): \(causeMessage); the spec is restored, waiting for the cluster to settle, which is \(phase)\(words)"
        )
        return .settle(lookAgain: min(revertingTimeLeft, Self.observationInterval))
    }

    /// The old spec cannot be written, such as a smaller volume; `why` is the API server's sentence, or the provider's.
    ///
    /// To try again for ever would keep the request, and all that wait for it, from coming to an end.
    mutating func notRestored(_ why: String, reason: String = "NotRestored") -> OperationStep {
        close(.failed, why)
        return reverted(doubt: (reason, "what the spec said before could not be restored: \(why)"))
    }

    /// The end; `doubt` is a reason and a sentence why it cannot be called rolled back.
    private mutating func reverted(doubt: (reason: String, text: String)? = nil) -> OperationStep {
        let edited = situation.cluster.map { editedSince(in: $0.spec) } ?? []
        let text: String
        if let doubt {
            text = doubt.text
            note(Self.rolledBack, .false, doubt.reason, text)
        } else if !edited.isEmpty {
            text =
                "left alone, as somebody has changed it since: \(edited.map { "spec.\($0)" }.joined(separator: ", "))"
            note(Self.rolledBack, .false, "EditedSince", text)
        } else {
            text = "the cluster's spec says again what it said before"
            note(Self.rolledBack, .true, "Restored", text)
        }
        let phase: OpsRequestPhase = cause == Self.cancelled ? .cancelled : .failed
        return finish(phase, cause, "\(causeMessage); \(text)")
    }

    /// What somebody else has made of the fields; the cluster may have been seen before they were restored, or after.
    private func editedSince(in spec: DatabaseClusterSpec) -> [String] {
        let isSeenAfter = status.conditions[Self.rolledBack]?.reason == Self.settling
        return isSeenAfter ? SpecEdit(status).unrestored(in: spec) : SpecEdit(status).standing(in: spec).edited
    }

    /// The cluster is gone or going: nothing can be observed or restored any more.
    mutating func lostItsCluster(_ why: String) -> OperationStep {
        guard isReverting, cause != Self.cancelled else { return finish(.cancelled, "ClusterDeleted", why) }
        close(.failed, why)
        return reverted(doubt: ("ClusterDeleted", why))
    }

    /// The reason why the operation ended.
    private var cause: String { status.conditions[Self.executing]?.reason ?? "Failed" }

    private var causeMessage: String { status.conditions[Self.executing]?.message ?? "" }

    static let rollingBack = "RollingBack"
    static let rolledBack = "RolledBack"
    private static let restore = "Restore"
    private static let cancelled = "Cancelled"
    private static let restoring = "Restoring"
    private static let settling = "Settling"
}

extension DatabaseCluster {
    /// Whether it is at rest with the spec that it has.
    fileprivate var hasSettled: Bool {
        status.observedGeneration == metadata.generation && status.phase == (spec.stopped ? .stopped : .ready)
    }
}
