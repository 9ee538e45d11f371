import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Testing

@testable import Operator

@Suite("Plans against what runs", .serialized)
struct PlanLiveTests {
    private static let ready: @Sendable (SandboxWorld) async throws -> Bool = {
        try await $0.condition("Ready")?.status == .true
    }

    private func versions(_ world: SandboxWorld) async throws -> [JSONValue?] {
        var versions: [JSONValue?] = []
        for resource in [DatabaseCluster.resource, SandboxWorld.cnpgCluster] {
            versions.append(try await world.object(resource)?.at("metadata", "generation"))
        }
        return versions
    }

    @Test("A dry run tells its writes and their disruption in the status, and writes nothing else")
    func dryRun() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createCluster()
            try await world.wait(for: "Ready", until: Self.ready)
            let before = try await versions(world)
            try await world.create(
                OpsRequest.resource,
                "grow",
                [
                    "clusterRef": "orders", "type": "HorizontalScaling", "horizontalScaling": ["replicas": 5],
                    "dryRun": true,
                ]
            )
            try await world.wait(for: "an end") { try await $0.request("grow")?.isFinished == true }
            let status = try #require(try await world.request("grow")).status
            #expect(status.phase == .succeeded)
            #expect(
                status.plan.map { "\($0.verb) \($0.object): \($0.diff) (\($0.disruption))" } == [
                    "patch dbaas.io/v1alpha1 DatabaseCluster orders: spec.clusterSize: 2 → 5 (None)",
                    "apply postgresql.cnpg.io/v1 Cluster orders: spec.instances: 2 → 5 (None)",
                ]
            )
            #expect(try await versions(world) == before)
        }
    }

    @Test("A dry run is refused as the operation would be")
    func refusedDryRun() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            try await world.createCluster()
            try await world.wait(for: "Ready", until: Self.ready)
            let wish: JSONValue = [
                "clusterRef": "orders", "type": "VerticalScaling", "verticalScaling": ["size": "db.none"],
                "dryRun": true,
            ]
            try await world.create(OpsRequest.resource, "wrong", wish)
            try await world.wait(for: "an end") { try await $0.request("wrong")?.isFinished == true }
            let status = try #require(try await world.request("wrong")).status
            #expect(status.phase == .failed)
            #expect(status.reason == "UnknownSize")
            #expect(status.plan == [])
        }
    }

    @Test("A changed manifest is compared with what runs, and what it has not any more is taken away")
    func changedManifest() async throws {
        try await SandboxWorld.run(operators: 1) { world in
            let first = """
                apiVersion: dbaas.io/v1alpha1
                kind: DatabaseCluster
                metadata: {name: orders, namespace: default}
                spec:
                  engine: postgresql
                  clusterSize: 2
                  storage: 1Gi
                  config: [{name: work_mem, value: 8MB}, {name: max_connections, value: "200"}]
                  proxy: {enabled: true}
                """
            var object = try #require(try ManifestDocument.all(in: first, file: "a").first).value
            object.set(
                .string(object.description),
                at: ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]
            )
            _ = try await world.client.create(DatabaseCluster.resource, namespace: "default", object, fieldManager: "k")
            try await world.wait(for: "Ready", until: Self.ready)
            let before = try await versions(world)
            let second = first.replacing("\n  proxy: {enabled: true}", with: "")
                .replacing(", {name: max_connections, value: \"200\"}", with: "")
            let report = try await PlanProgram.report(second, world)
            let plan = report.manifests[0].plan
            let own = try #require(plan.writes.first { $0.resource == DatabaseCluster.resource })
            #expect(own.changes.map(\.change.pathText) == ["spec.config", "spec.proxy"])
            let child = try #require(plan.writes.first { $0.resource == SandboxWorld.cnpgCluster })
            #expect(
                child.changes.map { "\($0.change) \($0.disruption.rawValue)" } == [
                    "spec.postgresql.parameters.max_connections: 200 → absent Rolling"
                ]
            )
            let pooler = try #require(plan.writes.first { $0.resource.kind == "Pooler" })
            #expect(pooler.verb == .delete)
            #expect(pooler.disruption == .downtime)
            #expect(report.exitCode == 2)
            #expect(try await versions(world) == before)
            #expect(try await PlanProgram.report(first, world).manifests[0].plan.writes == [])
        }
    }
}

extension PlanProgram {
    /// The plan of a text against a world that has its own client running.
    fileprivate static func report(_ text: String, _ world: SandboxWorld) async throws -> PlanReport {
        let admission = ManifestAdmission(client: world.client, namespace: "default")
        var admitted: [ManifestAdmission.Admitted] = []
        for document in try ManifestDocument.all(in: text, file: "demo.yaml") {
            admitted.append(try await admission.admit(document))
        }
        var planning = ManifestPlanning(client: world.client, providers: ProviderFactory(), now: .now)
        return PlanReport(manifests: try await planning.plan(admitted))
    }
}
