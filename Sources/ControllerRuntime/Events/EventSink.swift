package import JSON
package import KubernetesAPI
package import KubernetesClient

/// Where events are written; failures are ``APIError``.
package struct EventSink: Sendable {
    /// Creates an event in a namespace.
    package let create: @Sendable (_ namespace: String, JSONValue) async throws -> Void
    /// Merges a patch into an event.
    package let patch: @Sendable (ObjectKey, JSONValue) async throws -> Void

    /// A sink made of two requests.
    package init(
        create: @escaping @Sendable (_ namespace: String, JSONValue) async throws -> Void,
        patch: @escaping @Sendable (ObjectKey, JSONValue) async throws -> Void
    ) {
        self.create = create
        self.patch = patch
    }

    /// The events of the API server.
    package init(_ client: KubernetesClient, fieldManager: String) {
        self.init(
            create: { namespace, event in
                _ = try await client.create(.event, namespace: namespace, event, fieldManager: fieldManager)
            },
            patch: { key, patch in
                _ = try await client.patch(.event, key, type: .merge, patch, fieldManager: fieldManager)
            }
        )
    }
}
