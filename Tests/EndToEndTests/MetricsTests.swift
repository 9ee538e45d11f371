import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// What monitoring sees of a running operator.
    @Suite("Metrics", .enabled(if: Exposition.isInstalled, "run scripts/setup-prometheus-client to run these"))
    struct MetricsTests {
        @Test("Prometheus' own parser reads /metrics, and the figures are what happened", .timeLimit(.minutes(2)))
        func figures() async throws {
            let server = try await TestServer.start(withOperator: false)
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--workers", "3"])
            let endpoints = try await OperatorEndpoints(of: process)
            try await wait("readiness", within: .seconds(30)) { try await endpoints.get("/readyz").status == 200 }

            var start = try await Exposition(parsing: endpoints.get("/metrics").text)
            // It may be ready a moment before it leads.
            try await wait("it to lead", within: .seconds(30)) {
                start = try await Exposition(parsing: endpoints.get("/metrics").text)
                return start.value("leader_election_master_status", ["name": "dbaas-operator"]) == 1
            }
            for type in ["size", "replicas", "storage"] {
                #expect(start.value("dbaas_drift_detected_total", ["type": type]) == 0)
            }
            #expect(start.value("dbaas_operations_created_total", ["source": "reconciler"]) == 0)
            let ended = ["type": "HorizontalScaling", "status": "Succeeded"]
            #expect(start.value("dbaas_operations_completed_total", ended) == 0)
            #expect(start.value("dbaas_worker_busy", ["worker_id": "opsrequest-2"]) == 0)
            #expect(start.value("dbaas_worker_busy", ["worker_id": "opsrequest-3"]) == nil)

            try await act(server)

            var end = start
            // The figure follows the status, which is what kubectl has seen.
            try await wait("the operation to be counted, and the queue to be empty", within: .seconds(30)) {
                end = try await Exposition(parsing: endpoints.get("/metrics").text)
                return end.value("dbaas_operations_completed_total", ended) == 1
                    && end.value("dbaas_queue_depth") == 0
            }
            #expect(end.value("dbaas_drift_detected_total", ["type": "replicas"]) == 1)
            #expect(end.value("dbaas_drift_detected_total", ["type": "size"]) == 0)
            #expect(end.value("dbaas_operations_created_total", ["source": "user"]) == 1)
            #expect(end.value("dbaas_operations_completed_total", ended) == 1)
            #expect(end.value("dbaas_operation_duration_seconds_count", ["type": "HorizontalScaling"]) == 1)
            #expect(
                end.value("dbaas_operation_duration_seconds_bucket", ["type": "HorizontalScaling", "le": "3600"]) == 1
            )
            #expect(end.value("dbaas_queue_enqueue_total", ["type": "HorizontalScaling"]) == 1)
            #expect(end.value("dbaas_ops_request_phase_total", ["engine": "postgresql", "phase": "Succeeded"]) == 1)
            #expect(try #require(end.value("dbaas_reconciliation_cycle_total")) >= 3)
            #expect(try #require(end.value("dbaas_reconciliation_cycle_duration_seconds_count")) >= 3)
            #expect(try #require(end.value("rest_client_requests_total", ["code": "200", "method": "PATCH"])) >= 3)
            #expect(try #require(end.value("rest_client_request_duration_seconds_count", ["verb": "PATCH"])) >= 3)
            #expect(end.value("controller_runtime_reconcile_errors_total", ["controller": "opsrequest"]) == 0)
            #expect(try #require(end.value("process_resident_memory_bytes")) > 1_000_000)
            #expect(try #require(end.value("dbaas_build_info")) == 1)
            try expectDocumented(end)
            process.signal(SIGTERM)
            #expect(try await process.finish(within: .seconds(30)) == 0)
        }

        @Test("An edit that becomes an operation is counted once, as the reconciler's", .timeLimit(.minutes(3)))
        func filedByItself() async throws {
            let server = try await TestServer.start(engines: "kubedb", withOperator: false)
            let kubectl = server.kubectl
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--leader-elect=false"])
            let endpoints = try await OperatorEndpoints(of: process)
            try await kubectl.apply(
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: orders}
                spec: {engine: postgresql, provider: kubedb, clusterSize: 3, storage: 10Gi, size: db.t3.medium}
                """
            )
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=90s")
            try await kubectl.run("patch", "dbc", "orders", "--type=merge", "-p", #"{"spec":{"clusterSize":5}}"#)
            try await kubectl.run("wait", "--for=jsonpath={.status.ready}=5/5", "dbc/orders", "--timeout=90s")
            let ended = ["type": "HorizontalScaling", "status": "Succeeded"]
            var figures = try await Exposition(parsing: endpoints.get("/metrics").text)
            try await wait("the operation to be counted", within: .seconds(30)) {
                figures = try await Exposition(parsing: endpoints.get("/metrics").text)
                return figures.value("dbaas_operations_completed_total", ended) == 1
            }
            #expect(figures.value("dbaas_operations_created_total", ["source": "reconciler"]) == 1)
            #expect(figures.value("dbaas_operations_created_total", ["source": "user"]) == 0)
            let requests = try await kubectl.list("opsrequests.dbaas.io", selector: "dbaas.io/origin=drift")
            #expect(requests.count == 1 && requests[0].at("status", "phase") == "Succeeded", "\(requests)")
        }

        @Test("With a token file only those who send the token see the metrics, also after it is replaced")
        func protected() async throws {
            let server = try await TestServer.start(withOperator: false)
            let file = server.kubectl.folder.path("token")
            let missing = try server.startOperator(["--metrics-token-file", file])
            #expect(try await missing.finish(within: .seconds(30)) == 64)
            #expect(missing.errorOutput.contains("--metrics-token-file: \(file)"))

            try "first\n".write(toFile: file, atomically: true, encoding: .utf8)
            let process = try server.startOperator(["--listen", "127.0.0.1:0", "--metrics-token-file", file])
            let endpoints = try await OperatorEndpoints(of: process)
            #expect(try await endpoints.get("/metrics").status == 401)
            #expect(try await endpoints.get("/metrics", token: "fist").status == 401)
            #expect(try await endpoints.get("/metrics", token: "first").text.contains("dbaas_build_info"))
            #expect(try await endpoints.get("/healthz").status == 200)
            try "second\n".write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await endpoints.get("/metrics", token: "first").status == 401)
            #expect(try await endpoints.get("/metrics", token: "second").status == 200)
            #expect(!process.errorOutput.contains("second"))
        }

        /// One cluster, one edit of its child by hand, one operation.
        private func act(_ server: TestServer) async throws {
            let kubectl = server.kubectl
            try await kubectl.apply(
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: orders}
                spec: {engine: postgresql, clusterSize: 1, storage: 1Gi, size: db.t3.micro}
                """
            )
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            try await kubectl.run(
                "patch",
                "clusters.postgresql.cnpg.io",
                "orders",
                "--type=merge",
                "-p",
                #"{"spec":{"instances":4}}"#
            )
            try await wait("the edit to be put back", within: .seconds(30)) {
                try await kubectl.get("clusters.postgresql.cnpg.io", "orders")?.at("spec", "instances") == 1
            }
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            let status = try await finish(kubectl, "grow", "HorizontalScaling", "horizontalScaling: {replicas: 2}")
            #expect(status["phase"] == "Succeeded")
        }

        /// Each family has its type and help, and stands so in docs/metrics.md.
        private func expectDocumented(_ exposition: Exposition) throws {
            let document = try String(
                contentsOf: Programs.repository.appending(path: "docs/metrics.md"),
                encoding: .utf8
            )
            #expect(exposition.families.count > 35)
            for (name, family) in exposition.families {
                #expect(!family.help.isEmpty, "\(name) has no help")
                // The parser gives a `_total` to counters that have none.
                let names = [name, name.hasSuffix("_total") ? String(name.dropLast(6)) : name]
                let rows = document.split(separator: "\n").filter { row in
                    names.contains { row.hasPrefix("| `\($0)` | \(family.kind) |") }
                }
                #expect(rows.count == 1, "\(name) does not stand in docs/metrics.md as a \(family.kind)")
            }
        }
    }
}
