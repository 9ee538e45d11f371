import CRDs
import JSON
import KubernetesAPI
import Providers

/// The example's operations: a restart; everything else is refused by itself.
struct PlainRedisOperations: OperationsHandler {
    let provider: ProviderName

    func restart(_ operation: OperationContext) -> OperationAnswer {
        let stamp = JSONValue.string(operation.stamp.description)
        let mark = Intent.patch(
            .deployment,
            operation.cluster.metadata.key,
            format: .merge,
            body: ["spec": ["template": ["metadata": ["annotations": ["kubectl.kubernetes.io/restartedAt": stamp]]]]]
        )
        return .intents([mark], log: "asked for a restart")
    }

    /// Evidence is a rollout that has seen the request's change: that all is ready *still* proves nothing.
    func progress(of operation: OperationContext) -> OperationReport {
        guard let deployment = operation.observed.plainRedis(operation.cluster), deployment.isRolledOut,
            deployment.metadata.generation > 1
        else { return .running(percent: 0, waitingFor: "the member to be recreated and ready") }
        let generation = deployment.observedGeneration
        return .succeeded(evidence: ["generation \(generation) of the Deployment is rolled out and ready"])
    }
}
