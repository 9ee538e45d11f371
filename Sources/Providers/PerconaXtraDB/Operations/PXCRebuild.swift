import CRDs
import JSON
import KubernetesAPI

/// One member made new from the others, on a new volume: claim and pod are deleted, and the new member copies all data.
struct PXCRebuild {
    private let operation: OperationContext
    private let state: PXCOperationState
    private var member: String { operation.request.spec.rebuildInstance?.instance ?? "" }
    private var claimName: String { state.plan.names.claim(ofMember: member) }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    private var claim: PersistentVolumeClaim? { state.plan.claims.first { $0.metadata.name == claimName } }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let record = OperationRecord(child.metadata, of: operation)
        // Asked again after a stop in between: the new member must not be thrown away too.
        if let record, !isOld(record) { return .intents([], log: "\(member) is being made anew") }
        if record == nil {
            if let refusal { return .refused(refusal) }
            if let busy = state.busyForCure { return .notYet(busy) }
        }
        let facts: JSONObject = ["instance": .string(member), "volume": .string(claim?.metadata.uid ?? "")]
        let pod = state.pod(named: member)
        // The claim stays until its pod has gone; then the StatefulSet makes both.
        let deletions: [Intent?] = [
            claim.map { .delete(.persistentVolumeClaim, $0.metadata.key, uid: $0.metadata.uid) },
            pod.map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) },
        ]
        return .intents(
            [(record ?? OperationRecord(operation, facts)).intent(.pxcCluster, child.metadata)]
                + deletions.compactMap(\.self),
            log: "gave up \(member) and its volume, to be made anew\(warning)"
        )
    }

    private var warning: String {
        let isWriter = member == state.plan.names.firstMember && state.child?.hasHAProxy == true
        return isWriter ? "; HAProxy sends the writes to another member meanwhile" : ""
    }

    private var refusal: Refusal? {
        if let refusal = state.unknownMember(member) { return refusal }
        if state.wanted < 3 {
            return Refusal(
                "TooFewMembers",
                "\(member) cannot be made new with \(state.wanted) members: while it copies from another nobody else would "
                    + "be left to vote; scale to 3 or restore a backup instead"
            )
        }
        guard let other = state.pods.first(where: { $0.metadata.name != member && !$0.isReady }) else { return nil }
        return Refusal(
            "MemberNotReady",
            "member \(other.metadata.name) is not ready, and a new member is copied from the others; bring it back first"
        )
    }

    /// Whether the old volume is still there.
    private func isOld(_ record: OperationRecord) -> Bool {
        guard let old = record["volume"]?.string, !old.isEmpty else { return claim == nil }
        return claim?.metadata.uid == old
    }

    func report() -> OperationReport {
        guard let child = state.child else { return .running(percent: 0, waitingFor: "the cluster to be there") }
        guard let record = OperationRecord(child.metadata, of: operation) else {
            return .failed(
                OperationRecord.lost(
                    on: .pxcCluster,
                    "whether \(member) is a new one; look at its volume, and file the request again if it is not"
                )
            )
        }
        guard !isOld(record) else {
            return .running(percent: 0, waitingFor: "the old volume of \(member) to be removed")
        }
        guard let claim else {
            // A pod that was made before the claim had gone waits for it in vain.
            if operation.hasHad(Self.timeToReturn), let pod = state.pod(named: member), !pod.isReady {
                return .retryable(
                    Refusal("RebuildFailed", "\(member) has no volume: \(pod.hindrance ?? "its pod does not start")")
                )
            }
            return .running(percent: 33, waitingFor: "a new volume for \(member)")
        }
        if let missing = state.unsettled { return .running(percent: 66, waitingFor: missing) }
        return .succeeded(evidence: [
            "volume \(claim.metadata.name) is new (\(claim.metadata.uid))",
            "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }

    private static let timeToReturn = Duration.seconds(120)
}
