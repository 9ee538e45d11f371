import CRDs

/// One of the named operations that only this provider has; they are documented in docs/providers/cnpg.md.
protocol CNPGCustomOperation {
    /// The parameters that it takes.
    static var parameters: [String] { get }

    init(_ operation: OperationContext, _ parameters: [String: String])

    func answer() -> OperationAnswer
    func report() -> OperationReport
}

/// Finds the named operation and checks what it is given.
struct CNPGCustom {
    private let found: any CNPGCustomOperation
    private let strange: [String]
    private let known: [String]

    static let names = ["analyze-backup-chain", "fence", "reload", "restart-instance", "unfence"]

    /// Nil when there is none of that name.
    init?(_ operation: OperationContext) {
        let custom = operation.request.spec.custom ?? .init(operation: "")
        let type: any CNPGCustomOperation.Type
        switch custom.operation {
        case "analyze-backup-chain": type = CNPGBackupChain.self
        case "fence": type = CNPGFence.self
        case "reload": type = CNPGReload.self
        case "restart-instance": type = CNPGInstanceRestart.self
        case "unfence": type = CNPGUnfence.self
        default: return nil
        }
        found = type.init(operation, custom.parameters)
        known = type.parameters
        strange = custom.parameters.keys.filter { !type.parameters.contains($0) }.sorted()
    }

    static func unknown(_ operation: OperationContext) -> Refusal {
        Refusal(
            "UnknownOperation",
            "provider cnpg has no operation \(operation.request.spec.custom?.operation ?? ""); it has "
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
