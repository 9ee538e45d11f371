import Foundation
import Logging
import TestPrograms
import Testing

@testable import Sandbox

/// What a person meets who points kubectl at the sandbox.
///
/// Runs when `scripts/setup-kubectl` has put kubectl into .test-tools, as `make test` does.
@Suite(.serialized) struct KubectlTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../..")
        .standardized
    private static let kubectl = root.appending(path: ".test-tools/kubectl-1.37/bin/kubectl")
    private static let isInstalled = FileManager.default.isExecutableFile(atPath: kubectl.path)
    /// In CI a missing kubectl fails instead of being skipped.
    private static let isWanted = isInstalled || BuiltPrograms.isNeeded

    private struct Output {
        let status: Int32
        let text: String
        let errors: String
    }

    /// kubectl with the kubeconfig of one sandbox.
    private struct Kubectl: Sendable {
        let kubeconfig: URL
        let folder: URL

        func callAsFunction(_ arguments: String...) async throws -> Output { try await run(arguments) }

        func run(_ arguments: [String]) async throws -> Output {
            try await KubectlTests.run(arguments, kubeconfig: kubeconfig, folder)
        }
    }

    /// Runs the body with a kubectl that talks to a fresh sandbox.
    private func withSandbox(_ body: @Sendable (_ kubectl: Kubectl) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "dbaas-kubectl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = SandboxConfiguration()
        configuration.speed = 50
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let sandbox = SandboxServer(configuration, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run() }
            defer { group.cancelAll() }
            let address = try #require(await sandbox.boundAddress())
            let file = folder.appending(path: "kubeconfig")
            try Kubeconfig.text(address: address).write(to: file, atomically: true, encoding: .utf8)
            try await body(Kubectl(kubeconfig: file, folder: folder))
        }
    }

    private static func run(_ arguments: [String], kubeconfig: URL, _ folder: URL) async throws -> Output {
        let process = try ChildProcess(
            kubectl,
            arguments,
            environment: [
                "KUBECONFIG": kubeconfig.path, "HOME": folder.path, "KUBE_EDITOR": "sed -i s/green/blue/",
            ],
            in: root
        )
        let status = try await process.finish()
        return Output(status: status, text: process.output, errors: process.errorOutput)
    }

    @Test("A DatabaseCluster is applied, shown, changed in every way, and deleted", .enabled(if: isWanted))
    func ownKind() async throws {
        try await withSandbox { kubectl in
            let sample = "config/samples/postgresql.yaml"
            func succeeds(_ output: Output, _ words: String, _ line: Int = #line) {
                #expect(
                    output.status == 0 && output.text.contains(words),
                    "line \(line): \(output.text)\(output.errors)"
                )
            }
            succeeds(try await kubectl("apply", "-f", sample), "created")
            succeeds(try await kubectl("apply", "-f", sample), "unchanged")
            succeeds(
                try await kubectl("apply", "--server-side", "--force-conflicts", "-f", sample),
                "serverside-applied"
            )
            succeeds(try await kubectl("get", "dbc"), "postgresql-demo   postgresql")
            succeeds(try await kubectl("get", "dbc", "postgresql-demo", "-o", "yaml"), "engine: postgresql")
            succeeds(try await kubectl("label", "dbc", "postgresql-demo", "color=green"), "labeled")
            succeeds(try await kubectl("edit", "dbc", "postgresql-demo"), "edited")
            succeeds(
                try await kubectl("get", "dbc", "-l", "color=blue", "-o", "name"),
                "databasecluster.dbaas.io/postgresql-demo"
            )
            succeeds(
                try await kubectl(
                    "patch",
                    "dbc",
                    "postgresql-demo",
                    "--type=merge",
                    "-p",
                    "{\"spec\":{\"clusterSize\":5}}"
                ),
                "patched"
            )
            succeeds(try await kubectl("scale", "dbc", "postgresql-demo", "--replicas=4"), "scaled")
            succeeds(
                try await kubectl(
                    "wait",
                    "dbc/postgresql-demo",
                    "--for=jsonpath={.spec.clusterSize}=4",
                    "--timeout=20s"
                ),
                "condition met"
            )
            succeeds(try await kubectl("describe", "dbc", "postgresql-demo"), "Cluster Size:")
            succeeds(try await kubectl("explain", "dbc.spec.storage"), "FIELD: storage <string>")
            succeeds(try await kubectl("delete", "dbc", "postgresql-demo", "--timeout=20s"), "deleted")
            #expect(try await kubectl("get", "dbc").errors.contains("No resources found"))
        }
    }

    @Test("A misspelt field and a wrong value are refused with the field's name", .enabled(if: isWanted))
    func refusals() async throws {
        try await withSandbox { kubectl in
            let folder = FileManager.default.temporaryDirectory.appending(path: "dbaas-\(UUID().uuidString).yaml")
            defer { try? FileManager.default.removeItem(at: folder) }
            let sample = try String(
                contentsOf: Self.root.appending(path: "config/samples/postgresql.yaml"),
                encoding: .utf8
            )
            for (wrong, words) in [
                (
                    sample.replacingOccurrences(of: "clusterSize:", with: "clusterSiz:"),
                    "unknown field \"spec.clusterSiz\""
                ),
                (
                    sample.replacingOccurrences(of: "engine: postgresql", with: "engine: oracle"),
                    "Unsupported value: \"oracle\""
                ),
            ] {
                try wrong.write(to: folder, atomically: true, encoding: .utf8)
                let output = try await kubectl("apply", "-f", folder.path)
                #expect(output.status != 0)
                #expect(output.errors.contains(words), "\(output.errors)")
            }
        }
    }

    @Test(
        "Namespaces, secrets and the like are made by kubectl's own commands and go with their namespace",
        .enabled(if: isWanted)
    )
    func commands() async throws {
        try await withSandbox { kubectl in
            for command in [
                ["create", "namespace", "shop"],
                ["create", "secret", "generic", "s", "--from-literal=password=p", "-n", "shop"],
                ["create", "configmap", "c", "--from-literal=a=b", "-n", "shop"],
                ["create", "serviceaccount", "x", "-n", "shop"],
                ["create", "role", "r", "--verb=get", "--resource=pods", "-n", "shop"],
                ["create", "rolebinding", "r", "--role=r", "--serviceaccount=shop:x", "-n", "shop"],
                ["auth", "can-i", "create", "pods"],
            ] {
                let output = try await kubectl.run(command)
                #expect(output.status == 0, "\(command): \(output.errors)")
            }
            let secret = try await kubectl("get", "secret", "s", "-n", "shop", "-o", "jsonpath={.data.password}")
            #expect(secret.text == "cA==")
            #expect(try await kubectl("delete", "namespace", "shop", "--timeout=20s").status == 0)
            #expect(try await kubectl("get", "secrets", "-A").errors.contains("No resources found"))
        }
    }
}
