import CRDs

extension OperationAnswer {
    /// Asks for a change of the spec, or says how things stand where the spec says so already.
    ///
    /// - Parameters:
    ///   - fields: what the spec says, and shall say; empty when it does.
    ///   - busy: what must end before the change is made; nil when nothing must.
    ///   - waiting: a sentence for the action log while the effect is not there yet.
    ///   - prefix: stands before the evidence of what is so already.
    ///   - report: how far it is; nil when that must not end the operation as done already.
    static func change(
        _ fields: [SpecChange.Field],
        log: @autoclosure () -> String,
        busy: @autoclosure () -> Refusal? = nil,
        waiting: @autoclosure () -> String,
        prefix: @autoclosure () -> String = "",
        report: @autoclosure () -> OperationReport?
    ) -> OperationAnswer {
        guard !fields.isEmpty else {
            if case .succeeded(let evidence, _)? = report() {
                return .alreadySo(message: prefix() + evidence.joined(separator: ", "))
            }
            return .intents([], log: waiting())
        }
        if let busy = busy() { return .notYet(busy) }
        return .specChange(SpecChange(fields, log: log()))
    }
}
