import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Operator

@Suite("Operations on an API server")
struct OperationsInSandboxTests {
    @Test("What cannot be done is refused in words, on the request and on its cluster, and the cluster stays as it is")
    func refusal() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createReadyCluster()
            let before = try #require(try await world.object(DatabaseCluster.resource))
            try await world.file("shard", "HorizontalScaling", ["horizontalScaling": ["shards": 2]])
            try await world.wait(for: "the refusal") { try await $0.request("shard")?.isFinished == true }
            let request = try #require(try await world.request("shard"))
            #expect(request.status.phase == .failed && request.status.reason == "ShardsUnsupported")
            #expect(request.status.message.contains("horizontalScaling.replicas"), "what to do instead")
            #expect(request.status.startTime == nil && request.status.conditions["Accepted"]?.status == .false)
            let after = try #require(try await world.object(DatabaseCluster.resource))
            #expect(after.at("metadata", "generation") == before.at("metadata", "generation"))
            try await world.wait(for: "an event on the cluster") { world in
                try await world.events(about: "orders").contains {
                    $0["reason"] == "OperationRefused" && $0["note"]?.string?.contains("no shards") == true
                }
            }
        }
    }

    @Test("A parameter with which no member starts fails in the member's own words and is taken back until all is well")
    func rollback() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createReadyCluster()
            try await world.file(
                "break",
                "Reconfiguring",
                [
                    "reconfiguring": ["config": [["name": "superuser_reserved_connections", "value": "200"]]],
                    "rollbackPolicy": "OnFailure",
                ]
            )
            try await world.wait(for: "the end") { try await $0.request("break")?.isFinished == true }
            let request = try #require(try await world.request("break"))
            #expect(request.status.phase == .failed && request.status.reason == "MemberCannotStart")
            #expect(request.status.message.contains("must be less than max_connections"), "\(request.status.message)")
            #expect(request.status.conditions.isTrue("RolledBack"), "\(request.status.conditions)")
            #expect(request.status.actionLog.map(\.action) == ["Start", "ApplySpec", "Restore", "Finish"])
            #expect(!request.status.actionLog.contains { $0.status == "Started" })
            let cluster = try #require(try await world.client.get(DatabaseCluster.kind, SandboxWorld.name))
            #expect(cluster.spec.config.isEmpty && cluster.status.phase == .ready)
        }
    }

    @Test("Cancelled or deleted in the middle, the spec is as it was before", arguments: [false, true])
    func cancellation(isDeleted: Bool) async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createReadyCluster()
            try await world.file("grow", "HorizontalScaling", ["horizontalScaling": ["replicas": 90]])
            try await world.wait(for: "the change") {
                try await $0.client.get(DatabaseCluster.kind, SandboxWorld.name)?.spec.clusterSize == 90
            }
            let key = ObjectKey(namespace: "default", name: "grow")
            if isDeleted {
                _ = try await world.client.delete(OpsRequest.resource, key)
                try await world.wait(for: "the request to go") { try await $0.request("grow") == nil }
            } else {
                _ = try await world.client.patch(
                    OpsRequest.resource,
                    key,
                    type: .merge,
                    ["spec": ["cancel": true]],
                    fieldManager: "person"
                )
                try await world.wait(for: "the end") { try await $0.request("grow")?.isFinished == true }
                let request = try #require(try await world.request("grow"))
                #expect(request.status.phase == .cancelled && request.status.conditions.isTrue("RolledBack"))
                #expect(request.status.progress < 100)
            }
            let cluster = try #require(try await world.client.get(DatabaseCluster.kind, SandboxWorld.name))
            #expect(cluster.spec.clusterSize == 2)
            try await world.wait(for: "the story on the cluster") { world in
                try await world.events(about: "orders").contains { $0["reason"] == "OperationCancelled" }
            }
        }
    }
}

extension SandboxWorld {
    fileprivate func createReadyCluster() async throws {
        try await createCluster()
        try await wait(for: "a cluster that is Ready") {
            try await $0.client.get(DatabaseCluster.kind, Self.name)?.status.phase == .ready
        }
    }

    /// Files a request for the cluster.
    fileprivate func file(_ name: String, _ type: String, _ more: JSONObject) async throws {
        var spec: JSONObject = ["clusterRef": "orders", "type": .string(type)]
        for field in more { spec[field.name] = field.value }
        try await create(OpsRequest.resource, name, .object(spec))
    }

    /// The events about the DatabaseCluster of that name.
    fileprivate func events(about name: String) async throws -> [JSONValue] {
        var events: [JSONValue] = []
        _ = try await client.listAll(.event, namespace: "default", ListOptions()) { (page) throws(APIError) in
            events += (try? JSONValue(parsing: page.bytes))?["items"]?.array ?? []
        }
        return events.filter {
            $0.at("regarding", "name")?.string == name && $0.at("regarding", "kind")?.string == "DatabaseCluster"
        }
    }
}
