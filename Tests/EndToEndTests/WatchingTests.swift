import Foundation
import JSON
import Testing

extension EndToEndTests {
    /// What the operator sees of a cluster, and through which troubles.
    @Suite("Watching", .tags(.server))
    struct WatchingTests {
        private static func cluster(_ name: String, in namespace: String = "default") -> String {
            """
            apiVersion: dbaas.io/v1alpha1
            kind: DatabaseCluster
            metadata: {name: \(name), namespace: \(namespace)}
            spec: {engine: postgresql, clusterSize: 1, storage: 1Gi, size: db.t3.micro}
            """
        }

        @Test("With --namespaces it works in those, and neither reads nor touches others", .timeLimit(.minutes(1)))
        func namespaces() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            for name in ["a", "b", "c"] {
                try await kubectl.run("create", "namespace", name)
                try await kubectl.apply(Self.cluster("orders", in: name))
            }
            let process = try server.startOperator(["--listen", "off", "--leader-elect=false", "--namespaces", "a,b"])
            for name in ["a", "b"] {
                try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "-n", name, "--timeout=30s")
            }
            let other = try #require(try await kubectl.get("dbc", "orders", in: "c"))
            #expect(other["status"] == nil && other.at("metadata", "finalizers") == nil)
            #expect(try await kubectl.list("clusters.postgresql.cnpg.io", in: "c").isEmpty)
            process.signal(SIGTERM)
            #expect(try await process.finish(within: .seconds(5)) == 0)
        }

        @Test("What happened while the API server was out of reach is seen when it is back", .timeLimit(.minutes(1)))
        func outage() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let process = try server.startOperator(["--listen", "off", "--leader-elect=false"], by: proxy)
            try await kubectl.apply(Self.cluster("orders"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=30s")
            proxy.cut()
            try await kubectl.run(
                "patch",
                "clusters.postgresql.cnpg.io",
                "orders",
                "--type=merge",
                "-p",
                #"{"spec":{"instances":4}}"#
            )
            try await kubectl.apply(Self.cluster("later"))
            try await kubectl.run("delete", "clusters.postgresql.cnpg.io", "orders", "--cascade=orphan", "--wait=false")
            proxy.reopen()
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/later", "--timeout=30s")
            try await wait("the child to be made again", within: .seconds(30)) {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at("spec", "instances") == 1
            }
            #expect(process.isRunning)
        }
    }
}
