import CRDs

/// One of the named operations that only this provider has; they are documented in docs/providers/strimzi.md.
protocol StrimziCustomOperation {
    /// The parameters that it takes.
    static var parameters: [String] { get }

    init(_ operation: OperationContext, _ parameters: [String: String])

    func answer() -> OperationAnswer
    func report() -> OperationReport
}

/// Finds the named operation and checks what it is given.
struct StrimziCustom {
    private let found: any StrimziCustomOperation
    private let strange: [String]
    private let known: [String]

    static let names = ["pause", "rebalance", "restart-instance", "resume"]

    /// Nil when there is none of that name.
    init?(_ operation: OperationContext) {
        let custom = operation.request.spec.custom ?? .init(operation: "")
        let type: any StrimziCustomOperation.Type
        switch custom.operation {
        case "pause": type = StrimziPause.self
        case "rebalance": type = StrimziRebalancing.self
        case "restart-instance": type = StrimziInstanceRestart.self
        case "resume": type = StrimziResume.self
        default: return nil
        }
        found = type.init(operation, custom.parameters)
        known = type.parameters
        strange = custom.parameters.keys.filter { !type.parameters.contains($0) }.sorted()
    }

    static func unknown(_ operation: OperationContext) -> Refusal {
        Refusal(
            "UnknownOperation",
            "provider strimzi has no operation \(operation.request.spec.custom?.operation ?? ""); it has "
                + names.joined(separator: ", ")
        )
    }

    func answer() -> OperationAnswer {
        guard strange.isEmpty else {
            let taken = known.isEmpty ? "none" : known.joined(separator: ", ")
            return .refused(
                Refusal(
                    "UnknownParameter",
                    "custom.parameters: \(strange.joined(separator: ", ")) is not known; the operation takes \(taken)"
                )
            )
        }
        return found.answer()
    }

    func report() -> OperationReport { found.report() }
}

/// Restarts one node.
struct StrimziInstanceRestart: StrimziCustomOperation {
    static let parameters = ["instance"]

    private let restart: StrimziRestart

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        restart = StrimziRestart(operation, member: parameters["instance"] ?? "")
    }

    func answer() -> OperationAnswer { restart.answer() }
    func report() -> OperationReport { restart.report() }
}
