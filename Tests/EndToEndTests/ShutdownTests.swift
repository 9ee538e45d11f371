import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// How the operator ends.
    @Suite("Shutdown", .tags(.server))
    struct ShutdownTests {
        static func clusters(_ names: [String]) -> String {
            names.map { name in
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: \(name)}
                spec: {engine: postgresql, clusterSize: 1, storage: 1Gi, size: db.t3.micro}
                """
            }.joined(separator: "\n---\n")
        }

        @Test("SIGTERM in the midst of work ends it in order with 0, and the next operator finishes what was begun")
        func ordered() async throws {
            let server = try await TestServer.start(withOperator: false)
            let process = try server.startOperator(["--listen", "off"])
            let names = (0..<20).map { "busy-\($0)" }
            try await server.kubectl.apply(Self.clusters(names))
            try await wait("work to have begun", within: .seconds(30)) {
                try await !server.kubectl.list("clusters.postgresql.cnpg.io").isEmpty
            }
            try await end(process)
            let lease = try #require(
                try await server.kubectl.get("lease", "dbaas-operator", in: server.operatorNamespace)
            )
            #expect(lease.at("spec", "holderIdentity")?.string ?? "" == "", "the Lease is handed over")
            #expect(process.logLines.last?["message"] == "Stopped")

            let next = try server.startOperator(["--listen", "off"])
            for name in names {
                try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/\(name)", "--timeout=60s")
            }
            try await end(next)
        }

        @Test("An API server that does not answer any more keeps nobody from leaving in time", .timeLimit(.minutes(2)))
        func silentServer() async throws {
            let server = try await TestServer.start(withOperator: false)
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let process = try await working(server, proxy)
            try await end(process)
        }

        @Test("A second signal ends it at once, and the exit code tells which", .timeLimit(.minutes(2)))
        func secondSignal() async throws {
            let server = try await TestServer.start(withOperator: false)
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let process = try await working(server, proxy)
            process.signal(SIGTERM)
            try await wait("it to take notice", within: .seconds(30)) {
                !process.logged("Stopping in order; once more to leave at once").isEmpty
            }
            process.signal(SIGINT)
            #expect(try await process.finish(within: .seconds(30)) == 130)
            #expect(!process.logged("Leaving at once").isEmpty)
        }

        @Test("SIGUSR1 shows more in the log of a running operator, and SIGUSR2 as much as before")
        func logLevel() async throws {
            let server = try await TestServer.start(withOperator: false)
            let process = try server.startOperator()
            try await server.kubectl.apply(Self.clusters(["one"]))
            try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/one", "--timeout=60s")
            #expect(process.logged("reconciliation_completed").isEmpty)
            process.signal(SIGUSR1)
            try await wait("the new level", within: .seconds(30)) {
                process.logged("log_level_changed").last?["log_level"] == "debug"
            }
            try await server.kubectl.apply(Self.clusters(["two"]))
            try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/two", "--timeout=60s")
            let events = process.logged("reconciliation_completed").filter { $0["object"] == "default/two" }
            let identifiers = Set(events.compactMap { $0["reconcileID"]?.string })
            #expect(!events.isEmpty && identifiers.count == events.count, "each look has an id of its own")
            process.signal(SIGUSR2)
            try await wait("the old level", within: .seconds(30)) {
                process.logged("log_level_changed").last?["log_level"] == "info"
            }
            try await end(process)
        }

        @Test("An address for health and metrics that is taken ends it with 1 and a sentence")
        func addressTaken() async throws {
            let server = try await TestServer.start(withOperator: false)
            let taken = try #require(server.address.split(separator: "/").last.map(String.init))
            let process = try server.startOperator(["--listen", taken])
            #expect(try await process.finish(within: .seconds(30)) == 1)
            #expect(process.errorOutput.contains("cannot be served at \(taken)"), "\(process.errorOutput)")
        }

        /// An operator in the midst of writes that never come to an end.
        private func working(_ server: TestServer, _ proxy: TCPProxy) async throws -> ChildProcess {
            let process = try server.startOperator(["--listen", "off"], by: proxy)
            try await server.kubectl.apply(Self.clusters((0..<20).map { "busy-\($0)" }))
            try await wait("work to have begun", within: .seconds(30)) {
                try await !server.kubectl.list("clusters.postgresql.cnpg.io").isEmpty
            }
            proxy.fallSilent()
            return process
        }

        private func end(_ process: ChildProcess) async throws {
            process.signal(SIGTERM)
            // Less than a request may take, which is 30 s: who waits for one does not end in time.
            #expect(try await process.finish(within: .seconds(15)) == 0, "\(process.errorOutput.suffix(2000))")
        }
    }
}
