import Foundation
import JSON
import TestPrograms

/// The programs that these tests drive.
enum Programs {
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var dbaasOperator: URL? { BuiltPrograms.executable("dbaas-operator") }

    /// The one that `scripts/setup-kubectl` installed.
    static var kubectl: URL? {
        let installed = repository.appending(path: ".test-tools/kubectl-1.37/bin/kubectl")
        return FileManager.default.isExecutableFile(atPath: installed.path) ? installed : nil
    }

    /// Whether the tests can run.
    ///
    /// In CI they are never skipped: there a missing program is a failure.
    static var areInstalled: Bool { BuiltPrograms.isNeeded || (dbaasOperator != nil && kubectl != nil) }
}

/// kubectl with one kubeconfig.
struct Kubectl: Sendable {
    struct Answer: Sendable {
        let status: Int32
        let output: String
        let errorOutput: String
    }

    let kubeconfig: String
    /// The server's process and the kubeconfig's folder, which live as long as somebody can use them.
    let server: ChildProcess
    let folder: TemporaryFolder

    /// Runs it to its end, whatever that is.
    func answer(
        _ arguments: [String],
        input: String? = nil,
        within limit: Duration = .seconds(150)
    ) async throws -> Answer {
        guard let kubectl = Programs.kubectl else {
            throw Failure("kubectl is missing: run scripts/setup-kubectl")
        }
        let process = try ChildProcess(
            kubectl,
            arguments,
            environment: ["KUBECONFIG": kubeconfig, "HOME": NSTemporaryDirectory(), "KUBE_EDITOR": "true"],
            input: input
        )
        let status = try await process.finish(within: limit)
        return Answer(status: status, output: process.output, errorOutput: process.errorOutput)
    }

    /// Runs it and gives what it printed; throws what it complained of when it fails.
    @discardableResult
    func run(
        _ arguments: String...,
        input: String? = nil,
        within limit: Duration = .seconds(150)
    ) async throws -> String {
        let answer = try await answer(arguments, input: input, within: limit)
        guard answer.status == 0 else {
            throw Failure("kubectl \(arguments.joined(separator: " ")) exited \(answer.status): \(answer.errorOutput)")
        }
        return answer.output
    }

    func apply(_ manifest: String) async throws { try await run("apply", "-f", "-", input: manifest) }

    /// An object, or nil when it is not there.
    func get(_ resource: String, _ name: String, in namespace: String = "default") async throws -> JSONValue? {
        let answer = try await answer(["get", resource, name, "-n", namespace, "-o", "json", "--ignore-not-found"])
        guard answer.status == 0 else { throw Failure(answer.errorOutput) }
        return answer.output.isEmpty ? nil : try JSONValue(parsing: answer.output)
    }

    func list(_ resource: String, selector: String = "", in namespace: String = "default") async throws -> [JSONValue] {
        let text = try await run("get", resource, "-n", namespace, "-l", selector, "-o", "json")
        return try JSONValue(parsing: text)["items"]?.array ?? []
    }
}
