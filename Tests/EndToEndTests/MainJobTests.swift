import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// A database from creation to deletion, as its owner sees it and as its children stand at each step.
    @Suite("The main job", .tags(.server))
    struct MainJobTests {
        static let manifest = """
            apiVersion: dbaas.io/v1alpha1
            kind: DatabaseCluster
            metadata: {name: orders}
            spec:
              engine: postgresql
              version: "16.4"
              clusterSize: 3
              resources: {requests: {cpu: "1", memory: 2Gi}, limits: {cpu: "1", memory: 2Gi}}
              storage: 10Gi
              config: [{name: max_connections, value: "200"}]
              backup: {enabled: true, storage: s3-main}
            """
        static let storage = """
            apiVersion: dbaas.io/v1alpha1
            kind: BackupStorage
            metadata: {name: s3-main}
            spec: {type: s3, bucket: backups, region: eu-central-1, credentialsSecret: s3-credentials}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: s3-credentials}
            stringData: {AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret}
            """

        @Test("Create, edit, drift, scale, restart, stop, start, back up, delete", .timeLimit(.minutes(5)))
        func story() async throws {
            let server = try await TestServer.start(withOperator: false)
            let kubectl = server.kubectl
            let process = try server.startOperator(environment: ["RECONCILE_INTERVAL": "10"])

            try await kubectl.apply(Self.storage)
            try await kubectl.apply(Self.manifest)
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            try await expectCreated(kubectl)
            try await expectSilence(server, for: .seconds(25))
            try await editConfiguration(kubectl)
            try await putBackDrift(server)
            try await scale(server)
            try await restart(server)
            try await stopAndStart(kubectl)
            try await backUp(kubectl)
            try await delete(kubectl)

            try server.expectNothingForbidden()
            process.signal(15)
            #expect(try await process.finish(within: .seconds(30)) == 0)
            #expect(try await server.stop() == 0)
        }

        @Test("Resize and expand, with proof from the pods and the volumes", .timeLimit(.minutes(2)))
        func resizeAndExpand() async throws {
            let server = try await TestServer.start(withOperator: true)
            let kubectl = server.kubectl
            try await kubectl.apply(
                """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: orders}
                spec: {engine: postgresql, clusterSize: 2, storage: 1Gi, size: db.t3.small}
                """
            )
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
            let resized = try await finish(kubectl, "resize", "VerticalScaling", "verticalScaling: {size: db.t3.large}")
            #expect(resized["phase"] == "Succeeded", "\(resized)")
            for pod in try await instancePods(kubectl) {
                let container = pod.at("spec", "containers")?.array?.first { $0["name"] == "postgres" }
                #expect(container?.at("resources", "limits", "memory") == "4Gi")
            }
            let expanded = try await finish(kubectl, "expand", "VolumeExpansion", "volumeExpansion: {storage: 5Gi}")
            #expect(expanded["phase"] == "Succeeded", "\(expanded)")
            for volume in try await kubectl.list("pvc", selector: "cnpg.io/cluster=orders") {
                #expect(volume.at("status", "capacity", "storage") == "5Gi")
            }
            let current = try await kubectl.get("dbc", "orders")?.at("status", "current")
            #expect(current?["size"] == "db.t3.large" && current?["storage"] == "5Gi", "\(current ?? .null)")
            try server.expectNothingForbidden()
        }

        private func expectCreated(_ kubectl: Kubectl) async throws {
            let child = try #require(try await kubectl.get("clusters.postgresql.cnpg.io", "orders"))
            #expect(child.at("spec", "instances") == 3)
            #expect(child.at("spec", "postgresql", "parameters", "max_connections") == "200")
            #expect(child.at("spec", "storage", "size") == "10Gi")
            #expect(child.at("spec", "resources", "limits", "memory") == "2Gi")
            #expect(child.at("spec", "imageName")?.string?.contains(":16.4-standard-") == true)
            let cluster = try #require(try await kubectl.get("dbc", "orders"))
            #expect(cluster.at("status", "phase") == "Ready")
            #expect(cluster.at("status", "readyInstances") == 3)
            #expect(cluster.at("status", "credentialsSecret") == "orders-app")
            #expect(cluster.at("status", "observedGeneration") == cluster.at("metadata", "generation"))
            let storage = try #require(try await kubectl.get("bks", "s3-main"))
            #expect(storage.at("status", "usedBy") == 1)
            #expect(storage.at("status", "conditions")?[0]?["reason"] == "CredentialsFound")
            let table = try await kubectl.run("get", "dbc", "orders")
            #expect(table.contains("3/3") && table.contains("Ready") && table.contains("postgresql"))
            let story = try await kubectl.run("describe", "dbc", "orders")
            #expect(story.contains("Ready"))
        }

        /// A cluster at rest causes no request.
        ///
        /// - Parameter time: for how long; more than two of the intervals at which it is looked at for safety's sake.
        func expectSilence(_ server: TestServer, for time: Duration) async throws {
            try await settle(server)
            let before = try await server.requestsOfOperator()
            try await Task.sleep(for: time)
            #expect(try await server.requestsOfOperator() == before)
        }

        /// Waits until two looks in a row, a second apart, count the same.
        private func settle(_ server: TestServer) async throws {
            var last = -1
            try await wait("the operator to fall silent", within: .seconds(30)) {
                let count = try await server.requestsOfOperator()
                defer { last = count }
                if count == last { return true }
                try await Task.sleep(for: .seconds(1))
                return false
            }
        }

        private func editConfiguration(_ kubectl: Kubectl) async throws {
            try await kubectl.run(
                "patch",
                "dbc",
                "orders",
                "--type=merge",
                "-p",
                #"{"spec":{"config":[{"name":"max_connections","value":"200"},{"name":"work_mem","value":"8MB"}]}}"#
            )
            try await wait("work_mem in the child", within: .seconds(30)) {
                let child = try await kubectl.get("clusters.postgresql.cnpg.io", "orders")
                return child?.at("spec", "postgresql", "parameters", "work_mem") == "8MB"
            }
            try await kubectl.run("wait", "--for=condition=Ready", "dbc/orders", "--timeout=60s")
        }

        private func putBackDrift(_ server: TestServer) async throws {
            let kubectl = server.kubectl
            let before = try await server.counters(of: "orders")["scalings"]?.integer ?? 0
            try await kubectl.run(
                "patch",
                "clusters.postgresql.cnpg.io",
                "orders",
                "--type=merge",
                "-p",
                #"{"spec":{"instances":4,"description":"by hand"}}"#
            )
            try await wait("an event that tells of the drift", within: .seconds(30)) {
                let events = try await kubectl.list("events.events.k8s.io")
                return events.contains {
                    $0.at("regarding", "name") == "orders" && $0["reason"]?.string?.contains("Drift") == true
                }
            }
            var child: JSONValue = [:]
            try await wait("the drift to be put back in \(child)", within: .seconds(30)) {
                child = try await kubectl.get("clusters.postgresql.cnpg.io", "orders") ?? [:]
                return child.at("spec", "instances") == 3
            }
            #expect(
                child.at("spec", "description") == "by hand",
                "a field that is not ours stays as the person left it"
            )
            try await wait("the stand-in to have seen both the edit and its end", within: .seconds(30)) {
                try await ((server.counters(of: "orders")["scalings"]?.integer ?? 0) - before).isMultiple(of: 2)
            }
        }

        private func scale(_ server: TestServer) async throws {
            let kubectl = server.kubectl
            let before = try await server.counters(of: "orders")["scalings"]?.integer ?? 0
            let status = try await finish(kubectl, "scale-up", "HorizontalScaling", "horizontalScaling: {replicas: 5}")
            #expect(status["phase"] == "Succeeded")
            #expect(status["progress"] == 100)
            #expect(status["evidence"]?.array?.isEmpty == false)
            #expect(try await kubectl.get("dbc", "orders")?.at("spec", "clusterSize") == 5)
            #expect(try await instancePods(kubectl).count == 5)
            #expect(try await server.counters(of: "orders")["scalings"]?.integer == before + 1)
        }

        private func restart(_ server: TestServer) async throws {
            let kubectl = server.kubectl
            let before = Set(try await instancePods(kubectl).compactMap { $0.at("metadata", "uid")?.string })
            let restarts = try await server.counters(of: "orders")["restarts"]?.integer ?? 0
            let status = try await finish(kubectl, "bounce", "Restart", "")
            #expect(status["phase"] == "Succeeded")
            let after = Set(try await instancePods(kubectl).compactMap { $0.at("metadata", "uid")?.string })
            #expect(before.isDisjoint(with: after) && after.count == 5)
            #expect(try await server.counters(of: "orders")["restarts"]?.integer == restarts + 1)
        }

        private func stopAndStart(_ kubectl: Kubectl) async throws {
            #expect(try await finish(kubectl, "halt", "Stop", "")["phase"] == "Succeeded")
            #expect(try await instancePods(kubectl).isEmpty)
            #expect(try await kubectl.list("pvc", selector: "cnpg.io/cluster=orders").count == 5)
            #expect(try await kubectl.get("dbc", "orders")?.at("status", "phase") == "Stopped")
            #expect(try await finish(kubectl, "wake", "Start", "")["phase"] == "Succeeded")
            #expect(try await instancePods(kubectl).count == 5)
        }

        private func backUp(_ kubectl: Kubectl) async throws {
            let status = try await finish(kubectl, "nightly", "Backup", "")
            #expect(status["phase"] == "Succeeded", "\(status)")
            let backups = try await kubectl.list("backups.postgresql.cnpg.io")
            #expect(backups.count == 1)
            #expect(backups.first?.at("status", "phase") == "completed")
        }

        private func delete(_ kubectl: Kubectl) async throws {
            try await kubectl.run("delete", "dbc", "orders", "--timeout=60s")
            try await wait("nothing to be left", within: .seconds(30)) {
                for resource in [
                    "clusters.postgresql.cnpg.io", "pods", "pvc", "ops", "scheduledbackups.postgresql.cnpg.io",
                ] {
                    if try await !kubectl.list(resource).isEmpty { return false }
                }
                return true
            }
        }

        private func instancePods(_ kubectl: Kubectl) async throws -> [JSONValue] {
            try await kubectl.list("pods", selector: "cnpg.io/cluster=orders,cnpg.io/podRole=instance")
        }
    }
}

/// Files a request on the cluster `orders`, waits for its end and gives its status.
func finish(_ kubectl: Kubectl, _ name: String, _ type: String, _ block: String) async throws -> JSONValue {
    try await kubectl.apply(
        """
        apiVersion: dbaas.io/v1alpha1
        kind: OpsRequest
        metadata: {name: \(name)}
        spec:
          clusterRef: orders
          type: \(type)
          \(block)
        """
    )
    var status: JSONValue = [:]
    try await wait("the end of \(type): \(status)", within: .seconds(120)) {
        status = try await kubectl.get("ops", name)?["status"] ?? [:]
        return ["Succeeded", "Failed", "Skipped", "Cancelled"].contains(status["phase"]?.string)
    }
    return status
}
