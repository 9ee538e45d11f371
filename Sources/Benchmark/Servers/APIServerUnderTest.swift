import CRDs
import JSON
import KubernetesAPI
import KubernetesClient

/// The API server that the operator is measured with.
struct APIServerUnderTest: Sendable {
    let kubeconfig: String
    let client: KubernetesClient
    /// Where the fleet lives.
    let namespace: String
    /// The sandbox's process; nil for a server that was there before.
    let program: Program?
    /// The port on this machine; nil for a server that was there before.
    let port: UInt16?

    /// The namespace that the operator is to be kept to: on a server of somebody else's there may be other clusters.
    var scope: String? { program == nil ? namespace : nil }

    /// A sandbox of its own.
    ///
    /// - Parameter childOperator: whom it plays, fast; nil = it installs CloudNativePG and plays nobody.
    static func sandbox(
        _ executables: Executables,
        playing childOperator: String? = nil,
        folder: WorkFolder
    ) async throws -> APIServerUnderTest {
        let port = try FreePort.find()
        let kubeconfig = folder.file("sandbox-\(port).kubeconfig")
        let program = try Program(
            executables.dbaasOperator,
            [
                "sandbox", "--listen", "127.0.0.1:\(port)", "--kubeconfig-out", kubeconfig, "--no-operator",
                "--log-level", "error",
            ]
                + (childOperator.map { ["--engines", $0, "--speed", "100"] } ?? ["--engines", "cnpg", "--no-stand-ins"]),
            log: folder.file("sandbox-\(port).log")
        )
        let client = KubernetesClient(
            configuration: ClientConfiguration(server: "http://127.0.0.1:\(port)"),
            userAgent: "dbaas-benchmark"
        )
        try await wait("the sandbox to serve; it said: \(program.lastWords)", within: .seconds(60)) {
            guard program.isRunning else { throw BenchmarkFailure("the sandbox has ended: \(program.lastWords)") }
            return (try? await client.raw("GET", "/readyz")) != nil && TextFile.read(kubeconfig) != nil
        }
        return APIServerUnderTest(
            kubeconfig: kubeconfig,
            client: client,
            namespace: "default",
            program: program,
            port: port
        )
    }

    /// A server that is there, with a namespace of its own for the fleet.
    ///
    /// The definitions that it lacks are taken from a sandbox.
    static func existing(
        kubeconfig: String,
        namespace: String,
        _ executables: Executables,
        folder: WorkFolder
    ) async throws -> APIServerUnderTest {
        let configuration = try ClientConfiguration.discover(file: kubeconfig, environment: [:])
        let client = KubernetesClient(configuration: configuration, userAgent: "dbaas-benchmark")
        let server = APIServerUnderTest(
            kubeconfig: kubeconfig,
            client: client,
            namespace: namespace,
            program: nil,
            port: nil
        )
        let sandbox = try await sandbox(executables, folder: folder)
        try await server.installDefinitions(of: sandbox)
        await sandbox.stop()
        try await server.makeNamespace()
        return server
    }

    func stop() async {
        client.shutDown()
        await program?.stop()
    }
}

extension APIServerUnderTest {
    private func installDefinitions(of sandbox: APIServerUnderTest) async throws {
        let list = try JSONValue(parsing: try await sandbox.client.list(.customResourceDefinition, namespace: nil))
        for definition in list["items"]?.array ?? [] {
            guard let name = definition.at("metadata", "name")?.string else { continue }
            var bare = definition.object ?? [:]
            bare["metadata"] = ["name": .string(name)]
            bare["status"] = Optional.none
            try await ensure(.customResourceDefinition, .object(bare))
        }
        for resource in [DatabaseCluster.resource, .benchmarkChild] {
            try await wait("\(resource) to be served", within: .seconds(30)) {
                (try? await client.list(resource, namespace: nil, ListOptions(limit: 1))) != nil
            }
        }
    }

    private func makeNamespace() async throws {
        try await ensure(
            .namespace,
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]
        )
    }

    /// Creates an object without namespace; one that is there already stays as it is.
    private func ensure(_ resource: ResourceType, _ object: JSONValue) async throws(APIError) {
        do throws(APIError) {
            _ = try await client.create(
                resource,
                namespace: nil,
                object,
                fieldManager: "dbaas-benchmark",
                fieldValidation: .ignore
            )
        } catch {
            guard error.isAlreadyExists else { throw error }
        }
    }
}

extension ResourceType {
    static let databaseCluster = DatabaseCluster.resource
    /// What the operator makes of a DatabaseCluster.
    static let benchmarkChild = ResourceType(
        group: "postgresql.cnpg.io",
        version: "v1",
        plural: "clusters",
        kind: "Cluster"
    )
}
