import Foundation
import JSON
import TestPrograms
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

        @Test("With --namespaces it works in those, and neither reads nor touches others", .timeLimit(.minutes(2)))
        func namespaces() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            for name in ["a", "b", "c"] {
                try await kubectl.run("create", "namespace", name)
                try await kubectl.apply(Self.cluster("orders", in: name))
            }
            let process = try server.startOperator(["--listen", "off", "--leader-elect=false", "--namespaces", "a,b"])
            for name in ["a", "b"] {
                try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "-n", name, "--timeout=60s")
            }
            let other = try #require(try await kubectl.get("dbc", "orders", in: "c"))
            #expect(other["status"] == nil && other.at("metadata", "finalizers") == nil)
            #expect(try await kubectl.list("clusters.postgresql.cnpg.io", in: "c").isEmpty)
            process.signal(SIGTERM)
            #expect(try await process.finish(within: .seconds(30)) == 0)
        }

        @Test("What happened while the API server was out of reach is seen when it is back", .timeLimit(.minutes(2)))
        func outage() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let process = try server.startOperator(["--listen", "off", "--leader-elect=false"], by: proxy)
            try await kubectl.apply(Self.cluster("orders"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
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
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/later", "--timeout=60s")
            try await wait("the child to be made again", within: .seconds(30)) {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at("spec", "instances") == 1
            }
            #expect(process.isRunning)
        }

        @Test("Our own definition may go and come back while the operator runs", .timeLimit(.minutes(2)))
        func definitionRemoved() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--leader-elect=false"])
            let endpoints = try await OperatorEndpoints(of: process)
            try await kubectl.apply(Self.cluster("before"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/before", "--timeout=60s")
            try await kubectl.run("delete", "dbc", "before", "--timeout=60s")
            let file = Programs.repository.appending(path: "config/crd/dbaas.io_databaseclusters.yaml").path
            try await kubectl.run("delete", "-f", file, "--timeout=60s")
            try await wait("readiness to miss it", within: .seconds(30)) {
                try await endpoints.get("/readyz").text.contains("[-] databaseclusters.dbaas.io: ")
            }
            try await kubectl.run("apply", "-f", file)
            try await kubectl.run("wait", "--for=condition=Established", "-f", file, "--timeout=60s")
            try await wait("readiness to have found it", within: .seconds(45)) {
                try await endpoints.get("/readyz").status == 200
            }
            try await kubectl.apply(Self.cluster("after"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/after", "--timeout=60s")
            #expect(process.isRunning)
        }

        @Test(
            "An API server that dies and comes back without its history costs nothing but time",
            .enabled(if: KubernetesServer.assets != nil, "the sandbox has its objects in memory alone"),
            .timeLimit(.minutes(2))
        )
        func restartedServer() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let proxy = try TCPProxy(to: server.address)
            defer { proxy.close() }
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--leader-elect=false"], by: proxy)
            let endpoints = try await OperatorEndpoints(of: process)
            try await kubectl.apply(Self.cluster("orders"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            proxy.cut()
            try await kubectl.run("scale", "dbc/orders", "--replicas=3")
            try await server.restart()
            proxy.reopen()
            try await wait("the change to be seen", within: .seconds(60)) {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at("spec", "instances") == 3
            }
            try await kubectl.run("wait", "--for=jsonpath={.status.ready}=3/3", "dbc/orders", "--timeout=60s")
            #expect(process.isRunning)
            #expect(try await endpoints.get("/readyz").status == 200)
        }
    }
}
