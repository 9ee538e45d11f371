import CRDs
import JSON
import KubernetesAPI

/// One node made new on empty volumes, which fill again from the others.
///
/// Strimzi looks at nothing before it deletes: what makes it safe is looked at here, and what cannot be seen, whether
/// some topic has one replica alone, a person must answer for.
struct StrimziRebuild {
    /// On an OpsRequest: the person accepts that partitions without another replica are lost.
    static let confirmation = "dbaas.io/accept-data-loss"

    private let operation: OperationContext
    private let state: StrimziOperationState
    private var member: String { operation.request.spec.rebuildInstance?.instance ?? "" }

    init(_ operation: OperationContext) {
        self.operation = operation
        state = StrimziOperationState(operation)
    }

    private var claim: PersistentVolumeClaim? {
        let name = state.plan.names.claim(ofPod: member)
        return state.plan.claims.first { $0.metadata.name == name }
    }

    private var record: OperationRecord? {
        state.kafka.flatMap { OperationRecord($0.metadata, of: operation) }
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notManaged { return .refused(refusal) }
        guard let kafka = state.kafka else { return .refused(state.absent) }
        if let record {
            // Asked again after a stop in between: the new node must not be thrown away too.
            guard let pod = state.pod(named: member), pod.metadata.uid == record["pod"]?.string else {
                return .intents([], log: "\(member) is being made anew")
            }
            return .intents([state.mark(pod, StrimziAnnotation.rebuild), state.touch()], log: log)
        }
        if let refusal = state.unknownMember(member) ?? refusal(kafka) { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        guard let pod = state.pod(named: member) else { return .refused(state.absent) }
        var facts: JSONObject = ["pod": .string(pod.metadata.uid)]
        facts["volume"] = (claim?.metadata.uid).map(JSONValue.string)
        return .intents(
            [
                OperationRecord(operation, facts).intent(.kafka, kafka.metadata),
                state.mark(pod, StrimziAnnotation.rebuild), state.touch(),
            ],
            log: log
        )
    }

    private var log: String { "gave \(member) and its volume up, to be made anew" }

    private func refusal(_ kafka: StrimziKafka) -> Refusal? {
        guard let pod = state.pod(named: member) else { return nil }
        let others = state.pods.filter { $0.metadata.name != member }
        if pod.isBroker, state.brokers.count < 2 {
            return Refusal("SingleMember", "\(member) is the only broker, and all data would be lost; scale out first")
        }
        if pod.isController, state.pods.count(where: \.isController) < 3 {
            return Refusal(
                "SingleMember",
                "\(member) is one of fewer than 3 controllers, and without it the others have no majority"
            )
        }
        if let broken = others.first(where: { !$0.isReady }) {
            return Refusal(
                "MemberNotReady",
                "\(broken.metadata.name) is not ready, and with \(member) gone partitions may have no replica left; bring it "
                    + "back first"
            )
        }
        if !kafka.isReady {
            let words = kafka.trouble?.words ?? "not Ready"
            return Refusal(
                "ClusterNotReady",
                "Strimzi says \(words) of the Kafka; a node is made anew only while it is Ready"
            )
        }
        guard operation.request.metadata.annotations[Self.confirmation] == "true" else {
            return Refusal(
                "ConfirmationNeeded",
                "the volume of \(member) is deleted, and with it every partition that has no other replica, which nobody can "
                    + "see from here; file the request again with annotation \(Self.confirmation): \"true\"."
            )
        }
        return nil
    }

    // MARK: - Evidence

    func report() -> OperationReport {
        guard state.kafka != nil else { return .running(percent: 0, waitingFor: "the Kafka to be there") }
        guard let record else { return .failed(StrimziRecord.lost("\(member) is a new node")) }
        if let refusal = MemberFailures(operation, state.pods.filter { $0.metadata.name == member }).unableToStart {
            return .failed(refusal)
        }
        guard let claim, claim.metadata.uid != record["volume"]?.string else {
            return .running(percent: 0, waitingFor: "the old volume of \(member) to be replaced")
        }
        guard claim.phase == "Bound" else {
            return .running(percent: 33, waitingFor: "volume \(claim.metadata.name) to be bound")
        }
        guard let pod = state.pod(named: member), pod.metadata.uid != record["pod"]?.string else {
            return .running(percent: 50, waitingFor: "another pod \(member)")
        }
        if let missing = state.unsettled { return .running(percent: 66, waitingFor: missing) }
        return .succeeded(
            evidence: [
                "volume \(claim.metadata.name) is new (\(claim.metadata.uid)) and bound",
                "\(member) runs in another pod and is ready",
            ],
            message: "\(member) is new and ready; Kafka copies its partitions back, which Strimzi does not report"
        )
    }
}
