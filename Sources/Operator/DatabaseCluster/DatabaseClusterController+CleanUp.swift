import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers

extension DatabaseClusterController {
    /// What a cluster that is being deleted leaves behind is decided by its deletionPolicy; the finalizer goes last.
    func cleanUp(_ cluster: DatabaseCluster) async throws -> Outcome {
        guard cluster.metadata.finalizers.contains(APIGroup.cleanupFinalizer) else { return .done }
        guard let provider = try? context.providers.provider(for: cluster.spec) else {
            return try await release(cluster)
        }
        let observed = context.stores.observed(cluster.metadata.key, by: provider, now: .now)
        let report = provider.status(of: cluster, observed)
        guard cluster.spec.deletionPolicy != .protect else {
            let message = "deletionPolicy is Protect: set it to Delete or Retain to let the deletion go on"
            return try await settle(cluster, .deleting(message: message), report: report)
        }
        switch provider.cleanup(cluster, observed) {
        case .done: return try await release(cluster)
        case .wait(let message):
            _ = try await settle(cluster, .deleting(message: message), report: report)
            return .requeue(after: min(.seconds(5), context.interval))
        case .intents(let intents):
            for intent in intents { try await context.writer.carryOut(intent, for: cluster.metadata.key) }
            _ = try await settle(cluster, .deleting(message: "removing its children"), report: report)
            return .requeue(after: .seconds(1))
        }
    }

    private func release(_ cluster: DatabaseCluster) async throws -> Outcome {
        try await context.removeFinalizer(DatabaseCluster.resource, cluster.metadata, for: cluster.metadata.key)
        return .done
    }
}
