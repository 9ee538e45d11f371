import CRDs
import KubernetesAPI
import Providers

/// The status of a cluster, from what came of a look at it and what its provider reports.
///
/// kstatus reads it without being taught: Reconciling and Stalled are there only when True, Ready is always there.
struct ClusterStatusAssembly {
    let cluster: DatabaseCluster
    let verdict: ClusterVerdict
    /// Nil when no provider serves the cluster.
    let report: ClusterReport?
    let operation: RunningOperation?
    /// What is held back of a new rendering; nil when nothing is.
    var pending: PendingUpdate?
    let now: Timestamp

    /// The status as it should stand.
    func status() -> DatabaseClusterStatus {
        var status = cluster.status
        report?.write(to: &status)
        status.provider = cluster.spec.effectiveProvider
        status.operation = operation
        if let phase = phaseOfVerdict { status.phase = phase }
        if let sentence { status.message = sentence }
        status.message = status.message.cut(to: Self.messageLength)
        status.observedGeneration = generation
        setConditions(&status)
        return status
    }

    /// What a child or the API server says may be longer than the schema lets a status be.
    private static let messageLength = 8000

    /// The newest generation of the spec that was acted upon; while paused, none is.
    private var generation: Int64? {
        verdict == .paused ? cluster.status.observedGeneration : cluster.metadata.generation
    }

    /// The phase where the verdict says more than the children can.
    private var phaseOfVerdict: DatabaseClusterPhase? {
        switch verdict {
        case .applied, .paused: report == nil ? .pending : nil
        case .applying: report?.phase == .ready ? .updating : nil
        case .deleting: .deleting
        case .refused, .writeFailed(_, _, true, _): report?.child == nil ? .failed : nil
        case .withoutProvider: .failed
        case .providerMissing, .providerForbidden: report?.child == nil ? .pending : nil
        case .waiting, .writeFailed: report?.child == nil ? .pending : nil
        }
    }

    /// The one sentence that matters most now, when it is not the report's.
    private var sentence: String? {
        switch verdict {
        case .applied: nil
        case .applying(let message): report?.phase == .ready ? message : nil
        case .paused: "paused by annotation \(APIGroup.reconcileAnnotation); changes of the spec wait"
        case .refused(let refusals): refusals.first?.message
        case .withoutProvider(let refusal): refusal.message
        case .providerMissing(let kinds): Self.missing(kinds)
        case .providerForbidden(let message), .waiting(_, let message), .writeFailed(_, let message, _, _),
            .deleting(let message):
            message
        }
    }

    private static func missing(_ kinds: [ResourceType]) -> String {
        let names = kinds.map { "\($0.kind).\($0.group)" }.sorted().joined(separator: ", ")
        return "the API server does not serve \(names): install the database operator that belongs to it"
    }
}

// MARK: - Conditions

extension ClusterStatusAssembly {
    private static let ownTypes: Set = [
        "Accepted", "ChildSynced", "Drifted", "ProviderAvailable", "Ready", "Reconciling", "Stalled",
        "UpdatePending",
    ]

    private func setConditions(_ status: inout DatabaseClusterStatus) {
        set(accepted, in: &status)
        set(providerAvailable, in: &status)
        set(childSynced, in: &status)
        set(drifted, in: &status)
        let reported = report?.conditions ?? []
        for condition in reported { set(condition, in: &status) }
        if verdict == .applied {
            // What the provider has no word about any more, such as a backup that was switched off.
            let known = Self.ownTypes.union(reported.map(\.type))
            status.conditions.removeAll { !known.contains($0.type) }
        }
        setPending(&status)
        set(ready(status.phase ?? .pending, status.message), in: &status)
        setProgress(&status)
    }

    /// Where nothing was rendered, what was held before still is.
    private func setPending(_ status: inout DatabaseClusterStatus) {
        switch verdict {
        case .applied, .applying: break
        default: return
        }
        guard let pending else { return status.conditions.removeAll { $0.type == "UpdatePending" } }
        set(ReportedCondition("UpdatePending", .true, "HeldBack", pending.message), in: &status)
    }

    private var accepted: ReportedCondition {
        switch verdict {
        case .refused(let refusals):
            let sentences = refusals.map(\.message).joined(separator: "; ")
            return ReportedCondition("Accepted", .false, refusals.first?.reason ?? "Refused", sentences)
        case .withoutProvider(let refusal):
            return ReportedCondition("Accepted", .false, refusal.reason, refusal.message)
        default: return ReportedCondition("Accepted", .true, "Accepted", "")
        }
    }

    private var providerAvailable: ReportedCondition {
        switch verdict {
        case .withoutProvider(let refusal):
            ReportedCondition("ProviderAvailable", .false, refusal.reason, refusal.message)
        case .providerMissing(let kinds):
            ReportedCondition("ProviderAvailable", .false, "NotInstalled", Self.missing(kinds))
        case .providerForbidden(let message):
            ReportedCondition("ProviderAvailable", .false, "Forbidden", message)
        default: ReportedCondition("ProviderAvailable", .true, "Installed", "")
        }
    }

    private var childSynced: ReportedCondition {
        switch verdict {
        case .applied, .applying: ReportedCondition("ChildSynced", .true, "Applied", "")
        case .writeFailed(let reason, let message, _, _): ReportedCondition("ChildSynced", .false, reason, message)
        case .waiting(let reason, let message): ReportedCondition("ChildSynced", .false, reason, message)
        case .paused: ReportedCondition("ChildSynced", .unknown, "Paused", sentence ?? "")
        case .deleting(let message): ReportedCondition("ChildSynced", .unknown, "Deleting", message)
        case .refused, .withoutProvider, .providerMissing, .providerForbidden:
            ReportedCondition("ChildSynced", .unknown, "NotAttempted", "nothing was written")
        }
    }

    private var drifted: ReportedCondition {
        guard case .writeFailed(_, let message, _, true) = verdict else {
            return ReportedCondition("Drifted", .false, "InSync", "")
        }
        return ReportedCondition("Drifted", .true, "NotPutBack", message)
    }

    private func ready(_ phase: DatabaseClusterPhase, _ message: String) -> ReportedCondition {
        guard phase == .ready, verdict == .applied || verdict == .paused else {
            return ReportedCondition("Ready", .false, phase == .ready ? "NotSynced" : phase.rawValue, message)
        }
        return ReportedCondition("Ready", .true, "Ready", "")
    }

    /// Reconciling while work goes on, Stalled when only somebody's action can help, neither at rest.
    private func setProgress(_ status: inout DatabaseClusterStatus) {
        let phase = status.phase ?? .pending
        status.conditions.removeAll { condition in
            condition.type == "Reconciling" && !isReconciling(phase) || condition.type == "Stalled" && !isStalled(phase)
        }
        if isStalled(phase) {
            let reason = accepted.status == .false ? accepted.reason : phase.rawValue
            set(ReportedCondition("Stalled", .true, reason, status.message), in: &status)
        } else if isReconciling(phase) {
            set(ReportedCondition("Reconciling", .true, phase.rawValue, status.message), in: &status)
        }
    }

    private func isStalled(_ phase: DatabaseClusterPhase) -> Bool {
        switch verdict {
        case .refused, .withoutProvider, .writeFailed(_, _, true, _): true
        default: phase == .failed
        }
    }

    private func isReconciling(_ phase: DatabaseClusterPhase) -> Bool {
        guard !isStalled(phase) else { return false }
        switch phase {
        case .ready, .stopped: return verdict != .applied && verdict != .paused
        case .degraded, .failed: return false
        default: return true
        }
    }

    private func set(_ condition: ReportedCondition, in status: inout DatabaseClusterStatus) {
        status.conditions.set(
            condition.type,
            condition.status,
            reason: condition.reason,
            message: condition.message.cut(to: Self.messageLength),
            now: now,
            observedGeneration: generation
        )
    }
}
