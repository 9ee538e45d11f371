import CRDs
import JSON
import KubernetesAPI
import Providers

extension ControllerContext {
    /// Puts our finalizer on an object, on condition that it is still as it was seen.
    ///
    /// - Parameter owner: a reference to add in the same write.
    func addFinalizer(
        _ resource: ResourceType,
        _ metadata: ObjectMeta,
        owner: JSONValue? = nil,
        for cluster: ObjectKey
    ) async throws {
        var fields: JSONValue = [
            "resourceVersion": .string(metadata.resourceVersion),
            "finalizers": JSONValue(metadata.finalizers + [APIGroup.cleanupFinalizer]),
        ]
        if let owner { fields["ownerReferences"] = .array(metadata.ownerReferences.map(\.json) + [owner]) }
        try await patch(resource, metadata, fields, for: cluster)
    }

    /// Takes our finalizer off an object; one that is gone is fine.
    func removeFinalizer(_ resource: ResourceType, _ metadata: ObjectMeta, for cluster: ObjectKey) async throws {
        let others = metadata.finalizers.filter { $0 != APIGroup.cleanupFinalizer }
        let fields: JSONValue = [
            "resourceVersion": .string(metadata.resourceVersion), "finalizers": JSONValue(others),
        ]
        try await patch(resource, metadata, fields, for: cluster)
    }

    private func patch(
        _ resource: ResourceType,
        _ metadata: ObjectMeta,
        _ fields: JSONValue,
        for cluster: ObjectKey
    ) async throws {
        try await writer.carryOut(
            .patch(
                resource,
                metadata.key,
                format: .merge,
                body: ["metadata": fields],
                fieldManager: FieldManager.cluster
            ),
            for: cluster
        )
    }
}
