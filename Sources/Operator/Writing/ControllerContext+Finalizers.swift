import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

extension ControllerContext {
    /// Puts our finalizer on an object, on condition that it is still as it was seen.
    ///
    /// - Parameter owner: the cluster to name as an owner in the same write, unless it is named already.
    func addFinalizer(
        _ resource: ResourceType,
        _ metadata: ObjectMeta,
        owner: ObjectMeta? = nil,
        for cluster: ObjectKey
    ) async throws {
        var fields = Self.fields(with: metadata.finalizers + [APIGroup.cleanupFinalizer], metadata)
        if let owner, let references = metadata.references(with: owner) {
            fields["ownerReferences"] = .array(references.map(\.json))
        }
        try await patch(resource, metadata, fields, for: cluster)
    }

    /// Puts our finalizer on a cluster, on condition that it is still as it was seen, and gives it as it stands then.
    func withFinalizer(_ cluster: DatabaseCluster) async throws -> DatabaseCluster {
        let metadata = cluster.metadata
        let bytes = try await client.patch(
            DatabaseCluster.resource,
            metadata.key,
            type: .merge,
            ["metadata": Self.fields(with: metadata.finalizers + [APIGroup.cleanupFinalizer], metadata)],
            fieldManager: FieldManager.cluster
        )
        return try writer.note(bytes, DatabaseCluster.resource, for: metadata.key) { (root) throws(JSONError) in
            try DatabaseCluster(from: root)
        }
    }

    /// Takes our finalizer off an object; one that is gone is fine.
    func removeFinalizer(_ resource: ResourceType, _ metadata: ObjectMeta, for cluster: ObjectKey) async throws {
        let others = metadata.finalizers.filter { $0 != APIGroup.cleanupFinalizer }
        do {
            try await patch(resource, metadata, Self.fields(with: others, metadata), for: cluster)
        } catch let error as APIError where error.isNotFound {}
    }

    private static func fields(with finalizers: [String], _ metadata: ObjectMeta) -> JSONValue {
        ["resourceVersion": .string(metadata.resourceVersion), "finalizers": JSONValue(finalizers)]
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

extension ObjectMeta {
    /// The owner references with the DatabaseCluster among them; nil when it is there already.
    ///
    /// An object has one controller at most, and the API server refuses a second one: where somebody else is, the
    /// cluster is an owner beside it.
    func references(with cluster: ObjectMeta) -> [OwnerReference]? {
        guard !ownerReferences.contains(where: { $0.uid == cluster.uid }) else { return nil }
        let reference = OwnerReference(
            apiVersion: DatabaseCluster.resource.apiVersion,
            kind: DatabaseCluster.resource.kind,
            name: cluster.name,
            uid: cluster.uid,
            controller: !ownerReferences.contains(where: \.controller)
        )
        return ownerReferences + [reference]
    }
}
