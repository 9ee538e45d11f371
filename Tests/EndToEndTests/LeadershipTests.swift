import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// Two operators of which one acts.
    @Suite("Leadership", .tags(.server))
    struct LeadershipTests {
        static let quickLease = [
            "--lease-duration", "6s", "--lease-renew-deadline", "3s", "--lease-retry-period", "500ms",
        ]
        private static let quick = ["--listen", "off"] + quickLease
        /// How long a Lease lasts unless told otherwise, after which anybody may take it.
        private static let usualLease = Duration.seconds(15)

        @Test("The leader is killed, and the other takes over when its Lease has ended", .timeLimit(.minutes(2)))
        func killed() async throws {
            let server = try await TestServer.start(withOperator: false)
            let leader = try server.startOperator(Self.quick)
            try await Self.waitForLeading(leader)
            let standby = try server.startOperator(Self.quick)
            try await server.kubectl.apply(ShutdownTests.clusters(["before"]))
            try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/before", "--timeout=60s")
            #expect(standby.logged("This process leads now").isEmpty)
            leader.signal(SIGKILL)
            try await Self.waitForLeading(standby)
            try await server.kubectl.apply(ShutdownTests.clusters(["after"]))
            try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/after", "--timeout=60s")
            let lease = try #require(
                try await server.kubectl.get("lease", "dbaas-operator", in: server.operatorNamespace)
            )
            #expect(lease.at("spec", "leaseTransitions") == 1)
        }

        @Test(
            "A leader that alone is cut off from the API server stops and fails before the other begins",
            .timeLimit(.minutes(2)),
            arguments: [Trouble.refused, .silent]
        )
        func cutOff(by trouble: Trouble) async throws {
            let server = try await TestServer.start(withOperator: false)
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let leader = try server.startOperator(Self.quick, by: proxy)
            try await Self.waitForLeading(leader)
            let standby = try server.startOperator(Self.quick)
            try await wait("the standby to follow", within: .seconds(30)) {
                standby.isRunning && !standby.errorOutput.isEmpty
            }
            switch trouble {
            case .refused: proxy.cut()
            case .silent: proxy.fallSilent()
            }
            #expect(try await leader.finish(within: .seconds(30)) == 1)
            #expect(standby.logged("This process leads now").isEmpty, "the other began before the leader had ended")
            #expect(!leader.logged("Leadership was lost").isEmpty)
            try await Self.waitForLeading(standby)
            try await server.kubectl.apply(ShutdownTests.clusters(["after"]))
            try await server.kubectl.run("wait", "--for=condition=Ready", "dbc/after", "--timeout=60s")
        }

        @Test(
            "A leader that is stopped hands over long before its Lease would have ended, with the usual times",
            .timeLimit(.minutes(2))
        )
        func handedOver() async throws {
            let server = try await TestServer.start(withOperator: false)
            let leader = try server.startOperator(["--listen", "127.0.0.1:0"])
            try await Self.waitForLeading(leader)
            let standby = try server.startOperator(["--listen", "127.0.0.1:0"])
            let endpoints = try await OperatorEndpoints(of: standby)
            try await wait("the standby to be ready", within: .seconds(30)) {
                try await endpoints.get("/readyz").status == 200
            }
            #expect(
                try await endpoints.get("/metrics").text.contains(
                    "leader_election_master_status{name=\"dbaas-operator\"} 0\n"
                )
            )
            leader.signal(SIGTERM)
            let stop = ContinuousClock.now
            try await Self.waitForLeading(standby)
            #expect(ContinuousClock.now - stop < Self.usualLease - .seconds(5))
            #expect(try await leader.finish(within: .seconds(30)) == 0)
            #expect(
                try await endpoints.get("/metrics").text.contains(
                    "leader_election_master_status{name=\"dbaas-operator\"} 1\n"
                )
            )
        }

        enum Trouble {
            /// Connections are closed and refused.
            case refused
            /// Nothing comes through any more.
            case silent
        }

        static func waitForLeading(_ process: ChildProcess) async throws {
            try await wait("it to lead: \(process.errorOutput.suffix(2000))", within: .seconds(30)) {
                !process.logged("This process leads now").isEmpty || !process.isRunning
            }
            #expect(process.isRunning, "\(process.errorOutput.suffix(2000))")
        }
    }
}
