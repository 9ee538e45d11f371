import CRDs
import JSON
import KubernetesAPI

/// What can be done to a MongoDB cluster of Percona's operator.
struct PSMDBOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .perconaPSMDB }

    func progress(of operation: OperationContext) -> OperationReport {
        .failed(unavailability(of: operation.request.spec.type))
    }
}
