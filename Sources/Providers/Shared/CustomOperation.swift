import CRDs

/// One of the named operations that a provider alone has; they are documented with the provider.
protocol CustomOperation: SendableMetatype {
    /// The parameters that it takes.
    static var parameters: [String] { get }

    init(_ operation: OperationContext, _ parameters: [String: String])

    func answer() -> OperationAnswer
    func report() -> OperationReport
}

/// The named operations of a provider: finds the one that a request names and checks what it is given.
struct CustomOperations: Sendable {
    let provider: ProviderName
    /// By name.
    let operations: [String: any CustomOperation.Type]

    init(of provider: ProviderName, _ operations: [String: any CustomOperation.Type]) {
        self.provider = provider
        self.operations = operations
    }

    func answer(_ operation: OperationContext) -> OperationAnswer {
        guard let (type, parameters) = find(operation) else { return .refused(unknown(operation)) }
        let strange = parameters.keys.filter { !type.parameters.contains($0) }.sorted()
        guard strange.isEmpty else {
            let taken = type.parameters.isEmpty ? "none" : type.parameters.joined(separator: ", ")
            return .refused(
                Refusal(
                    "UnknownParameter",
                    "custom.parameters: \(strange.joined(separator: ", ")) is not known; the operation takes \(taken)"
                )
            )
        }
        return type.init(operation, parameters).answer()
    }

    func report(_ operation: OperationContext) -> OperationReport {
        guard let (type, parameters) = find(operation) else { return .failed(unknown(operation)) }
        return type.init(operation, parameters).report()
    }

    private func find(_ operation: OperationContext) -> (any CustomOperation.Type, [String: String])? {
        guard let custom = operation.request.spec.custom, let type = operations[custom.operation] else { return nil }
        return (type, custom.parameters)
    }

    private func unknown(_ operation: OperationContext) -> Refusal {
        Refusal(
            "UnknownOperation",
            "provider \(provider.rawValue) has no operation \(operation.request.spec.custom?.operation ?? ""); it has "
                + operations.keys.sorted().joined(separator: ", ")
        )
    }
}
