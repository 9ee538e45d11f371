import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Sandbox

/// Makes the plan of manifests with the help of an API server.
struct PlanProgram {
    let client: KubernetesClient
    let providers: ProviderFactory
    /// Of manifests that name none.
    let namespace: String

    /// Asks the server; the client serves for this call alone.
    func report(_ documents: [ManifestDocument]) async throws -> PlanReport {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [client] in await client.run() }
            defer { client.shutDown() }
            let admission = ManifestAdmission(client: client, namespace: namespace)
            var admitted: [ManifestAdmission.Admitted] = []
            for document in documents { admitted.append(try await admission.admit(document)) }
            var planning = ManifestPlanning(client: client, providers: providers, now: .now)
            return PlanReport(manifests: try await planning.plan(admitted))
        }
    }

    /// Asks a server of its own, in which nothing is but the definitions.
    static func inSandbox(
        _ documents: [ManifestDocument],
        _ providers: ProviderFactory,
        namespace: String,
        logger: Logger
    ) async throws -> PlanReport {
        let server = SandboxServer(SandboxConfiguration(), logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            guard let address = await server.boundAddress() else {
                throw ManifestDocument.Failure(description: "the sandbox cannot listen on a port of 127.0.0.1")
            }
            let client = KubernetesClient(
                configuration: ClientConfiguration(server: "http://\(address)"),
                userAgent: OperatorVersion.userAgent
            )
            return try await PlanProgram(client: client, providers: providers, namespace: namespace).report(documents)
        }
    }
}
