package import KubernetesAPI
package import KubernetesClient

extension CollectionSource {
    /// The collection of a kind as the API server has it, cut down by a selector if one is given.
    package init(
        _ client: KubernetesClient,
        _ resource: ResourceType,
        labelSelector: String? = nil,
        fieldSelector: String? = nil,
        isMetadataOnly: Bool = false
    ) {
        self.init(
            list: { request, namespace in
                var options = ListOptions(
                    labelSelector: labelSelector,
                    fieldSelector: fieldSelector,
                    limit: request.limit
                )
                options.continuation = request.continueToken
                options.isMetadataOnly = isMetadataOnly
                do {
                    return try await client.list(resource, namespace: namespace, options)
                } catch {
                    throw ReflectorMachine.Failure(error)
                }
            },
            watch: { request, namespace, opened, receive in
                var options = WatchOptions(
                    resourceVersion: request.resourceVersion,
                    labelSelector: labelSelector,
                    fieldSelector: fieldSelector
                )
                options.sendsInitialEvents = request.sendsInitialEvents
                options.timeoutSeconds = request.timeoutSeconds
                options.isMetadataOnly = isMetadataOnly
                do {
                    let stream = try await client.watch(resource, namespace: namespace, options)
                    opened()
                    while let lines = try await stream.next() {
                        guard receive(lines) else { return stream.cancel() }
                    }
                } catch {
                    throw ReflectorMachine.Failure(error)
                }
            }
        )
    }
}

extension ReflectorMachine.Failure {
    init(_ error: any Error) {
        if let status = (error as? APIError)?.status {
            self = .status(code: status.code, reason: status.reason, message: status.message)
        } else {
            self = .transport((error as? APIError)?.message ?? "\(error)")
        }
    }
}
