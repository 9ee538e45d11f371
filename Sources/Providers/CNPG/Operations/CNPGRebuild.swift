import CRDs
import JSON
import KubernetesAPI

/// One member made new from the others, on new volumes.
struct CNPGRebuild {
    private let operation: OperationContext
    private let state: CNPGOperationState
    private var member: String { operation.request.spec.rebuildInstance?.instance ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let record = OperationRecord(child.metadata, of: operation)
        // Asked again after a stop in between: the new member must not be thrown away too.
        if let record, !isOld(record) { return .intents([], log: "\(member) is being made anew") }
        if let refusal = refusal(child) { return .refused(refusal) }
        let facts: JSONObject = [
            "instance": .string(member),
            "volumes": JSONValue(state.claims(of: member).map(\.metadata.uid)),
        ]
        let writes = [(record ?? OperationRecord(operation, facts)).intent(.cnpgCluster, child.metadata)] + removal
        return .intents(writes, log: "gave \(member) and its volumes up, to be made anew")
    }

    /// A member that has a pod is given up by a mark, and CloudNativePG removes what belongs to it.
    ///
    /// Without a pod, or when that did not help, its parts are removed one by one, each by its uid. The claims come
    /// last: CloudNativePG makes a member for the first one that is missing.
    private var removal: [Intent] {
        if let pod = state.pod(named: member), operation.attempt == 1 {
            let metadata: JSONValue = [
                "uid": .string(pod.metadata.uid), "annotations": [CNPGAnnotation.unrecoverable: "true"],
            ]
            return [.patch(.pod, pod.metadata.key, format: .merge, body: ["metadata": metadata])]
        }
        let pods = state.pods.filter { $0.metadata.name == member }
        return pods.map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) }
            + state.jobs(of: member).map { .delete(.job, $0.metadata.key, uid: $0.metadata.uid) }
            + state.claims(of: member).map { .delete(.persistentVolumeClaim, $0.metadata.key, uid: $0.metadata.uid) }
    }

    /// CloudNativePG refuses a primary without a word, and its other way does not even look.
    private func refusal(_ child: CNPGCluster) -> Refusal? {
        if let refusal = state.unknownMember(member) { return refusal }
        if state.memberNames.count < 2 {
            return Refusal(
                "SingleMember",
                "\(member) is the only member, and its data would be lost; scale to 2 or restore a backup instead"
            )
        }
        if state.isPrimary(member) {
            return Refusal(
                "MemberIsPrimary",
                "\(member) is the primary, or becomes it, and has what the others are made from; request a Switchover "
                    + "first"
            )
        }
        if state.isFenced(member) {
            return Refusal(
                "InstanceFenced",
                "\(member) is fenced, and would stay so when it is new; lift the fence first (Custom unfence)"
            )
        }
        guard let primary = child.currentPrimary.flatMap({ state.pod(named: $0) }), primary.isReady else {
            return Refusal(
                "PrimaryNotReady",
                "the primary \(child.currentPrimary ?? "") is not ready, and a new member is copied from it; bring it back "
                    + "first"
            )
        }
        return nil
    }

    // MARK: - Evidence

    /// Whether one of the old volumes is still there.
    private func isOld(_ record: OperationRecord) -> Bool {
        let old = Set(record["volumes"]?.array?.compactMap(\.string) ?? [])
        return old.isEmpty
            ? state.claims(of: member).isEmpty && state.pod(named: member) != nil
            : operation.observed.bodies(.persistentVolumeClaim, as: PersistentVolumeClaim.self)
                .contains { old.contains($0.metadata.uid) }
    }

    func report() -> OperationReport {
        guard let child = state.child else { return .running(percent: 0, waitingFor: "the Cluster to be there") }
        guard let record = OperationRecord(child.metadata, of: operation) else {
            return .failed(
                OperationRecord.lost(
                    on: .cnpgCluster,
                    "whether \(member) is a new one; look at its volumes, and file the request again if it is not"
                )
            )
        }
        guard !isOld(record) else {
            guard !state.isPrimary(member) else {
                return .failed(
                    Refusal("MemberIsPrimary", "\(member) has become the primary meanwhile and was left as it is")
                )
            }
            return .running(percent: 0, waitingFor: "the old volumes of \(member) to be removed")
        }
        // Right after the writes the phase may still be that of before.
        if CNPGPhase(child.phase) == .broken, state.hasHad(CNPGOperationState.timeToBeSeen) {
            return .retryable(
                Refusal("RebuildFailed", "\(member) could not be made: \(child.phase): \(child.phaseReason)")
            )
        }
        guard let claim = newClaim else { return .running(percent: 33, waitingFor: "a new volume for \(member)") }
        if let missing = state.unsettled { return .running(percent: 66, waitingFor: missing) }
        return .succeeded(evidence: [
            "volume \(claim.metadata.name) is new (\(claim.metadata.uid))",
            "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }

    /// The volume of the new member, which normally takes the name of the old one.
    private var newClaim: PersistentVolumeClaim? {
        let claims = state.plan.claims(role: "PG_DATA")
        if let same = claims.first(where: { $0.metadata.name == member }) { return same }
        guard claims.count >= state.wanted, let executed = operation.executedAt else { return nil }
        return claims.first { claim in claim.metadata.creationTimestamp.map { $0 >= executed } ?? false }
    }
}
