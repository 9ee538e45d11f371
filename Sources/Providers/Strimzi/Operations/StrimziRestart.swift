import CRDs
import JSON
import KubernetesAPI

/// A rolling restart: each pod is marked, and Strimzi restarts those that neither a partition nor the quorum would miss.
///
/// A mark on the pod set would be lost with the set's next version, even if the restart had failed.
struct StrimziRestart {
    private let operation: OperationContext
    private let state: StrimziOperationState
    /// One node alone; nil means all.
    private let member: String?

    init(_ operation: OperationContext, member: String? = nil) {
        self.operation = operation
        self.member = member
        state = StrimziOperationState(operation)
    }

    private var targets: [Pod] { state.pods.filter { member == nil || $0.metadata.name == member } }

    private var record: OperationRecord? {
        state.kafka.flatMap { OperationRecord($0.metadata, of: operation) }
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notManaged { return .refused(refusal) }
        if let member, let refusal = state.unknownMember(member) { return .refused(refusal) }
        guard let kafka = state.kafka else { return .refused(state.absent) }
        guard !targets.isEmpty else { return .refused(Refusal("ClusterNotReady", "there are no pods to restart yet")) }
        if let record {
            // Asked again after a stop in between: the pods of after the restart are left alone.
            let old = targets.filter { isOld($0, record) }
            return .intents(old.map { state.mark($0, StrimziAnnotation.restart) } + [state.touch()], log: log)
        }
        if let busy = state.busy { return .notYet(busy) }
        let uids = JSONObject(targets.map { ($0.metadata.name, .string($0.metadata.uid)) })
        let facts = OperationRecord(operation, ["pods": .object(uids)])
        let marks = targets.map { state.mark($0, StrimziAnnotation.restart) }
        return .intents([facts.intent(.kafka, kafka.metadata)] + marks + [state.touch()], log: log)
    }

    private var log: String {
        member.map { "asked for a restart of \($0)" } ?? "asked for a rolling restart of \(targets.count) nodes"
    }

    private func isOld(_ pod: Pod, _ record: OperationRecord) -> Bool {
        record["pods"]?[pod.metadata.name]?.string == pod.metadata.uid
    }

    func report() -> OperationReport {
        guard state.kafka != nil else { return .running(percent: 0, waitingFor: "the Kafka to be there") }
        guard let record else { return .failed(StrimziRecord.lost("the nodes were restarted")) }
        if let failure = MemberFailures(operation, targets).report { return failure }
        let names = record["pods"]?.object?.names ?? []
        let done = targets.filter { pod in
            !isOld(pod, record) && pod.isReady && pod.metadata.annotations[StrimziAnnotation.restart] == nil
        }
        let percent = OperationReport.percent(done.count, of: names.count)
        if let pod = targets.first(where: { isOld($0, record) }) {
            return .running(
                percent: percent,
                waitingFor:
                    "\(pod.metadata.name) to be restarted, which Strimzi does when no partition falls below its "
                    + "min.insync.replicas by that"
            )
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        guard done.count >= targets.count else {
            return .running(percent: percent, waitingFor: "Strimzi to be done with the marked pods")
        }
        return .succeeded(evidence: done.map { "\($0.metadata.name) runs in another pod and is ready" })
    }
}

/// Sentences about the record that operations keep on the Kafka.
enum StrimziRecord {
    static func lost(_ what: String) -> Refusal {
        Refusal(
            "RecordLost",
            "annotation \(OperationRecord.annotation) was taken off the Kafka, so it cannot be told whether \(what); look "
                + "at the pods, and file the request again if need be"
        )
    }
}
