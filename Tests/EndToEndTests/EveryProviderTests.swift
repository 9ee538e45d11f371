import Foundation
import JSON
import TestPrograms
import Testing

extension EndToEndTests {
    /// All child operators in one cluster, two of them with one engine.
    @Suite("Every provider", .tags(.server))
    struct EveryProviderTests {
        /// One cluster, and what it grows to.
        private struct Subject {
            let name: String
            let engine: String
            let provider: String
            var size = 3
            var grown = 5
            /// How many rollouts a restart is.
            ///
            /// Strimzi begins with the pods that are marked when it looks: Kafka's brokers and controllers go in one or two.
            var rollouts = 1...1
            /// The pods that hold its data.
            let members: String
        }

        private static let subjects = [
            Subject(
                name: "first",
                engine: "postgresql",
                provider: "cnpg",
                members: "cnpg.io/cluster=first,cnpg.io/podRole=instance"
            ),
            Subject(
                name: "documents",
                engine: "mongodb",
                provider: "percona-psmdb",
                members: "app.kubernetes.io/instance=documents,app.kubernetes.io/component=mongod"
            ),
            Subject(
                name: "shop",
                engine: "mysql",
                provider: "percona-pxc",
                members: "app.kubernetes.io/instance=shop,app.kubernetes.io/component=pxc"
            ),
            Subject(
                name: "messages",
                engine: "kafka",
                provider: "strimzi",
                grown: 4,
                rollouts: 1...2,
                members: "strimzi.io/cluster=messages,strimzi.io/broker-role=true"
            ),
            Subject(
                name: "second",
                engine: "postgresql",
                provider: "kubedb",
                members: "app.kubernetes.io/instance=second,app.kubernetes.io/managed-by=kubedb.com"
            ),
        ]

        @Test(
            "Five providers side by side create, scale, restart and delete, each its own cluster",
            .timeLimit(.minutes(6))
        )
        func sideBySide() async throws {
            let server = try await TestServer.start(engines: TestServer.everyEngine, withOperator: true)
            let kubectl = server.kubectl
            let kinds = try await namespacedKinds(kubectl)
            let before = try await objects(kinds, kubectl)

            try await kubectl.apply(Self.subjects.map(Self.manifest).joined(separator: "\n---\n"))
            for subject in Self.subjects {
                try await expectReady(subject, members: subject.size, server)
            }

            try await finishAll("grow", kubectl) { subject in
                "type: HorizontalScaling, horizontalScaling: {replicas: \(subject.grown)}"
            }
            var former: [String: Set<String>] = [:]
            for subject in Self.subjects {
                try await expectReady(subject, members: subject.grown, server)
                former[subject.name] = try await memberUIDs(subject, kubectl)
            }

            try await finishAll("bounce", kubectl) { _ in "type: Restart" }
            for subject in Self.subjects {
                try await expectReady(subject, members: subject.grown, server)
                let kept = try await memberUIDs(subject, kubectl).intersection(former[subject.name] ?? [])
                #expect(kept.isEmpty, "\(subject.name) has pods from before its restart")
                let counted = try await server.counters(of: subject.name)
                #expect(counted["scalings"] == 1, "\(subject.name): \(counted)")
                let rollouts = Int(counted["restarts"]?.integer ?? 0)
                #expect(subject.rollouts.contains(rollouts), "\(subject.name): \(counted)")
            }

            try await kubectl.run("delete", "dbc", "--all", "--timeout=120s", within: .seconds(130))
            var left: [String] = []
            try await wait("nothing to be left but \(left)", within: .seconds(60)) {
                // Who deletes a database may still need its password, to read a backup of it.
                left = try await objects(kinds, kubectl).subtracting(before).filter {
                    !$0.hasPrefix("secret/") && $0 != "configmap/cnpg-default-monitoring"
                }
                .sorted()
                return left.isEmpty
            }
            try server.expectNothingForbidden()
        }

        private static func manifest(_ subject: Subject) -> String {
            """
            apiVersion: dbaas.io/v1alpha1
            kind: DatabaseCluster
            metadata: {name: \(subject.name)}
            spec:
              engine: \(subject.engine)
              provider: \(subject.provider)
              clusterSize: \(subject.size)
              size: db.t3.medium
              storage: 10Gi
            """
        }

        private func expectReady(_ subject: Subject, members: Int, _ server: TestServer) async throws {
            let kubectl = server.kubectl
            let wish = "--for=jsonpath={.status.ready}=\(members)/\(members)"
            for wish in [wish, "--for=condition=Ready"] {
                let answer = try await kubectl.answer(
                    ["wait", wish, "dbc/\(subject.name)", "--timeout=120s"],
                    within: .seconds(130)
                )
                let cluster = try #require(try await kubectl.get("dbc", subject.name))
                try #require(
                    answer.status == 0,
                    "\(cluster["spec"] ?? [:]) \(cluster["status"] ?? [:])\n\(server.lastWordsOfStandIns)"
                )
                #expect(cluster.at("status", "provider") == .string(subject.provider))
            }
            #expect(try await memberUIDs(subject, kubectl).count == members, "\(subject.name)")
        }

        private func memberUIDs(_ subject: Subject, _ kubectl: Kubectl) async throws -> Set<String> {
            Set(
                try await kubectl.list("pods", selector: subject.members).compactMap {
                    $0.at("metadata", "uid")?.string
                }
            )
        }

        /// Files one request on each cluster at once, and waits until all have succeeded.
        private func finishAll(
            _ prefix: String,
            _ kubectl: Kubectl,
            _ request: (Subject) -> String
        ) async throws {
            let manifests = Self.subjects.map { subject in
                """
                apiVersion: dbaas.io/v1alpha1
                kind: OpsRequest
                metadata: {name: \(prefix)-\(subject.name)}
                spec: {clusterRef: \(subject.name), \(request(subject))}
                """
            }
            try await kubectl.apply(manifests.joined(separator: "\n---\n"))
            for subject in Self.subjects {
                var status: JSONValue = [:]
                try await wait("the end of \(prefix)-\(subject.name): \(status)", within: .seconds(180)) {
                    status =
                        try await kubectl.get("opsrequests.dbaas.io", "\(prefix)-\(subject.name)")?["status"] ?? [:]
                    return ["Succeeded", "Failed", "Skipped", "Cancelled"].contains(status["phase"]?.string)
                }
                #expect(status["phase"] == "Succeeded", "\(prefix)-\(subject.name): \(status)")
                #expect(status["evidence"]?.array?.isEmpty == false, "\(prefix)-\(subject.name): \(status)")
            }
        }

        /// Every kind that a namespace can have, but for events, which stay for an hour.
        private func namespacedKinds(_ kubectl: Kubectl) async throws -> String {
            try await kubectl.run("api-resources", "--namespaced", "--verbs=list", "-o", "name")
                .split(separator: "\n").filter { !$0.hasPrefix("events") }.joined(separator: ",")
        }

        private func objects(_ kinds: String, _ kubectl: Kubectl) async throws -> Set<String> {
            let names = try await kubectl.run("get", kinds, "-n", "default", "-o", "name", "--ignore-not-found")
            return Set(names.split(separator: "\n").map(String.init))
        }
    }
}
