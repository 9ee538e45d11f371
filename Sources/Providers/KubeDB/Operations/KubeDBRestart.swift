import CRDs

/// Every member's pod made anew, by KubeDB and in its order.
struct KubeDBRestart: KubeDBNativeOperation {
    let state: KubeDBOperationState

    init(_ state: KubeDBOperationState) { self.state = state }

    var refusal: Refusal? { nil }
    var isAct: Bool { true }
    var log: String { "restart" }
    var step: KubeDBStep? { state.database.map { _ in KubeDBStep(state, "restart", "Restart", isCure: true) } }

    func answer() -> OperationAnswer { KubeDBNewPods(state).noted(in: answerByRequest()) }
    var effect: KubeDBEffect { KubeDBNewPods(state).effect }
}
