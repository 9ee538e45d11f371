import CRDs

/// Restarts one node.
struct StrimziInstanceRestart: CustomOperation {
    static let parameters = ["instance"]

    private let restart: StrimziRestart

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        restart = StrimziRestart(operation, member: parameters["instance"] ?? "")
    }

    func answer() -> OperationAnswer { restart.answer() }
    func report() -> OperationReport { restart.report() }
}
