package import CRDs
package import KubernetesAPI

/// What a provider can do to a running database; one method per type, each refused until a provider writes it.
///
/// A method must be repeatable: called again with the same request it answers with the same writes, which change
/// nothing the second time.
package protocol OperationsHandler: Sendable {
    /// For sentences that refuse.
    var provider: ProviderName { get }

    func start(_ operation: OperationContext) -> OperationAnswer
    func stop(_ operation: OperationContext) -> OperationAnswer
    func restart(_ operation: OperationContext) -> OperationAnswer
    func horizontalScaling(_ operation: OperationContext) -> OperationAnswer
    func verticalScaling(_ operation: OperationContext) -> OperationAnswer
    func scaling(_ operation: OperationContext) -> OperationAnswer
    func volumeExpansion(_ operation: OperationContext) -> OperationAnswer
    func reconfiguring(_ operation: OperationContext) -> OperationAnswer
    func upgrade(_ operation: OperationContext) -> OperationAnswer
    func backup(_ operation: OperationContext) -> OperationAnswer
    func restore(_ operation: OperationContext) -> OperationAnswer
    func switchover(_ operation: OperationContext) -> OperationAnswer
    func rebuildInstance(_ operation: OperationContext) -> OperationAnswer
    func custom(_ operation: OperationContext) -> OperationAnswer

    /// How far the operation is; asked only after ``execute(_:)`` was carried out.
    func progress(of operation: OperationContext) -> OperationReport

    /// What is written instead of a write that the API server refused; nil when the operation fails by it.
    ///
    /// Asked only for what it cannot take however often it is tried, and not for a substitute.
    func substitute(for write: Intent, of operation: OperationContext) -> Intent?

    /// The phases of a cluster in which an operation of this type may start; in others it waits.
    func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase>

    /// Why the spec must not be written back to what it was before the operation; nil when it can be.
    ///
    /// Asked before a rollback and a cancellation: some effects, such as a larger volume, are there to stay.
    func irreversible(_ operation: OperationContext) -> Refusal?

    /// What is done on the children, besides the spec that was restored at `restoredAt`, for the cluster to come back.
    ///
    /// May be asked at each look until the cluster is as before: an object that is new since is left alone.
    func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent]
}

extension OperationsHandler {
    package func start(_ operation: OperationContext) -> OperationAnswer { unsupported(.start) }
    package func stop(_ operation: OperationContext) -> OperationAnswer { unsupported(.stop) }
    package func restart(_ operation: OperationContext) -> OperationAnswer { unsupported(.restart) }
    package func horizontalScaling(_ operation: OperationContext) -> OperationAnswer {
        unsupported(.horizontalScaling)
    }
    package func verticalScaling(_ operation: OperationContext) -> OperationAnswer { unsupported(.verticalScaling) }
    package func scaling(_ operation: OperationContext) -> OperationAnswer { unsupported(.scaling) }
    package func volumeExpansion(_ operation: OperationContext) -> OperationAnswer { unsupported(.volumeExpansion) }
    package func reconfiguring(_ operation: OperationContext) -> OperationAnswer { unsupported(.reconfiguring) }
    package func upgrade(_ operation: OperationContext) -> OperationAnswer { unsupported(.upgrade) }
    package func backup(_ operation: OperationContext) -> OperationAnswer { unsupported(.backup) }
    package func restore(_ operation: OperationContext) -> OperationAnswer { unsupported(.restore) }
    package func switchover(_ operation: OperationContext) -> OperationAnswer { unsupported(.switchover) }
    package func rebuildInstance(_ operation: OperationContext) -> OperationAnswer { unsupported(.rebuildInstance) }
    package func custom(_ operation: OperationContext) -> OperationAnswer { unsupported(.custom) }

    package func allowedPhases(of type: OpsRequestType) -> Set<DatabaseClusterPhase> { type.allowedPhases }
    package func substitute(for write: Intent, of operation: OperationContext) -> Intent? { nil }
    package func irreversible(_ operation: OperationContext) -> Refusal? { nil }
    package func recovery(of operation: OperationContext, restoredAt: Timestamp) -> [Intent] { [] }

    /// The answer of the method that goes with the request's type.
    package func execute(_ operation: OperationContext) -> OperationAnswer {
        switch operation.request.spec.type {
        case .start: start(operation)
        case .stop: stop(operation)
        case .restart: restart(operation)
        case .horizontalScaling: horizontalScaling(operation)
        case .verticalScaling: verticalScaling(operation)
        case .scaling: scaling(operation)
        case .volumeExpansion: volumeExpansion(operation)
        case .reconfiguring: reconfiguring(operation)
        case .upgrade: upgrade(operation)
        case .backup: backup(operation)
        case .restore: restore(operation)
        case .switchover: switchover(operation)
        case .rebuildInstance: rebuildInstance(operation)
        case .custom: custom(operation)
        }
    }

    /// The answer of a type that this provider does not have.
    package func unsupported(_ type: OpsRequestType) -> OperationAnswer { .refused(unavailability(of: type)) }

    /// Why a type that this provider does not have is refused.
    package func unavailability(of type: OpsRequestType) -> Refusal {
        Refusal(
            "Unsupported",
            "\(type.rawValue) is not available with provider \(provider.rawValue); "
                + "nothing was changed. The support table in the README lists what is."
        )
    }
}
