import Foundation
import JSON
import Testing

extension EndToEndTests {
    /// What a DBA files, one after the other, on one cluster.
    @Suite("Operations", .tags(.server))
    struct OperationsTests {
        @Test("Every type of operation succeeds with the rights of config/rbac and no more", .timeLimit(.minutes(5)))
        func everyType() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(MainJobTests.storage)
            try await kubectl.apply(MainJobTests.manifest)
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            for (name, type, block) in [
                ("parameters", "Reconfiguring", "reconfiguring: {config: [{name: work_mem, value: 8MB}]}"),
                ("minor", "Upgrade", "upgrade: {version: \"16.10\"}"),
                ("hand-over", "Switchover", "switchover: {target: orders-2}"),
                ("fresh", "RebuildInstance", "rebuildInstance: {instance: orders-3}"),
                ("fence", "Custom", "custom: {operation: fence, parameters: {instance: orders-1}}"),
                ("unfence", "Custom", "custom: {operation: unfence, parameters: {instance: orders-1}}"),
                ("reload", "Custom", "custom: {operation: reload}"),
                ("copy", "Backup", ""),
                ("chain", "Custom", "custom: {operation: analyze-backup-chain}"),
                ("again", "Restore", "restore: {backup: copy, into: orders-copy}"),
                ("major", "Upgrade", "upgrade: {version: \"17.6\"}"),
            ] {
                let status = try await finish(kubectl, name, type, block)
                #expect(status["phase"] == "Succeeded", "\(type) \(name): \(status)")
                #expect(status["evidence"]?.array?.isEmpty == false, "\(type) \(name): \(status)")
            }
            let restored = try #require(try await kubectl.get("dbc", "orders-copy"))
            #expect(restored.at("status", "phase") == "Ready")
            try server.expectNothingForbidden()
        }

        @Test("The samples are accepted, each field of them known")
        func samples() async throws {
            let server = try await TestServer.start(engines: TestServer.everyEngine, withOperator: false)
            let samples = Programs.repository.appending(path: "config/samples")
            let files = try FileManager.default.contentsOfDirectory(at: samples, includingPropertiesForKeys: nil)
            let objects = try files.map { try String(contentsOf: $0, encoding: .utf8) }
                .flatMap { $0.split(separator: "\n") }.count { $0.hasPrefix("kind: ") }
            let said = try await server.kubectl.run(
                "apply",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                samples.path
            )
            #expect(said.split(separator: "\n").count == objects && objects > 30, "\(said)")
        }
    }
}
