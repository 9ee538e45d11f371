import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Sandbox
import Testing

@testable import Operator

@Suite("KubeDB's own requests on an API server")
struct KubeDBInSandboxTests {
    private static let mongodb = ResourceType(group: "kubedb.com", version: "v1", plural: "mongodbs", kind: "MongoDB")

    @Test("A cluster edited in two fields gets one request for each, done one after the other")
    func drift() async throws {
        try await SandboxWorld.run(operators: 2, engines: [.kubedb]) { world in
            try await world.createReadyMongoDB()
            _ = try await world.client.patch(
                DatabaseCluster.resource,
                SandboxWorld.name,
                type: .merge,
                ["spec": ["clusterSize": 5, "size": "db.t3.large"]],
                fieldManager: "person"
            )
            try await world.wait(for: "members and resources") { world in
                let spec = try await world.object(Self.mongodb)?["spec"]
                let container = spec?.at("podTemplate", "spec", "containers")?.array?.first { $0["name"] == "mongodb" }
                return spec?["replicas"] == 5 && container?.at("resources", "limits", "memory") == "4Gi"
            }
            try await world.wait(for: "the end of both") { world in
                let requests = try await world.requests()
                return requests.count == 2 && requests.allSatisfy { $0.status.phase == .succeeded }
            }
            for request in try await world.requests() {
                #expect(request.metadata.labels["dbaas.io/origin"] == "drift")
                #expect(request.status.nativeObjects.map(\.kind) == ["MongoDBOpsRequest"], "\(request.status)")
                #expect(request.status.evidence.count >= 3)
            }
            #expect(
                try await world.nativeRequests().map { $0.at("spec", "type")?.string ?? "" }.sorted() == [
                    "HorizontalScaling", "VerticalScaling",
                ]
            )
            try await world.wait(for: "a cluster that is Ready") {
                try await $0.client.get(DatabaseCluster.kind, SandboxWorld.name)?.status.phase == .ready
            }
        }
    }

    @Test("Certificates count as rotated when they are others, not when KubeDB says that they are")
    func certificates() async throws {
        try await SandboxWorld.run(operators: 1, engines: [.kubedb]) { world in
            try await world.createReadyMongoDB()
            let issuer: JSONValue = ["apiGroup": "cert-manager.io", "kind": "Issuer", "name": "ca"]
            _ = try await world.client.create(
                SandboxWorld.mongodbRequest,
                namespace: "default",
                [
                    "apiVersion": "ops.kubedb.com/v1alpha1", "kind": "MongoDBOpsRequest", "metadata": ["name": "tls"],
                    "spec": [
                        "databaseRef": ["name": "orders"], "type": "ReconfigureTLS", "tls": ["issuerRef": issuer],
                    ],
                ],
                fieldManager: "person"
            )
            try await world.wait(for: "TLS") { world in
                guard try await world.object(.secret, "orders-server-cert") != nil else { return false }
                return try await world.nativeRequests().allSatisfy { $0.at("status", "phase") == "Successful" }
            }
            func rotate(_ name: String) async throws {
                try await world.create(
                    OpsRequest.resource,
                    name,
                    ["clusterRef": "orders", "type": "Custom", "custom": ["operation": "rotate-certificates"]]
                )
            }
            try await rotate("deed")
            try await world.wait(for: "an end") { try await $0.request("deed")?.isFinished == true }
            let status = try #require(try await world.request("deed")).status
            #expect(
                status.evidence.first == "Secret orders-client-cert has another certificate than before",
                "\(status)"
            )
            _ = try await world.client.patch(
                Self.mongodb,
                SandboxWorld.name,
                type: .merge,
                ["metadata": ["annotations": ["sandbox.dbaas.io/fail": "certificates"]]],
                fieldManager: "person"
            )
            try await rotate("word")
            try await world.wait(for: "KubeDB's word, and the doubt about it") {
                let message = try await $0.request("word")?.status.message
                return message?.contains("Secret orders-client-cert to have another certificate") == true
            }
            let native = try await world.nativeRequests().filter { $0.at("metadata", "name") != "tls" }
            #expect(native.count == 2 && native.allSatisfy { $0.at("status", "phase") == "Successful" })
        }
    }

    @Test("An edited number of mongos is one request for them alone, and the cluster is Ready with it")
    func mongos() async throws {
        try await SandboxWorld.run(operators: 1, engines: [.kubedb]) { world in
            try await world.createReadyMongoDB(["shards": 2, "clusterSize": 1, "proxy": ["replicas": 1]])
            _ = try await world.client.patch(
                DatabaseCluster.resource,
                SandboxWorld.name,
                type: .merge,
                ["spec": ["proxy": ["replicas": 2]]],
                fieldManager: "person"
            )
            try await world.wait(for: "two mongos") { world in
                let status = try await world.client.get(DatabaseCluster.kind, SandboxWorld.name)?.status
                return status?.phase == .ready && status?.proxy?.replicas == 2 && status?.proxy?.readyReplicas == 2
            }
            try await world.wait(for: "the end of the request") {
                try await $0.requests().map(\.status.phase) == [.succeeded]
            }
            let native = try await world.nativeRequests().map { $0.at("spec", "horizontalScaling") }
            #expect(native == [["mongos": ["replicas": 2]]])
        }
    }
}

extension SandboxWorld {
    fileprivate func createReadyMongoDB(_ more: JSONObject = JSONObject()) async throws {
        var spec: JSONObject = [
            "engine": "mongodb", "provider": "kubedb", "clusterSize": 3, "size": "db.t3.medium", "storage": "10Gi",
        ]
        for field in more { spec[field.name] = field.value }
        try await createCluster(spec)
        try await wait(for: "a cluster that is Ready") {
            try await $0.client.get(DatabaseCluster.kind, Self.name)?.status.phase == .ready
        }
    }

    fileprivate func requests() async throws -> [OpsRequest] {
        try await list(OpsRequest.resource).map { try OpsRequest($0) }
    }

    fileprivate func nativeRequests() async throws -> [JSONValue] {
        try await list(Self.mongodbRequest)
    }

    fileprivate static let mongodbRequest = ResourceType(
        group: "ops.kubedb.com",
        version: "v1alpha1",
        plural: "mongodbopsrequests",
        kind: "MongoDBOpsRequest"
    )

    private func list(_ resource: ResourceType) async throws -> [JSONValue] {
        try JSONValue(parsing: try await client.raw("GET", resource.path(namespace: "default")))["items"]?.array ?? []
    }
}
