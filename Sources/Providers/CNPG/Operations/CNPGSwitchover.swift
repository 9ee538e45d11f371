import CRDs
import JSON
import KubernetesAPI

/// Another primary, by the `targetPrimary` in the Cluster's status, as CloudNativePG's own command line asks for it.
///
/// CloudNativePG checks nothing: it takes what stands there and does nothing else until that member leads, or has gone.
struct CNPGSwitchover {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private var target: String? { operation.request.spec.switchover?.target }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let record = OperationRecord(child.metadata, of: operation)
        if let target, child.currentPrimary == target, child.targetPrimary ?? target == target {
            return record == nil && state.unsettled == nil
                ? .alreadySo(message: "\(target) is the primary already")
                : .intents([], log: "\(target) leads already; waiting for the others")
        }
        // Asked again after a stop in between: it was chosen once, and must not be chosen anew.
        if let candidate = record?["to"]?.string, [child.targetPrimary, child.currentPrimary].contains(candidate) {
            return .intents([], log: "asked \(candidate) to take over")
        }
        if let refusal = refusal(child) { return .refused(refusal) }
        guard let candidate = target ?? record?["to"]?.string ?? choice(child)?.metadata.name else {
            return .refused(
                Refusal("NoCandidate", "no replica is ready to take over; \(state.unsettled ?? "wait until one is")")
            )
        }
        if let refusal = refusal(of: candidate, child) { return .refused(refusal) }
        return .intents(
            writes(candidate, child),
            log: "asked \(candidate) to take over from \(child.currentPrimary ?? "")"
        )
    }

    private func writes(_ candidate: String, _ child: CNPGCluster) -> [Intent] {
        let facts: JSONObject = ["from": .string(child.currentPrimary ?? ""), "to": .string(candidate)]
        let began = (operation.request.status.startTime ?? operation.observed.now).wholeSecond
        var patch = CNPGStatusPatch(child)
        patch.set("targetPrimary", candidate)
        patch.set("targetPrimaryTimestamp", began.withMicroseconds)
        patch.set("phase", "Switchover in progress")
        patch.set("phaseReason", "Switching over to \(candidate)")
        patch.setNotReady("Switchover in progress", at: began)
        return [OperationRecord(operation, facts).intent(.cnpgCluster, child.metadata), patch.intent]
    }

    // MARK: - Who, and who not

    private func refusal(_ child: CNPGCluster) -> Refusal? {
        guard state.wanted > 1, state.memberNames.count > 1 else {
            return Refusal(
                "SingleMember",
                "the cluster has a single member, and nobody can take over from it; scale it to 2 or more first"
            )
        }
        guard let primary = child.currentPrimary, child.targetPrimary ?? primary == primary else {
            return Refusal(
                "PrimaryChanging",
                "CloudNativePG is changing the primary from \(child.currentPrimary ?? "none") to "
                    + "\(child.targetPrimary ?? "none"); try again when it is done"
            )
        }
        guard !state.isFenced(primary) else {
            return Refusal("InstanceFenced", "the primary \(primary) is fenced; lift the fence first (Custom unfence)")
        }
        return nil
    }

    private func refusal(of candidate: String, _ child: CNPGCluster) -> Refusal? {
        if let refusal = state.unknownMember(candidate) { return refusal }
        guard let pod = state.pod(named: candidate), isFit(pod, child) else {
            let why = state.pod(named: candidate)?.hindrance
            let others = state.pods.filter { isFit($0, child) }.map(\.metadata.name)
            return Refusal(
                "TargetNotReady",
                "\(candidate) cannot take over: it is \(state.isFenced(candidate) ? "fenced" : "no ready replica")"
                    + (why.map { " (\($0))" } ?? "") + "; "
                    + (others.isEmpty ? "no replica is" : "\(others.joined(separator: ", ")) could")
            )
        }
        return nil
    }

    /// The replica that is on the primary's timeline, in the order of their names.
    private func choice(_ child: CNPGCluster) -> Pod? {
        let refused = operation.attempt > 1 ? earlierChoice(child) : nil
        let fit = state.pods.filter { isFit($0, child) }
        return fit.first { $0.metadata.name != refused } ?? fit.first
    }

    /// Whom an earlier attempt had chosen.
    private func earlierChoice(_ child: CNPGCluster) -> String? {
        var earlier = operation
        earlier.attempt -= 1
        return OperationRecord(child.metadata, of: earlier)?["to"]?.string
    }

    private func isFit(_ pod: Pod, _ child: CNPGCluster) -> Bool {
        let name = pod.metadata.name
        guard pod.isReady, name != child.currentPrimary, !state.isFenced(name), child.instanceNames.contains(name),
            pod.metadata.labels[CNPGLabel.instanceRole] != "unhealthy"
        else { return false }
        guard let primary = child.currentPrimary, let leading = child.timelines[primary],
            let own = child.timelines[name]
        else { return true }
        return own == leading
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard let child = state.child else { return .running(percent: 0, waitingFor: "the Cluster to be there") }
        let record = OperationRecord(child.metadata, of: operation)
        let before = record?["from"]?.string
        guard let candidate = target ?? record?["to"]?.string else {
            return .failed(
                OperationRecord.lost(
                    on: .cnpgCluster,
                    "who led before; \(child.currentPrimary ?? "nobody") leads now"
                )
            )
        }
        let primary = child.currentPrimary
        let isDone = target == nil ? primary != before : primary == candidate
        guard isDone, child.targetPrimary ?? primary == primary, let primary else {
            if child.targetPrimary == child.currentPrimary, record != nil {
                return .retryable(
                    Refusal(
                        "SwitchoverRefused",
                        "CloudNativePG has taken the switchover to \(candidate) back, as it does when that member is not "
                            + "active; \(child.currentPrimary ?? "nobody") leads"
                    )
                )
            }
            return .running(percent: 0, waitingFor: "\(candidate) to lead instead of \(primary ?? "nobody")")
        }
        if let missing = state.unsettled { return .running(percent: 50, waitingFor: missing) }
        let history = before.map { ", before it was \($0)" } ?? ""
        return .succeeded(evidence: [
            "the primary is \(primary)\(history)", "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }
}
