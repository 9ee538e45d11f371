import CRDs
import KubernetesAPI

/// Every member's pod made anew, by KubeDB and in its order.
struct KubeDBRestart: KubeDBNativeOperation {
    let state: KubeDBOperationState

    init(_ state: KubeDBOperationState) { self.state = state }

    var refusal: Refusal? { nil }
    var isAct: Bool { true }
    var log: String { "restart" }
    var step: KubeDBStep? { state.database.map { _ in KubeDBStep(state, "restart", "Restart", isCure: true) } }

    /// When KubeDB was asked; a pod of that very second may be an old one.
    private var askedAt: Timestamp? {
        guard let name = step?.name else { return nil }
        return state.operation.observed.child(state.engine.operation, named: name)?.metadata.creationTimestamp
    }

    private func isNew(_ pod: Pod) -> Bool {
        guard let askedAt, let created = pod.metadata.creationTimestamp else { return false }
        return created > askedAt
    }

    var effect: KubeDBEffect {
        let done = state.pods.filter { isNew($0) && $0.isReady }
        let old = state.pods.first { !isNew($0) }
        return KubeDBEffect(
            done: done.count,
            all: state.pods.count,
            missing: old.map { "member \($0.metadata.name) to be made anew" },
            evidence: done.map { "\($0.metadata.name) was made anew after the request and is ready" }
        )
    }
}
