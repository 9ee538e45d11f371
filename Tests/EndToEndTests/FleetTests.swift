import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// Many clusters at once, and an operator that dies again and again.
    @Suite("A fleet", .tags(.server))
    struct FleetTests {
        static let count = 100

        @Test("100 clusters created at once all become Ready", .timeLimit(.minutes(5)))
        func allBecomeReady() async throws {
            let server = try await TestServer.start(withOperator: false)
            let process = try server.startOperator()
            let clock = ContinuousClock()
            let start = clock.now
            try await server.kubectl.apply(Self.clusters(Self.count))
            try await waitUntilReady(server, within: .seconds(180))
            print("\(Self.count) clusters were Ready after \(clock.now - start), the time of kubectl apply included")
            #expect(process.isRunning)
            try server.expectNothingForbidden()
        }

        @Test(
            "Killed at 20 random moments, the operator ends where it would have, and does nothing twice",
            .timeLimit(.minutes(10))
        )
        func survivesKills() async throws {
            let server = try await TestServer.start(withOperator: false)
            let seed = UInt64.random(in: 0...UInt64.max)
            print("moments of death from seed \(seed)")
            var random = SeededGenerator(seed: seed)
            var process = try server.startOperator()
            try await server.kubectl.apply(Self.clusters(Self.count))
            try await server.kubectl.apply(Self.requests)
            for _ in 0..<20 {
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...1500, using: &random)))
                process.signal(SIGKILL)
                _ = try await process.finish(within: .seconds(30))
                process = try server.startOperator()
            }
            try await waitUntilReady(server, within: .seconds(240))
            try await expectEachRequestDoneOnce(server)
        }

        private func expectEachRequestDoneOnce(_ server: TestServer) async throws {
            try await wait("all requests to end", within: .seconds(120)) {
                try await server.kubectl.list("ops").allSatisfy { $0.at("status", "phase") == "Succeeded" }
            }
            for number in 0..<10 {
                let scaled = try await server.counters(of: "fleet-\(number)")
                #expect(scaled["scalings"] == 1, "fleet-\(number): \(scaled)")
                let pods = try await server.kubectl.list("pods", selector: "cnpg.io/cluster=fleet-\(number)")
                #expect(pods.filter { $0.at("metadata", "labels", "cnpg.io/podRole") == "instance" }.count == 2)
                let restarted = try await server.counters(of: "fleet-\(number + 10)")
                #expect(restarted["restarts"] == 1, "fleet-\(number + 10): \(restarted)")
            }
            let untouched = try await server.counters(of: "fleet-50")
            #expect(untouched["restarts"] ?? 0 == 0 && untouched["scalings"] ?? 0 == 0)
            #expect(try await server.kubectl.list("clusters.postgresql.cnpg.io").count == Self.count)
        }

        private func waitUntilReady(_ server: TestServer, within limit: Duration) async throws {
            try await wait("all clusters to be Ready", within: limit) {
                let phases = try await server.kubectl.run(
                    "get",
                    "dbc",
                    "-o",
                    "jsonpath={range .items[*]}{.status.phase}{\"\\n\"}{end}"
                )
                let all = phases.split(separator: "\n")
                if all.count == Self.count, all.allSatisfy({ $0 == "Ready" }) { return true }
                try await Task.sleep(for: .milliseconds(300))
                return false
            }
        }

        private static func clusters(_ count: Int) -> String {
            (0..<count).map { number in
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: fleet-\(number)}
                spec: {engine: postgresql, clusterSize: 1, storage: 1Gi, size: db.t3.micro}
                """
            }.joined(separator: "\n---\n")
        }

        /// Ten scalings and ten restarts, each on a cluster of its own.
        private static var requests: String {
            (0..<10).map { number in
                """
                apiVersion: dbaas.io/v1alpha1
                kind: OpsRequest
                metadata: {name: scale-\(number)}
                spec: {clusterRef: fleet-\(number), type: HorizontalScaling, horizontalScaling: {replicas: 2}}
                ---
                apiVersion: dbaas.io/v1alpha1
                kind: OpsRequest
                metadata: {name: restart-\(number)}
                spec: {clusterRef: fleet-\(number + 10), type: Restart}
                """
            }.joined(separator: "\n---\n")
        }
    }
}

/// SplitMix64, so that a failure can be repeated from the seed that it printed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
