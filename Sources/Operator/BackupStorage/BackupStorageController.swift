import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers

/// Shows on each BackupStorage whether what it names is there, and how many clusters use it.
struct BackupStorageController: Sendable {
    /// A Secret is not watched, so what was found of it is looked at again now and then.
    private static let pauseWhenReady = Duration.seconds(600)

    let context: ControllerContext

    /// One look at the storage of that key.
    func reconcile(_ key: ObjectKey) async throws -> Outcome {
        guard let storage = context.stores.storages.get(key), !storage.metadata.isBeingDeleted else { return .done }
        let users = context.stores.clusters.list(namespace: key.namespace).count {
            $0.spec.storages.contains(key.name) && !$0.metadata.isBeingDeleted
        }
        let assessment = BackupStorageAssessment(
            storage: storage,
            users: users,
            secret: try await secret(of: storage),
            now: .now
        )
        let status = assessment.status()
        try await context.writeStatus(
            BackupStorage.resource,
            storage.metadata,
            from: storage.status.json,
            to: status.json,
            for: key
        )
        return .requeue(after: status.conditions.isTrue("Ready") ? Self.pauseWhenReady : context.interval)
    }

    private func secret(of storage: BackupStorage) async throws -> NeedAnswer? {
        guard let name = storage.spec.credentialsSecret else { return nil }
        let need = Need.secretKeys(ObjectKey(namespace: storage.metadata.namespace, name: name))
        return try await context.needs.read([need], isFresh: true)[need]
    }
}
