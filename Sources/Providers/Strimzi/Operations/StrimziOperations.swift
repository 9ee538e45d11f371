import CRDs

/// What can be done to a Kafka cluster of Strimzi.
struct StrimziOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .strimzi }

    func progress(of operation: OperationContext) -> OperationReport {
        .failed(unavailability(of: operation.request.spec.type))
    }
}
