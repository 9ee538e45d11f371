import Glibc
import JSON
import KubernetesAPI
import KubernetesClient

/// What all parts share.
struct BenchmarkContext: Sendable {
    let plan: BenchmarkPlan
    let executables: Executables
    let folder: WorkFolder
    /// Leads to a server that is there; nil = sandboxes of our own.
    let kubeconfig: String?

    /// Tells on the standard error what is going on, which takes minutes.
    func say(_ text: String) {
        let line = Array("… \(text)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// A server without clusters: a fresh sandbox, or an empty namespace of the server that is there.
    func server(named name: String) async throws -> APIServerUnderTest {
        guard let kubeconfig else { return try await .sandbox(executables, folder: folder) }
        let own = String(UInt32.random(in: 0 ... .max), radix: 36)
        return try await .existing(
            kubeconfig: kubeconfig,
            namespace: "dbaas-bench-\(name)-\(own)",
            executables,
            folder: folder
        )
    }

    /// Ends a sandbox; removes the fleet from a server that stays.
    func leave(_ server: APIServerUnderTest) async throws {
        guard server.program == nil else { return await server.stop() }
        say("removing what was made")
        try await FleetRemoval(server: server).run()
        await server.stop()
    }

    /// Starts the operator on a server, by way of a proxy where one is given.
    func startOperator(on server: APIServerUnderTest, by proxy: RecordingProxy? = nil) throws -> RunningOperator {
        var kubeconfig = server.kubeconfig
        if let proxy {
            kubeconfig = folder.file("proxy-\(proxy.port).kubeconfig")
            try TextFile.write(ProxyKubeconfig.text(port: proxy.port), to: kubeconfig)
        }
        return try .start(executables, kubeconfig: kubeconfig, namespace: server.scope, folder: folder)
    }

    /// The processor time of an operator that finds nothing to do.
    func emptyStartSeconds() async throws -> Double {
        say("starting the operator beside nothing")
        let server = try await server(named: "empty")
        let running = try startOperator(on: server)
        try await running.waitUntilReady()
        try await running.settle()
        let seconds = try running.program.processorSeconds()
        await running.stop()
        try await leave(server)
        return seconds
    }
}

/// The kubeconfig of an operator that goes by way of a proxy to a sandbox.
enum ProxyKubeconfig {
    static func text(port: UInt16) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - {name: proxy, cluster: {server: "http://127.0.0.1:\(port)"}}
        contexts:
        - {name: proxy, context: {cluster: proxy, namespace: default}}
        current-context: proxy

        """
    }
}

/// Takes a fleet off a server that stays, without the operator.
struct FleetRemoval: Sendable {
    let server: APIServerUnderTest

    func run() async throws {
        let list = try await server.client.list(.databaseCluster, namespace: server.namespace, ListOptions(limit: nil))
        let items = try JSONValue(parsing: list)["items"]?.array ?? []
        for name in items.compactMap({ $0.at("metadata", "name")?.string }) {
            _ = try await server.client.patch(
                .databaseCluster,
                ObjectKey(namespace: server.namespace, name: name),
                type: .merge,
                ["metadata": ["finalizers": .null]],
                fieldManager: "dbaas-benchmark"
            )
        }
        for resource in [ResourceType.databaseCluster, .benchmarkChild, .pod] {
            _ = try await server.client.raw(
                "DELETE",
                resource.path(namespace: server.namespace),
                query: [QueryItem("gracePeriodSeconds", "0")]
            )
        }
        _ = try await server.client.delete(.namespace, ObjectKey(name: server.namespace))
    }
}
