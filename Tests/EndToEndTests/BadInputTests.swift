import Foundation
import FoundationNetworking
import JSON
import TestPrograms
import Testing

#if canImport(FoundationNetworking)
#endif

extension EndToEndTests {
    /// What people and clusters get wrong, and what they are told.
    @Suite("Bad input", .tags(.server))
    struct BadInputTests {
        @Test("A manifest that breaks a rule is refused by the API server in words, and the child is left alone")
        func brokenRules() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(Self.cluster("storage: 2Gi"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            for (manifest, words) in [
                (Self.cluster("storage: 1Gi"), "storage can grow but not shrink"),
                (
                    Self.cluster("storage: 2Gi, size: db.t3.micro, resources: {limits: {cpu: 1}}"),
                    "give size or resources"
                ),
                (Self.cluster("storage: 2Gi, provider: strimzi"), "provider"),
                (Self.cluster("storage: 2Gi, clusterSize: many"), "clusterSize"),
                (Self.cluster("storage: 2Gi, colour: blue"), "colour"),
            ] {
                let answer = try await kubectl.answer(["apply", "--validate=strict", "-f", "-"], input: manifest)
                #expect(answer.status != 0 && answer.errorOutput.contains(words), "\(answer.errorOutput)")
            }
            let child = try #require(try await kubectl.get("clusters.postgresql.cnpg.io", "orders"))
            #expect(child.at("spec", "storage", "size") == "2Gi")
        }

        @Test("What only the provider knows is told by Accepted=False, and the running child stays as it is")
        func refusedByProvider() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(Self.cluster("storage: 2Gi"))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            try await kubectl.apply(Self.cluster("storage: 2Gi, config: [{name: listen_addresses, value: nowhere}]"))
            try await kubectl.run("wait", "--for=condition=Accepted=False", "dbc/orders", "--timeout=60s")
            try await kubectl.run("wait", "--for=condition=Stalled", "dbc/orders", "--timeout=60s")
            let cluster = try #require(try await kubectl.get("dbc", "orders"))
            let accepted = cluster.at("status", "conditions")?.array?.first { $0["type"] == "Accepted" }
            #expect(accepted?["message"]?.string?.contains("listen_addresses") == true)
            let child = try #require(try await kubectl.get("clusters.postgresql.cnpg.io", "orders"))
            #expect(child.at("spec", "postgresql", "parameters", "listen_addresses") == nil)
            try await kubectl.apply(Self.cluster("storage: 2Gi, config: []"))
            try await kubectl.run("wait", "--for=condition=Accepted", "dbc/orders", "--timeout=60s")
        }

        @Test(
            "A child operator that is not there is told by name and costs no requests; installed later it is picked up",
            .timeLimit(.minutes(2)),
            arguments: [
                ("cnpg", "clusters.postgresql.cnpg.io", "Cluster", "engine: postgresql, clusterSize: 1"),
                ("strimzi", "kafkas.kafka.strimzi.io", "Kafka", "engine: kafka, clusterSize: 3"),
            ]
        )
        func providerInstalledLater(engine: String, definition: String, kind: String, spec: String) async throws {
            let server = try await TestServer.start(engines: engine, withOperator: false)
            let operating = try server.startOperator(environment: ["RECONCILE_INTERVAL": "8"])
            let kubectl = server.kubectl
            let installed = try await kubectl.run("get", "crd", definition, "-o", "json")
            try await kubectl.run("delete", "crd", definition)
            try await kubectl.apply(
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: orders}
                spec: {\(spec), storage: 2Gi}
                """
            )
            try await kubectl.run("wait", "--for=condition=ProviderAvailable=False", "dbc/orders", "--timeout=60s")
            let cluster = try #require(try await kubectl.get("dbc", "orders"))
            let missing = kind + definition.trimmingPrefix { $0 != "." }
            let available = cluster.at("status", "conditions")?.array?.first { $0["type"] == "ProviderAvailable" }
            #expect(available?["reason"] == "NotInstalled", "\(cluster)")
            #expect(available?["message"]?.string?.contains(missing) == true, "\(cluster)")
            try await MainJobTests().expectSilence(server, for: .seconds(20))

            var fresh = try JSONValue(parsing: installed)
            fresh["metadata"] = ["name": .string(definition)]
            fresh["status"] = nil
            try await kubectl.run("create", "-f", "-", input: fresh.description)
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=90s")
            #expect(operating.isRunning)
            try server.expectNothingForbidden()
        }

        @Test("What an operation cannot do is refused at once with a sentence, the cluster untouched")
        func refusedOperation() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(Self.cluster("storage: 2Gi, version: \"16.10\""))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            let before = try #require(try await kubectl.get("clusters.postgresql.cnpg.io", "orders"))
            let status = try await finish(kubectl, "down", "Upgrade", "upgrade: {version: \"15.6\"}")
            #expect(status["phase"] == "Failed" && status["reason"]?.string?.isEmpty == false, "\(status)")
            #expect(status["message"]?.string?.contains("15.6") == true, "\(status)")
            let after = try #require(try await kubectl.get("clusters.postgresql.cnpg.io", "orders"))
            #expect(after["spec"] == before["spec"])
        }

        @Test("With no API server to reach, the operator waits, says why on /readyz, and leaves when told")
        func noServer() async throws {
            let folder = try TemporaryFolder()
            let kubeconfig = folder.location.appending(path: "config")
            try """
            apiVersion: v1
            kind: Config
            clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
            contexts: [{name: none, context: {cluster: none, user: none}}]
            users: [{name: none, user: {token: none}}]
            current-context: none
            """.write(to: kubeconfig, atomically: true, encoding: .utf8)
            let process = try Programs.startOperator([
                "run", "--kubeconfig", kubeconfig.path, "--listen", "127.0.0.1:18427", "--leader-elect=false",
            ])
            var reason = ""
            try await wait("/readyz to say why", within: .seconds(30)) {
                let address = try #require(URL(string: "http://127.0.0.1:18427/readyz"))
                guard let (data, answer) = try? await URLSession.shared.data(from: address) else { return false }
                reason = String(decoding: data, as: UTF8.self)
                return (answer as? HTTPURLResponse)?.statusCode == 503
            }
            #expect(reason.contains("127.0.0.1:9") || reason.lowercased().contains("connect"), "\(reason)")
            #expect(reason.contains("[-] databaseclusters.dbaas.io: "), "\(reason)")
            #expect(process.isRunning)
            process.signal(SIGTERM)
            #expect(try await process.finish(within: .seconds(30)) == 0)
        }

        private static func cluster(_ rest: String) -> String {
            """
            apiVersion: dbaas.io/v1alpha1
            kind: DatabaseCluster
            metadata: {name: orders}
            spec: {engine: postgresql, clusterSize: 1, \(rest)}
            """
        }
    }
}
