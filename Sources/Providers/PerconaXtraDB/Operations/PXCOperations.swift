import CRDs
import JSON
import KubernetesAPI

/// What can be done to a cluster of Percona's operator for XtraDB Cluster.
struct PXCOperations: OperationsHandler {
    let sizes: SizeLadder

    var provider: ProviderName { .perconaPXC }

    func progress(of operation: OperationContext) -> OperationReport {
        .failed(unavailability(of: operation.request.spec.type))
    }
}
