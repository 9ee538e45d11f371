import Glibc
import KubernetesClient

/// The operator in a process of its own.
struct RunningOperator: Sendable {
    let program: Program
    private let endpoints: KubernetesClient

    /// - Parameters:
    ///   - kubeconfig: by which it reaches the API server.
    ///   - namespace: the only one it looks at; nil = all.
    static func start(
        _ executables: Executables,
        kubeconfig: String,
        namespace: String?,
        folder: WorkFolder
    ) throws -> RunningOperator {
        let port = try FreePort.find()
        var arguments = [
            "run", "--kubeconfig", kubeconfig, "--leader-elect=false", "--listen", "127.0.0.1:\(port)",
            "--log-level", "error", "--kube-api-qps", "0",
        ]
        if let namespace { arguments += ["--namespaces", namespace] }
        let program = try Program(executables.dbaasOperator, arguments, log: folder.file("operator.log"))
        let endpoints = KubernetesClient(
            configuration: ClientConfiguration(server: "http://127.0.0.1:\(port)"),
            userAgent: "dbaas-benchmark"
        )
        return RunningOperator(program: program, endpoints: endpoints)
    }

    func stop() async {
        endpoints.shutDown()
        await program.stop()
    }

    /// Waits until /readyz says yes.
    func waitUntilReady(within limit: Duration = .seconds(60)) async throws {
        try await wait("the operator to be ready; it said: \(program.lastWords)", within: limit) {
            try assertRunning()
            return (try? await endpoints.raw("GET", "/readyz")) != nil
        }
    }

    /// Waits until all kinds have been read, which is when the first cluster is looked at.
    func waitUntilSynced(within limit: Duration) async throws {
        try await wait("the operator to have read everything", within: limit, every: .milliseconds(50)) {
            try assertRunning()
            return (try? await metric("dbaas_reconciliation_cycle_total")).map { $0 > 0 } ?? false
        }
    }

    /// The sum of a metric over its labels; 0 when it has not been written yet.
    func metric(_ name: String) async throws -> Double {
        let text = String(decoding: try await endpoints.raw("GET", "/metrics"), as: UTF8.self)
        return Exposition.sum(of: name, in: text) ?? 0
    }

    /// How many requests to the API server were answered, watches among them.
    func requests() async throws -> Int { Int(try await metric("rest_client_requests_total")) }

    /// Waits until it has sent no request for two seconds, or for so long that this no longer belongs to what was
    /// done before.
    func settle(atMost limit: Duration = .seconds(30)) async throws {
        let start = ContinuousClock.now
        var last = try await requests()
        var quiet = 0
        while quiet < 2, start.duration(to: .now) < limit {
            try await Task.sleep(for: .seconds(1))
            try assertRunning()
            let now = try await requests()
            quiet = now == last ? quiet + 1 : 0
            last = now
        }
    }

    private func assertRunning() throws(BenchmarkFailure) {
        guard program.isRunning else { throw BenchmarkFailure("the operator has ended: \(program.lastWords)") }
    }
}
