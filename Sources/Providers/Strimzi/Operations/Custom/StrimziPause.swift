import CRDs
import JSON
import KubernetesAPI

/// Keeps Strimzi from changing anything; the nodes run on, and deleted pods are made again.
struct StrimziPause: CustomOperation {
    static let parameters: [String] = []

    private let state: StrimziOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) { state = StrimziOperationState(operation) }

    func answer() -> OperationAnswer {
        guard let kafka = state.kafka else { return .refused(state.absent) }
        if kafka.isToldToPause, kafka.isPaused { return .alreadySo(message: "condition ReconciliationPaused is True") }
        // While paused, Strimzi takes every active rebalance for failed, and Cruise Control moves on.
        if let busy = state.busy { return .notYet(busy) }
        return .intents([state.annotation(StrimziAnnotation.pause, "true")], log: "paused Strimzi's work on the Kafka")
    }

    func report() -> OperationReport {
        guard let kafka = state.kafka, kafka.isToldToPause else {
            return .failed(
                Refusal("Resumed", "somebody has taken annotation \(StrimziAnnotation.pause) back meanwhile")
            )
        }
        guard kafka.isPaused else { return .running(percent: 50, waitingFor: "Strimzi to say ReconciliationPaused") }
        return .succeeded(evidence: ["annotation \(StrimziAnnotation.pause) is true", "condition ReconciliationPaused"])
    }
}

/// Lets Strimzi work on again.
struct StrimziResume: CustomOperation {
    static let parameters: [String] = []

    private let state: StrimziOperationState

    init(_ operation: OperationContext, _ parameters: [String: String]) { state = StrimziOperationState(operation) }

    func answer() -> OperationAnswer {
        guard let kafka = state.kafka else { return .refused(state.absent) }
        guard kafka.isToldToPause || kafka.isPaused else {
            return .alreadySo(message: "the Kafka is not paused: Strimzi says \(kafka.isReady ? "Ready" : "NotReady")")
        }
        return .intents([state.annotation(StrimziAnnotation.pause, .null)], log: "let Strimzi work on the Kafka again")
    }

    func report() -> OperationReport {
        guard let kafka = state.kafka, !kafka.isToldToPause else {
            return .failed(Refusal("PausedAgain", "somebody has paused the Kafka again meanwhile"))
        }
        guard !kafka.isPaused else { return .running(percent: 50, waitingFor: "Strimzi to look at the Kafka again") }
        if let missing = state.unsettled { return .running(percent: 75, waitingFor: missing) }
        return .succeeded(evidence: ["condition ReconciliationPaused is gone", "Strimzi says Ready"])
    }
}
