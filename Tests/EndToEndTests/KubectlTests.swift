import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// What people ask of kubectl, and what they are told.
    @Suite("Kubectl", .tags(.server))
    struct KubectlTests {
        @Test(
            "get, describe, explain, scale, wait and edit-by-many agree with what the operator does",
            .timeLimit(.minutes(2))
        )
        func everydayCommands() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(ShutdownTests.clusters(["orders"]))
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")

            let table = try await kubectl.run("get", "dbc")
            for column in ["NAME", "ENGINE", "VERSION", "PHASE", "READY", "SIZE", "STORAGE", "AGE"] {
                #expect(table.contains(column), "\(table)")
            }
            #expect(try await kubectl.run("get", "dbaas").contains("databasecluster.dbaas.io/orders"))
            #expect(try await kubectl.run("explain", "dbc.spec.engine").contains("engine"))

            try await kubectl.run("scale", "dbc/orders", "--replicas=3", "--current-replicas=1")
            try await kubectl.run("wait", "--for=jsonpath={.status.ready}=3/3", "dbc/orders", "--timeout=60s")
            let scale = try await JSONValue(
                parsing: kubectl.run(
                    "get",
                    "--raw",
                    "/apis/dbaas.io/v1alpha1/namespaces/default/databaseclusters/orders/scale"
                )
            )
            #expect(scale.at("spec", "replicas") == 3 && scale.at("status", "replicas") == 3, "\(scale)")
            let selector = try #require(scale.at("status", "selector")?.string)
            #expect(try await kubectl.list("pods", selector: selector).count == 3)

            let story = try await kubectl.run("describe", "dbc", "orders")
            for reason in ["Created", "Accepted", "Ready", "Updated"] {
                #expect(story.contains("Normal  \(reason) "), "describe does not tell \(reason):\n\(story)")
            }
            try server.expectNothingForbidden()
        }

        @Test(
            "Two who apply the same field are told of each other, and neither takes what is the operator's",
            .timeLimit(.minutes(2))
        )
        func conflicts() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            func apply(_ manifest: String, as manager: String, _ more: String...) async throws -> Kubectl.Answer {
                try await kubectl.answer(
                    ["apply", "--server-side", "--field-manager=\(manager)", "-f", "-"] + more,
                    input: manifest
                )
            }
            let one = ShutdownTests.clusters(["orders"])
            #expect(try await apply(one, as: "alice").status == 0)
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            let two = one.replacing("clusterSize: 1", with: "clusterSize: 2")
            let refused = try await apply(two, as: "bob")
            #expect(refused.status == 1)
            #expect(
                refused.errorOutput.contains("conflict with \"alice\"")
                    && refused.errorOutput.contains(".spec.clusterSize"),
                "\(refused.errorOutput)"
            )
            #expect(try await apply(two, as: "bob", "--force-conflicts").status == 0)
            try await kubectl.run("wait", "--for=jsonpath={.status.ready}=2/2", "dbc/orders", "--timeout=60s")

            let child = """
                apiVersion: postgresql.cnpg.io/v1
                kind: Cluster
                metadata: {name: orders}
                spec: {instances: 5}
                """
            let ours = try await apply(child, as: "bob")
            #expect(ours.status == 1 && ours.errorOutput.contains("dbaas-operator/cluster"), "\(ours.errorOutput)")
            #expect(try await apply(child, as: "bob", "--force-conflicts").status == 0)
            try await wait("what is ours to be put back", within: .seconds(30)) {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at("spec", "instances") == 2
            }
            let status = try await kubectl.answer(
                ["apply", "--server-side", "--field-manager=bob", "--subresource=status", "-f", "-"],
                input: """
                    apiVersion: dbaas.io/v1alpha1
                    kind: DatabaseCluster
                    metadata: {name: orders}
                    status: {phase: Failed}
                    """
            )
            #expect(status.status == 1 && status.errorOutput.contains("dbaas-operator/status"), "\(status.errorOutput)")
        }

        @Test(
            "Thirty edits in a row end with the last one; the child is made once and never gets an older one",
            .timeLimit(.minutes(2))
        )
        func manyEdits() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(ShutdownTests.clusters(["orders"]))
            for number in 1...30 {
                try await kubectl.run(
                    "patch",
                    "dbc",
                    "orders",
                    "--type=merge",
                    "-p",
                    #"{"spec":{"config":[{"name":"max_connections","value":"\#(100 + number)"}]}}"#
                )
            }
            func seen() async throws -> JSONValue? {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at(
                    "spec",
                    "postgresql",
                    "parameters",
                    "max_connections"
                )
            }
            try await wait("the last edit", within: .seconds(30)) { try await seen() == "130" }
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            #expect(try await seen() == "130")
            #expect(try await server.counters(of: "orders")["clusterCreations"] == 1)
            try server.expectNothingForbidden()
        }
    }
}
