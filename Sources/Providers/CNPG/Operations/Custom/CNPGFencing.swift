import CRDs
import JSON
import KubernetesAPI

/// Stops PostgreSQL in one member and leaves its pod and volumes, so that somebody can look at them.
struct CNPGFence: CustomOperation {
    static let parameters = ["allowOutage", "instance"]

    private let state: CNPGOperationState
    private let member: String
    private let allowsOutage: Bool

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        state = CNPGOperationState(operation)
        member = parameters["instance"] ?? ""
        allowsOutage = parameters["allowOutage"] == "true"
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        if let refusal = state.unknownMember(member) { return .refused(refusal) }
        if state.isPrimary(member), !allowsOutage {
            return .refused(
                Refusal(
                    "MemberIsPrimary",
                    "\(member) is the primary, and a fenced primary is not failed over: nobody could write. Request a "
                        + "Switchover first, or give the parameter allowOutage: \"true\""
                )
            )
        }
        if state.isFenced(member) {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "\(member) is fenced already; waiting for PostgreSQL to stop")
        }
        return .intents([child.fencing(child.fencedInstances + [member])], log: "fenced \(member)")
    }

    func report() -> OperationReport {
        guard state.isFenced(member) else {
            return .failed(Refusal("FenceLifted", "somebody has lifted the fence of \(member) meanwhile"))
        }
        guard let pod = state.pod(named: member) else {
            return .running(
                percent: 50,
                waitingFor: "\(member) to have a pod, which shows that PostgreSQL is stopped in it"
            )
        }
        guard pod.isReady else {
            return .succeeded(evidence: [
                "\(member) is fenced", "its pod is there and not ready: PostgreSQL has stopped",
            ])
        }
        return .running(percent: 50, waitingFor: "PostgreSQL in \(member) to stop")
    }
}

/// Takes the fence of one member, or of all, away again.
struct CNPGUnfence: CustomOperation {
    static let parameters = ["instance"]

    private let state: CNPGOperationState
    private let member: String

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        state = CNPGOperationState(operation)
        member = parameters["instance"] ?? ""
    }

    private var members: [String] { member == "*" ? state.memberNames : [member] }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        if member != "*", let refusal = state.unknownMember(member) {
            return .refused(Refusal(refusal.reason, "\(refusal.message), or * for all"))
        }
        guard members.contains(where: state.isFenced) else {
            if case .succeeded(let evidence, _) = report() {
                return .alreadySo(message: evidence.joined(separator: ", "))
            }
            return .intents([], log: "no fence is there any more; waiting for the member")
        }
        let fenced = child.fencedInstances.contains("*") ? state.memberNames : child.fencedInstances
        let kept = fenced.filter { !members.contains($0) && $0 != "*" }
        return .intents([child.fencing(kept)], log: "lifted the fence of \(members.joined(separator: ", "))")
    }

    func report() -> OperationReport {
        if let fenced = members.first(where: state.isFenced) {
            return .failed(Refusal("FencedAgain", "somebody has fenced \(fenced) again meanwhile"))
        }
        let ready = members.filter { state.pod(named: $0)?.isReady == true }
        guard let missing = members.first(where: { !ready.contains($0) }) else {
            return .succeeded(evidence: ready.map { "\($0) is not fenced and is ready" })
        }
        let hindrance = state.pod(named: missing)?.hindrance.map { " (\($0))" } ?? ""
        return .running(
            percent: CNPGOperationState.percent(1 + ready.count, of: 1 + members.count),
            waitingFor: "member \(missing) to be ready\(hindrance)"
        )
    }
}

extension CNPGCluster {
    /// Writes the list of fenced members, on condition that the Cluster is as it was seen: backups of stopped members
    /// fence through the same annotation.
    fileprivate func fencing(_ members: [String]) -> Intent {
        let list: JSONValue = members.isEmpty ? .null : .string(JSONValue(members.sorted()).description)
        return .patch(
            .cnpgCluster,
            metadata.key,
            format: .merge,
            body: [
                "metadata": [
                    "resourceVersion": .string(metadata.resourceVersion),
                    "annotations": [CNPGAnnotation.fencedInstances: list],
                ]
            ]
        )
    }
}
