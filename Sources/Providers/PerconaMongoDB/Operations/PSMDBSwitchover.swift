import CRDs
import JSON
import KubernetesAPI

/// Another primary, by a higher priority of it in its replica set, on which MongoDB elects it when it has caught up.
///
/// When it leads, the priority is taken back, so that a later failover stays where it went.
struct PSMDBSwitchover {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private var target: String? { operation.request.spec.switchover?.target }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let record = OperationRecord(child.metadata, of: operation)
        if let target, child.isPrimary(target) {
            return record == nil && state.unsettled == nil
                ? .alreadySo(message: "\(target) is the primary already")
                : .intents([], log: "\(target) leads already; waiting for the others")
        }
        // Asked again after a stop in between: it was chosen once, and must not be chosen anew.
        if let candidate = record?["to"]?.string {
            return .intents(writes(candidate, child, record), log: log(candidate))
        }
        if let refusal = refusal(child) { return .refused(refusal) }
        if let refusal = state.underWay { return .notYet(refusal) }
        guard let candidate = target ?? choice(child)?.metadata.name else {
            return .refused(
                Refusal("NoCandidate", "no secondary is ready to take over; \(state.unsettled ?? "wait until one is")")
            )
        }
        if let refusal = refusal(of: candidate, child) { return .refused(refusal) }
        return .intents(writes(candidate, child, nil), log: log(candidate))
    }

    private func log(_ candidate: String) -> String { "gave \(candidate) the highest priority of its replica set" }

    private func writes(_ candidate: String, _ child: PSMDBCluster, _ record: OperationRecord?) -> [Intent] {
        let before = state.pod(named: candidate).flatMap(state.primary)?.metadata.name ?? ""
        let facts: JSONObject = ["from": .string(before), "to": .string(candidate)]
        let mark = (record ?? OperationRecord(operation, facts)).intent(.psmdbCluster, child.metadata)
        return [mark, successor(.string(candidate), child)]
    }

    private func successor(_ value: JSONValue, _ child: PSMDBCluster) -> Intent {
        .patch(
            .psmdbCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [PSMDBAnnotation.successor: value]]]
        )
    }

    // MARK: - Who, and who not

    private func refusal(_ child: PSMDBCluster) -> Refusal? {
        guard operation.cluster.spec.clusterSize > 1 else {
            return Refusal(
                "SingleMember",
                "each replica set has a single member, and nobody can take over from it; scale it to 3 or more first"
            )
        }
        guard target == nil, state.plan.shards > 1 else { return nil }
        return Refusal(
            "TargetRequired",
            "each of the \(state.plan.shards) shards has a primary of its own; name the member that shall lead in "
                + "switchover.target"
        )
    }

    private func refusal(of candidate: String, _ child: PSMDBCluster) -> Refusal? {
        if let refusal = state.unknownMember(candidate) { return refusal }
        guard let pod = state.pod(named: candidate), isFit(pod, child) else {
            let others = state.pods.filter { isFit($0, child) }.map(\.metadata.name)
            let words =
                state.pod(named: candidate)?.hindrance ?? child.memberState(candidate).map { "MongoDB says \($0)" }
            return Refusal(
                "TargetNotReady",
                "\(candidate) cannot take over: it is no ready secondary" + (words.map { " (\($0))" } ?? "") + "; "
                    + (others.isEmpty ? "no member is" : "\(others.joined(separator: ", ")) could")
            )
        }
        return nil
    }

    /// In the order of their names; of a further attempt another one than before.
    private func choice(_ child: PSMDBCluster) -> Pod? {
        let fit = state.pods.filter { isFit($0, child) }
        guard operation.attempt > 1 else { return fit.first }
        var earlier = operation
        earlier.attempt -= 1
        let refused = OperationRecord(child.metadata, of: earlier)?["to"]?.string
        return fit.first { $0.metadata.name != refused } ?? fit.first
    }

    private func isFit(_ pod: Pod, _ child: PSMDBCluster) -> Bool {
        pod.isReady && child.memberState(pod.metadata.name) == "SECONDARY"
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let child = state.child else {
            return .running(percent: 0, waitingFor: "the PerconaServerMongoDB to be there")
        }
        let record = OperationRecord(child.metadata, of: operation)
        guard let candidate = record?["to"]?.string ?? target else {
            return .failed(OperationRecord.lost(on: .psmdbCluster, "who was chosen to lead"))
        }
        let isAsked = child.metadata.annotations[PSMDBAnnotation.successor] == candidate
        guard child.isPrimary(candidate) else {
            let primary = state.pod(named: candidate).flatMap(state.primary)?.metadata.name ?? "nobody"
            guard isAsked else {
                return .retryable(
                    Refusal(
                        "SwitchoverRefused",
                        "annotation \(PSMDBAnnotation.successor) was taken off the PerconaServerMongoDB before \(candidate) "
                            + "led; \(primary) leads"
                    )
                )
            }
            return .running(percent: 0, waitingFor: "\(candidate) to lead instead of \(primary)")
        }
        if isAsked {
            return .further([successor(.null, child)], log: "\(candidate) leads; gave all the same priority again")
        }
        if let missing = state.unsettled { return .running(percent: 80, waitingFor: missing) }
        let history = record?["from"]?.string.map { ", before it was \($0)" } ?? ""
        return .succeeded(evidence: [
            "MongoDB says PRIMARY of \(candidate)\(history)", "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }
}
