import CRDs
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Synchronization
import Testing

@testable import Operator

/// A plan of texts as they would stand in files, against an empty world.
func planned(
    _ text: String,
    file: String = "demo.yaml",
    _ providers: ProviderFactory = ProviderFactory()
) async throws -> PlanReport {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try await PlanProgram.inSandbox(
        try ManifestDocument.all(in: text, file: file),
        providers,
        namespace: "default",
        logger: logger
    )
}

@Suite("Plans of manifests against an empty world", .serialized)
struct PlanManifestTests {
    static let cluster = """
        # what the shop keeps its orders in
        apiVersion: dbaas.io/v1alpha1
        kind: DatabaseCluster
        metadata:
          name: orders
        spec:
          engine: postgresql
          version: "16.10"
          clusterSize: 3
          storage: 10Gi
          config:
          - name: work_mem
            value: 8MB
        """
    static let request = """

        ---
        apiVersion: dbaas.io/v1alpha1
        kind: OpsRequest
        metadata: {name: grow}
        spec:
          clusterRef: orders
          type: VerticalScaling
          verticalScaling: {size: db.t3.large}
        """

    private func write(_ report: PlanReport, _ kind: String, of manifest: Int = 0) throws -> PlannedWrite {
        try #require(report.manifests[manifest].plan.writes.first { $0.resource.kind == kind })
    }

    @Test("A new cluster and a request on it: every write with its fields, and what it disturbs")
    func clusterAndRequest() async throws {
        let report = try await planned(Self.cluster + Self.request)
        let child = try write(report, "Cluster")
        #expect(child.verb == .create)
        #expect(child.changes.contains { $0.change.description == "spec.instances: absent → 3" })
        #expect(report.manifests[0].plan.disruption == Disruption.none)
        let wish = try write(report, "DatabaseCluster", of: 1)
        #expect(wish.changes.map(\.change.description) == ["spec.size: absent → db.t3.large"])
        let scaled = try write(report, "Cluster", of: 1)
        #expect(scaled.changes.contains { $0.change.description == "spec.resources.limits.memory: 2Gi → 4Gi" })
        #expect(report.manifests[1].plan.disruption == .rolling)
        #expect(report.exitCode == 0)
    }

    @Test("A second request is planned on what the first leaves behind")
    func requestAfterRequest() async throws {
        let second = Self.request.replacing("db.t3.large", with: "db.t3.xlarge").replacing(
            "name: grow",
            with: "name: grow-more"
        )
        let report = try await planned(Self.cluster + Self.request + second)
        let wish = try write(report, "DatabaseCluster", of: 2)
        #expect(wish.changes.map(\.change.description) == ["spec.size: db.t3.large → db.t3.xlarge"])
        let scaled = try write(report, "Cluster", of: 2)
        #expect(scaled.changes.contains { $0.change.description == "spec.resources.limits.memory: 4Gi → 8Gi" })
    }

    @Test("The handler of a request is asked once, for its plan and for what the next request finds")
    func asksOnce() async throws {
        let provider = CountingProvider()
        let second = Self.request.replacing("name: grow", with: "name: grow-again")
        let report = try await planned(Self.cluster + Self.request + second, ProviderFactory(providers: [provider]))
        #expect(report.manifests[1].plan.writes.map(\.resource.kind) == ["DatabaseCluster", "Cluster"])
        #expect(report.manifests[2].plan.writes == [], "the first has done it")
        #expect(provider.handler.asked.withLock { $0 } == ["grow", "grow-again"])
    }

    @Test("What is downtime with one member ends with 2")
    func downtime() async throws {
        let report = try await planned(Self.cluster.replacing("clusterSize: 3", with: "clusterSize: 1") + Self.request)
        #expect(report.disruption == .downtime)
        #expect(report.exitCode == 2)
        #expect(report.text(.table).contains("Downtime    spec.resources.limits.memory: 2Gi → 4Gi"))
    }

    @Test("The plan is read by programs too, with whole values")
    func formats() async throws {
        let report = try await planned(Self.cluster)
        let json = try JSONValue(parsing: report.text(.json))
        #expect(json["disruption"] == "None")
        let writes = try #require(json["plans"]?[0]?["writes"]?.array)
        #expect(writes.map { $0["kind"] } == ["DatabaseCluster", "Cluster"])
        #expect(report.text(.yaml).contains("path: spec.postgresql.parameters.work_mem"))
    }

    @Test(
        "A wrong manifest is refused with its file and line",
        arguments: [
            ("storage: 10Gi", "stroage: 10Gi", "demo.yaml:10: "),
            ("clusterSize: 3", "clusterSize: no", "demo.yaml:9: "),
            ("storage: 10Gi", "storage: 10Mi", "demo.yaml:10: "), ("8MB", "8MB\n  - [", "demo.yaml:1"),
            ("kind: DatabaseCluster", "kind: Pod", "demo.yaml:3: this is a dbaas.io/v1alpha1 Pod"),
            ("name: orders", "nam: orders", "demo.yaml:4: metadata.name is missing"),
        ]
    )
    func wrong(_ right: String, _ wrong: String, _ beginning: String) async throws {
        let failure = try await #require(throws: ManifestDocument.Failure.self) {
            _ = try await planned(Self.cluster.replacing(right, with: wrong))
        }
        #expect(failure.description.hasPrefix(beginning), "\(failure)")
    }

    @Test("What the provider refuses is told with its reason, and ends with 1")
    func refused() async throws {
        let report = try await planned(Self.cluster.replacing("work_mem", with: "port"))
        #expect(report.manifests[0].plan.refusals.map(\.reason) == ["ForbiddenParameter"])
        #expect(report.manifests[0].plan.writes == [])
        #expect(report.exitCode == 1)
        let alone = try await planned(String(Self.request.dropFirst(5)))
        #expect(alone.manifests[0].plan.refusals.map(\.reason) == ["ClusterNotFound"])
    }

    @Test("A BackupStorage beside the cluster is taken as if it were there")
    func backupStorage() async throws {
        let backup = "\n  backup: {storage: s3}"
        let storage = """

            ---
            apiVersion: dbaas.io/v1alpha1
            kind: BackupStorage
            metadata: {name: s3}
            spec: {type: s3, bucket: backups, region: eu-central-1, credentialsSecret: keys}
            """
        let with = try await planned(Self.cluster + backup + storage)
        #expect(with.manifests[0].plan.writes.map(\.resource.kind) == ["DatabaseCluster", "ObjectStore", "Cluster"])
        let without = try await planned(Self.cluster + backup)
        #expect(without.manifests[0].plan.notes.first?.contains("BackupStorage s3 is not there") == true)
    }
}

/// CloudNativePG's provider, and which requests its handler was asked about.
private struct CountingProvider: Provider {
    final class Handler: OperationsHandler {
        let asked = Mutex<[String]>([])
        private let inner = CNPGProvider().operations
        var provider: ProviderName { inner.provider }

        func verticalScaling(_ operation: OperationContext) -> OperationAnswer {
            asked.withLock { $0.append(operation.request.metadata.name) }
            return inner.verticalScaling(operation)
        }
        func progress(of operation: OperationContext) -> OperationReport { inner.progress(of: operation) }
    }

    let handler = Handler()
    private let inner = CNPGProvider()
    var name: ProviderName { inner.name }
    var engines: Set<Engine> { inner.engines }
    var watches: [WatchedKind] { inner.watches }
    var permissions: [PolicyRule] { inner.permissions }
    var rendering: String { inner.rendering }
    var operations: any OperationsHandler { handler }

    func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        inner.view(of: cluster, observed)
    }
    func driftType(of path: String, in resource: ResourceType) -> DriftType { inner.driftType(of: path, in: resource) }
    func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        inner.disruption(of: change, on: cluster, observed)
    }
}
