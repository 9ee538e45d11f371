import Foundation
import JSON
import TestPrograms

/// The built binary's sandbox in a process of its own, and kubectl on it.
final class RunningSandbox: Sendable {
    let kubectl: Kubectl
    let address: String
    private let process: ChildProcess

    /// Starts it and waits until it says that it serves.
    static func start(
        speed: Int = 20,
        engines: String = TestServer.firstEngine,
        withOperator: Bool,
        environment: [String: String] = [:]
    ) async throws -> RunningSandbox {
        let folder = try TemporaryFolder()
        let kubeconfig = folder.path("kubeconfig")
        var arguments = [
            "sandbox", "--listen", "127.0.0.1:0", "--kubeconfig-out", kubeconfig, "--speed", "\(speed)",
            "--engines", engines,
        ]
        if !withOperator { arguments.append("--no-operator") }
        let process = try Programs.startOperator(arguments, environment: environment)
        try await wait("the sandbox to serve; it said: \(process.errorOutput.suffix(2000))", within: .seconds(90)) {
            process.output.contains("export KUBECONFIG=")
        }
        let text = try String(contentsOfFile: kubeconfig, encoding: .utf8)
        guard let server = text.split(separator: "\n").first(where: { $0.contains("server:") }),
            let address = server.split(separator: " ").last.map(String.init)
        else { throw Failure("the kubeconfig names no server") }
        let kubectl = Kubectl(kubeconfig: kubeconfig, server: process, folder: folder)
        return RunningSandbox(process: process, kubectl: kubectl, address: address)
    }

    private init(process: ChildProcess, kubectl: Kubectl, address: String) {
        self.process = process
        self.kubectl = kubectl
        self.address = address
    }

    var log: String { process.errorOutput }

    /// How many requests the operator has sent so far; watches count when they begin.
    func requestsOfOperator() async throws -> Int {
        let rows = try await kubectl.run("get", "--raw", "/sandbox/requests")
        return try (JSONValue(parsing: rows).array ?? [])
            .filter { $0["userAgent"]?.string?.hasPrefix("dbaas-operator/") == true }
            .compactMap { $0["count"]?.integer }
            .reduce(0) { $0 + Int($1) }
    }

    /// What the stand-in counted of a cluster, such as `restarts` and `scalings`.
    func counters(of cluster: String) async throws -> JSONValue {
        let all = try await JSONValue(parsing: kubectl.run("get", "--raw", "/sandbox/counters"))
        return all["default/\(cluster)"] ?? [:]
    }

    /// Ends it as a person would, and gives its exit status.
    func stop() async throws -> Int32 {
        process.signal(SIGTERM)
        return try await process.finish(within: .seconds(15))
    }
}

extension Programs {
    static func startOperator(_ arguments: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        guard let program = dbaasOperator else {
            throw Failure("dbaas-operator is not built beside the tests")
        }
        return try ChildProcess(program, arguments, environment: environment)
    }
}
