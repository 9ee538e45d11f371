import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers

/// Leads each OpsRequest from Pending to its end.
///
/// The rules are ``OperationMachine``'s; this carries out its steps and writes down what they have come to.
final class OpsRequestController: Sendable {
    let context: ControllerContext

    init(_ context: ControllerContext) { self.context = context }

    /// One look at the request of that key.
    func reconcile(_ key: ObjectKey) async throws -> Outcome {
        guard let seen = context.stores.requests.get(key) else { return .done }
        let cluster = ObjectKey(namespace: key.namespace, name: seen.spec.clusterRef)
        return try await context.locks.withLock(cluster) {
            // Deciding on a store that is behind our own writes would do things twice.
            if let delay = context.pending.delay(cluster) { return .requeue(after: delay) }
            guard let request = context.stores.requests.get(key) else { return .done }
            return try await lookAt(request, of: cluster)
        }
    }

    private func lookAt(_ request: OpsRequest, of clusterKey: ObjectKey) async throws -> Outcome {
        let cluster = context.stores.clusters.get(clusterKey)
        // A cluster that cannot be read is not one that is gone.
        guard cluster != nil || context.stores.clusters.undecodable(clusterKey) == nil else {
            return .requeue(after: context.interval)
        }
        let hasFinalizer = request.metadata.finalizers.contains(APIGroup.cleanupFinalizer)
        if request.metadata.isBeingDeleted, request.isFinished || !hasFinalizer {
            if hasFinalizer {
                try await context.removeFinalizer(OpsRequest.resource, request.metadata, for: clusterKey)
            }
            return .done
        }
        if let cluster, !hasFinalizer, !request.isFinished, !cluster.metadata.isBeingDeleted {
            try await context.addFinalizer(
                OpsRequest.resource,
                request.metadata,
                owner: cluster.metadata,
                for: clusterKey
            )
            return .done
        }
        let situation = OperationSituation(
            request: request,
            cluster: cluster,
            others: context.stores.requests.list(ownedBy: clusterKey).filter {
                $0.metadata.name != request.metadata.name
            },
            now: .now
        )
        var run = OperationRun(context, situation)
        return try await run.run()
    }
}
