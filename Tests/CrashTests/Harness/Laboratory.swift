import Foundation
import HTTP
import JSON
import TestPrograms

/// A sandbox in a process of its own, without an operator, and all that a trial asks of it.
final class Laboratory: Sendable {
    private let sandbox: ChildProcess
    private let folder: URL
    private let server: String
    private let http: HTTPClient

    /// How many times faster than life the stand-ins work.
    private static let speed = "100"

    /// Starts it with the stand-in of one provider's child operator, and waits until it serves.
    static func open(for provider: String) async throws -> Laboratory {
        let environment = ProcessInfo.processInfo.environment
        let folder = FileManager.default.temporaryDirectory.appending(path: "dbaas-crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let program = try environment["DBAAS_SANDBOX"].map { URL(filePath: $0) } ?? executable()
        let file = folder.appending(path: "sandbox")
        let sandbox = try ChildProcess(
            program,
            [
                "sandbox", "--listen", "127.0.0.1:0", "--no-operator", "--engines", provider, "--speed", speed,
                "--kubeconfig-out", file.path,
            ]
        )
        // With KubeDB's large definitions a debug build beside other work has taken more than a minute.
        let server = try await eventually("the sandbox to serve: \(sandbox.lastWords)", within: .seconds(180)) {
            sandbox.output.contains("export KUBECONFIG=") ? try? String(contentsOf: file, encoding: .utf8) : nil
        }.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("http://") }
        guard let server else { throw Failure("the sandbox's kubeconfig names no server") }
        return Laboratory(sandbox: sandbox, folder: folder, server: String(server))
    }

    private init(sandbox: ChildProcess, folder: URL, server: String) {
        self.sandbox = sandbox
        self.folder = folder
        self.server = server
        var options = HTTPOptions()
        options.requestsInFlight = 64
        http = HTTPClient(options)
    }

    deinit {
        http.shutDown()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts an operator for one namespace; its requests carry that token.
    func startOperator(_ namespace: String, client: String, _ arguments: [String]) throws -> ChildProcess {
        let kubeconfig = folder.appending(path: client)
        let text = """
            apiVersion: v1
            kind: Config
            clusters: [{name: sandbox, cluster: {server: "\(server)"}}]
            contexts: [{name: sandbox, context: {cluster: sandbox, user: sandbox, namespace: \(namespace)}}]
            users: [{name: sandbox, user: {token: \(client)}}]
            current-context: sandbox
            """
        try text.write(to: kubeconfig, atomically: true, encoding: .utf8)
        return try ChildProcess(
            Self.executable(),
            ["run", "--kubeconfig", kubeconfig.path, "--namespaces", namespace, "--listen", "off"] + arguments
        )
    }

    /// The executable that is tried: `DBAAS_OPERATOR`, else the one that was built with the tests.
    private static func executable() throws -> URL {
        let named = ProcessInfo.processInfo.environment["DBAAS_OPERATOR"].map { URL(filePath: $0) }
        guard let file = named ?? BuiltPrograms.executable("dbaas-operator") else {
            throw Failure("dbaas-operator is not built beside the tests, and DBAAS_OPERATOR names none")
        }
        return file
    }

    /// An object, or nil when it is not there.
    func get(_ path: String) async throws -> JSONValue? {
        let response = try await http.send(HTTPRequest(url: server + path))
        if response.status == 404 { return nil }
        return try read(response, "GET \(path)")
    }

    @discardableResult
    func post(_ path: String, _ object: JSONValue) async throws -> JSONValue {
        try await send("POST", path, object, "application/json")
    }

    @discardableResult
    func merge(_ path: String, _ patch: JSONValue) async throws -> JSONValue {
        try await send("PATCH", path, patch, "application/merge-patch+json")
    }

    @discardableResult
    func delete(_ path: String) async throws -> JSONValue {
        try read(try await http.send(HTTPRequest(method: "DELETE", url: server + path)), "DELETE \(path)")
    }

    private func send(_ method: String, _ path: String, _ body: JSONValue, _ type: String) async throws -> JSONValue {
        let request = HTTPRequest(
            method: method,
            url: server + path,
            headers: ["Content-Type": type],
            body: body.serialized()
        )
        return try read(try await http.send(request), "\(method) \(path)")
    }

    private func read(_ response: HTTPResponse, _ what: String) throws -> JSONValue {
        let body = try JSONValue(parsing: response.body)
        guard response.status < 300 else {
            throw Failure("\(what): \(response.status) \(body["message"]?.string ?? "")")
        }
        return body
    }

    /// How often the stand-in began each operation in a namespace, over all clusters there; only what is not 0.
    func counts(in namespace: String) async throws -> [String: Int64] {
        let report = try await get("/sandbox/counters")?.object ?? [:]
        var counts: [String: Int64] = [:]
        for cluster in report where cluster.name.hasPrefix(namespace + "/") {
            for count in cluster.value.object ?? [:] { counts[count.name, default: 0] += count.value.integer ?? 0 }
        }
        return counts.filter { $0.value != 0 }
    }
}
