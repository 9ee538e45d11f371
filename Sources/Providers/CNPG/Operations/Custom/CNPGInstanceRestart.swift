import CRDs
import JSON
import KubernetesAPI

/// Restarts one member: a replica by a new pod, the primary in place, which keeps it the primary.
struct CNPGInstanceRestart: CustomOperation {
    static let parameters = ["instance"]
    private static let inPlace = "Primary instance is being restarted in-place"
    /// A condition of ours among the Cluster's, whose message names the request that asked last.
    private static let asked = "dbaas.io/RestartAsked"

    private let operation: OperationContext
    private let state: CNPGOperationState
    private let member: String

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        self.operation = operation
        state = CNPGOperationState(operation)
        member = parameters["instance"] ?? ""
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? state.unknownMember(member) { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        guard !state.isFenced(member) else {
            return .refused(Refusal("InstanceFenced", "\(member) is fenced; lift the fence first (unfence)"))
        }
        let record = OperationRecord(child.metadata, of: operation)
        if record == nil, let refusal = otherNotReady { return .refused(refusal) }
        guard state.isPrimary(member) else { return restart(child).answer(madeAgainBy: "CloudNativePG makes again") }
        guard child.currentPrimary == member, child.targetPrimary ?? member == member else {
            return .refused(
                Refusal("PrimaryChanging", "CloudNativePG is changing the primary; try again when it is done")
            )
        }
        let began = (operation.request.status.startTime ?? operation.observed.now).wholeSecond
        // Asked again after a stop in between: this came with the phase in one patch, and stays when the phase is gone.
        let mark = "\(operation.request.metadata.uid), attempt \(operation.attempt)"
        if child.conditions[Self.asked]?.message == mark {
            return .intents([], log: "asked the primary \(member) to restart in place")
        }
        var patch = CNPGStatusPatch(child)
        patch.set("phase", Self.inPlace)
        patch.set("phaseReason", "Requested by OpsRequest \(operation.request.metadata.name)")
        patch.setNotReady(Self.inPlace, at: began)
        patch.set(
            Condition(type: Self.asked, status: .true, reason: "OpsRequest", message: mark, lastTransitionTime: began)
        )
        return .intents(
            [
                OperationRecord(operation, ["primary": .string(member)]).intent(.cnpgCluster, child.metadata),
                patch.intent,
            ],
            log: "asked the primary \(member) to restart in place"
        )
    }

    /// Refuses to take a second member out of service; one that cannot start is in none.
    private var otherNotReady: Refusal? {
        let isBroken = state.pod(named: member)?.container(in: MemberFailures.outOfService) != nil
        guard !operation.request.spec.force, !isBroken,
            let other = state.memberNames.first(where: { $0 != member && !isInService($0) })
        else { return nil }
        return MemberFailures.refusal(restarting: member, without: other)
    }

    private func isInService(_ name: String) -> Bool {
        state.pod(named: name).map { $0.isReady && !$0.metadata.isBeingDeleted } ?? false
    }

    private func restart(_ child: CNPGCluster) -> PodRestart {
        PodRestart(
            operation: operation,
            resource: .cnpgCluster,
            child: child.metadata,
            member: member,
            pod: state.pod(named: member)
        )
    }

    func report() -> OperationReport {
        guard let child = state.child, let record = OperationRecord(child.metadata, of: operation) else {
            return .failed(OperationRecord.lost(on: .cnpgCluster, "whether \(member) was restarted"))
        }
        if let refusal = MemberFailures(operation, state.pods).unableToStart { return .failed(refusal) }
        if let missing = restart(child).missing { return missing }
        if record["primary"] != nil, child.phase == Self.inPlace {
            return .running(percent: 0, waitingFor: "PostgreSQL in \(member) to restart")
        }
        if let missing = state.unsettled { return .running(percent: 50, waitingFor: missing) }
        return .succeeded(evidence: [
            record["primary"] == nil
                ? "\(member) runs in another pod and is ready"
                : "CloudNativePG has ended the restart of \(member) in place"
        ])
    }
}
