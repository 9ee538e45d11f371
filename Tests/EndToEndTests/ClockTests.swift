import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// The operator's clock and the server's, which do not agree.
    @Suite("Clocks", .tags(.server))
    struct ClockTests {
        @Test(
            "Half an hour ahead or behind, the operator makes a database ready, carries out operations and hands over",
            .timeLimit(.minutes(3)),
            arguments: [1800, -1800]
        )
        func wrongClock(_ seconds: Int) async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let skew = try await ClockSkew(in: kubectl.folder)
            let lease = LeadershipTests.quickLease
            let wrong = try server.startOperator(
                ["--listen", "off"] + lease,
                environment: skew.environment(ahead: seconds)
            )
            try await LeadershipTests.waitForLeading(wrong)
            try await kubectl.apply(ShutdownTests.clusters(["orders"]))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            for (name, type, block) in [
                ("grow", "HorizontalScaling", "horizontalScaling: {replicas: 2}"), ("bounce", "Restart", ""),
            ] {
                let status = try await finish(kubectl, name, type, block)
                #expect(status["phase"] == "Succeeded", "\(type): \(status)")
            }
            // Its times in the Lease must neither keep the other away nor let it begin too early.
            let right = try server.startOperator(["--listen", "off"] + lease)
            try await wait("the other to follow", within: .seconds(30)) { !right.errorOutput.isEmpty }
            // Longer than the Lease lasts.
            try await Task.sleep(for: .seconds(8))
            #expect(right.logged("This process leads now").isEmpty)
            wrong.signal(SIGTERM)
            #expect(try await wrong.finish(within: .seconds(30)) == 0)
            try await LeadershipTests.waitForLeading(right)
            try await kubectl.apply(ShutdownTests.clusters(["later"]))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/later", "--timeout=60s")
        }
    }
}
