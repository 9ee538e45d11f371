import CRDs
import JSON
import KubernetesAPI

/// One member made new from the others, on a new volume: MongoDB's initial sync.
struct PSMDBRebuild {
    private let operation: OperationContext
    private let state: PSMDBOperationState
    private var member: String { operation.request.spec.rebuildInstance?.instance ?? "" }

    /// Percona's operator writes what MongoDB says of its members every five seconds; this long after a pod was made it
    /// is no longer what was said of the one before.
    private static let timeToBeSeen = Duration.seconds(30)

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let record = OperationRecord(child.metadata, of: operation)
        // Asked again after a stop in between: the new member must not be thrown away too.
        if let record, oldVolume(record) == nil { return .intents([], log: "\(member) is being made anew") }
        if let refusal = refusal(child) { return .refused(refusal) }
        if record == nil, let refusal = state.underWay { return .notYet(refusal) }
        let facts: JSONObject = [
            "instance": .string(member), "volume": .string(state.claim(of: member)?.metadata.uid ?? ""),
        ]
        let mark = (record ?? OperationRecord(operation, facts)).intent(.psmdbCluster, child.metadata)
        return .intents([mark] + removal, log: "gave \(member) and its volume up, to be made anew")
    }

    /// The claim goes when its pod does, and both are made again by the StatefulSet; each by its uid.
    private var removal: [Intent] {
        let claim = state.claim(of: member)
        let pod = state.pod(named: member)
        return [
            claim.map { .delete(.persistentVolumeClaim, $0.metadata.key, uid: $0.metadata.uid) },
            pod.map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) },
        ].compactMap(\.self)
    }

    private func refusal(_ child: PSMDBCluster) -> Refusal? {
        if let refusal = state.unknownMember(member) { return refusal }
        if operation.cluster.spec.clusterSize < 3 {
            return Refusal(
                "SingleMember",
                "\(member) is the only member of its replica set, and its data would be lost; scale to 3 or restore a backup "
                    + "instead"
            )
        }
        if child.isPrimary(member) {
            return Refusal(
                "MemberIsPrimary",
                "\(member) is the primary and has what the others are made from; request a Switchover first"
            )
        }
        guard let pod = state.pod(named: member) else { return nil }
        let peers = state.pods.filter { $0.replset(of: state.name) == pod.replset(of: state.name) && $0 != pod }
        guard state.primary(beside: pod)?.isReady == true, peers.allSatisfy(\.isReady) else {
            return Refusal(
                "MemberNotReady",
                "the other members of its replica set are not all ready, and without \(member) nobody might lead; bring them "
                    + "back first"
            )
        }
        return nil
    }

    // MARK: - Evidence

    /// The volume that was to go, while it is there.
    private func oldVolume(_ record: OperationRecord) -> PersistentVolumeClaim? {
        let claim = state.claim(of: member)
        return claim?.metadata.uid == record["volume"]?.string ? claim : nil
    }

    func report() -> OperationReport {
        guard let child = state.child else {
            return .running(percent: 0, waitingFor: "the PerconaServerMongoDB to be there")
        }
        guard let record = OperationRecord(child.metadata, of: operation) else {
            return .failed(
                OperationRecord.lost(
                    on: .psmdbCluster,
                    "whether \(member) is a new one; look at its volume, and file the request again if it is not"
                )
            )
        }
        if let old = oldVolume(record) {
            // The pod may have come back before the claim was marked to go, and holds it now.
            if !old.metadata.isBeingDeleted, operation.hasHad(.seconds(30)) {
                return .retryable(Refusal("RebuildFailed", "volume \(old.metadata.name) of \(member) was not given up"))
            }
            return .running(percent: 0, waitingFor: "the old volume of \(member) to be removed")
        }
        guard let claim = state.claim(of: member) else {
            return .running(percent: 33, waitingFor: "a new volume for \(member)")
        }
        guard child.memberState(member) == "SECONDARY" || child.memberState(member) == "PRIMARY" else {
            let words = child.memberState(member).map { " (MongoDB says \($0))" } ?? ""
            return .running(percent: 66, waitingFor: "\(member) to copy the data\(words)")
        }
        guard let created = state.pod(named: member)?.metadata.creationTimestamp,
            operation.observed.now - created >= Self.timeToBeSeen
        else {
            return .running(
                percent: 66,
                waitingFor: "MongoDB's word on the new \(member); what the status says may still be of the old one"
            )
        }
        if let missing = state.unsettled { return .running(percent: 80, waitingFor: missing) }
        return .succeeded(evidence: [
            "volume \(claim.metadata.name) is new (\(claim.metadata.uid))",
            "MongoDB says \(child.memberState(member) ?? "") of \(member)",
            "\(state.wanted) of \(state.wanted) members are ready",
        ])
    }
}
