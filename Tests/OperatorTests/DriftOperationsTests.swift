import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Testing

@testable import Operator

/// A provider whose database takes another number of members by an operation alone.
private struct ByOperationsAlone: Provider {
    struct Operations: OperationsHandler {
        var provider: ProviderName { .kubedb }
        func progress(of operation: OperationContext) -> OperationReport { .succeeded(evidence: ["done"]) }
    }

    struct View: ClusterView {
        let cluster: DatabaseCluster
        /// How many members run.
        let members: Int

        func validate() -> [Refusal] { [] }
        func preReconcile() -> HookAnswer { .proceed }
        func applier() -> any Applier { NothingToApply() }
        func status() -> ClusterReport { ClusterReport(phase: .ready) }
        func cleanup() -> CleanupAnswer { .done }
        func wishes() -> [OperationWish] {
            members == cluster.spec.clusterSize
                ? [] : [.horizontalScaling(.init(replicas: cluster.spec.clusterSize))]
        }
    }

    let name = ProviderName.kubedb
    let engines: Set<Engine> = [.postgresql]
    let watches: [WatchedKind] = []
    let permissions: [PolicyRule] = []
    let operations: any OperationsHandler = Operations()
    let rendering = "1"

    func view(of cluster: DatabaseCluster, _ observed: Observed) -> any ClusterView {
        View(cluster: cluster, members: 3)
    }
    func driftType(of path: String, in resource: ResourceType) -> DriftType { .other }
    func disruption(of change: ChildChange, on cluster: DatabaseCluster, _ observed: Observed) -> Disruption {
        .rolling
    }
}

/// For providers of which nothing but other answers is looked at.
struct NothingToApply: Applier {
    func metadata() {}
    func engine() {}
    func proxy() {}
    func monitoring() {}
    func podSchedulingPolicy() {}
    func backup() {}
    func dataSource() {}
    func result() -> [DesiredObject] { [] }
}

@Suite("Operations that the operator files itself")
struct DriftOperationsTests {
    private func drift(
        _ requests: [OpsRequest] = [],
        generation: Int64 = 4,
        phase: DatabaseClusterPhase = .ready,
        historyLimit: Int = 3,
        after seconds: Int64 = 0
    ) throws -> DriftOperations {
        var cluster = try Given.cluster(size: 5)
        cluster.metadata.generation = generation
        cluster.spec.operations.historyLimit = historyLimit
        return DriftOperations(
            cluster: cluster,
            phase: phase,
            requests: requests,
            allowedPhases: \.allowedPhases,
            now: Timestamp(seconds: Given.start.seconds + seconds)
        )
    }

    private let five = OperationWish.horizontalScaling(.init(replicas: 5))
    private var name: String { DriftOperations.name(of: five, for: "orders") }

    private func filed(_ name: String, _ phase: OpsRequestPhase?, generation: Int64 = 4, end: Int64 = 0) -> OpsRequest {
        Given.request(name) {
            $0.metadata.uid = "uid of \(name)"
            $0.metadata.labels = [DriftOperations.originLabel: DriftOperations.origin]
            $0.metadata.annotations = [DriftOperations.generationAnnotation: String(generation)]
            $0.status.phase = phase
            if phase?.isFinished == true { $0.status.completionTime = Timestamp(seconds: Given.start.seconds + end) }
        }
    }

    @Test("A wish is filed where none that is about the same field waits or runs, whoever filed it")
    func once() throws {
        #expect(try drift().actions(for: [five]) == [.file(five, name: name)])
        #expect(try drift().actions(for: [five, .horizontalScaling(.init(replicas: 7))]) == [.file(five, name: name)])
        for phase in [nil, OpsRequestPhase.pending, .running] {
            #expect(try drift([filed(name, phase)]).actions(for: [five]) == [])
            let persons = Given.request("by-hand") {
                $0.spec.horizontalScaling = .init(replicas: 9)
                $0.status.phase = phase
            }
            #expect(try drift([persons]).actions(for: [five]) == [])
            let grow = OperationWish.volumeExpansion(.init(storage: try #require(Quantity("50Gi"))))
            #expect(try drift([persons]).actions(for: [grow]).count == 1, "another field")
        }
        let dry = Given.request("dry") { $0.spec.dryRun = true }
        #expect(try drift([dry]).actions(for: [five]).count == 1)
        #expect(try drift(phase: .initializing).actions(for: [five]) == [], "it would only wait")
    }

    @Test("Cluster, type and wanted value make the name, and nothing else does")
    func names() throws {
        let other = OperationWish.horizontalScaling(.init(replicas: 6))
        let names = [
            name, DriftOperations.name(of: other, for: "orders"), DriftOperations.name(of: five, for: "invoices"),
            DriftOperations.name(of: .upgrade(.init(version: "5")), for: "orders"),
        ]
        #expect(Set(names).count == 4)
        #expect(name == "orders-horizontalscaling-\(name.split(separator: "-").last ?? "")")
        let request = try drift().request(for: five, name: name)
        let read = try OpsRequest(request.content)
        #expect(read.spec.horizontalScaling?.replicas == 5 && read.spec.clusterRef == "orders")
        #expect(read.metadata.labels["dbaas.io/origin"] == "drift")
        #expect(read.metadata.ownerReferences.map(\.name) == ["orders"])
        #expect(OpsRequestRules.validate(new: request.content, old: nil).isEmpty)
    }

    @Test("One that failed or was cancelled is not filed again until the spec is edited or it is gone")
    func failures() throws {
        for phase in [OpsRequestPhase.failed, .cancelled] {
            let former = filed(name, phase)
            #expect(try drift([former], after: 3000).actions(for: [five]) == [])
            #expect(try drift([former], historyLimit: 0).actions(for: [five]) == [], "a brake, not history")
            #expect(try drift([former], generation: 5).actions(for: [five]) == [.discard(former.metadata)])
        }
    }

    @Test("One that succeeded makes way when its value is wanted again, not faster than once a minute")
    func again() throws {
        let former = filed(name, .succeeded)
        #expect(try drift([former], after: 59).actions(for: [five]) == [])
        #expect(try drift([former], after: 60).actions(for: [five]) == [.discard(former.metadata)])
        #expect(try drift([former], generation: 5).actions(for: [five]) == [.discard(former.metadata)])
        var leaving = former
        leaving.metadata.deletionTimestamp = Given.start
        #expect(try drift([leaving], after: 60).actions(for: [five]) == [], "its name is not free yet")
    }

    @Test("Of its own finished requests the newest are kept, of a person's all")
    func history() throws {
        let own = (1...5).map { filed("own-\($0)", .succeeded, end: Int64($0)) }
        let persons = (1...5).map { number in Given.request("by-hand-\(number)") { $0.status.phase = .succeeded } }
        let discarded = try drift(own + persons).actions(for: [])
        #expect(discarded == [.discard(own[1].metadata), .discard(own[0].metadata)])
        #expect(try drift(own, historyLimit: 0).actions(for: []).count == 5)
        #expect(try drift([filed("own", .running)], historyLimit: 0).actions(for: []) == [])
    }

    @Test("Three operators that see nothing of each other, a hundred looks each: one operation")
    func manyOperators() async throws {
        try await SandboxWorld.run(operators: 0) { world in
            try await world.createCluster(["clusterSize": 5])
            let bytes = try #require(try await world.client.get(DatabaseCluster.resource, SandboxWorld.name))
            let cluster = try DatabaseCluster.kind.decode(bytes)
            let provider = ByOperationsAlone()
            try await withThrowingTaskGroup { group in
                for _ in 0..<3 {
                    let context = Self.context(world.client, provider)
                    group.addTask {
                        for _ in 0..<100 {
                            let wishes = provider.view(of: cluster, Observed(now: .now)).wishes()
                            let isWishing = try await context.fileOperations(
                                wishes,
                                for: cluster,
                                in: .ready,
                                by: provider
                            )
                            #expect(isWishing)
                        }
                    }
                }
                try await group.waitForAll()
            }
            var names: [String] = []
            _ = try await world.client.listAll(OpsRequest.resource, namespace: "default", ListOptions()) {
                (page) throws(APIError) in
                let items = (try? JSONValue(parsing: page.bytes))?["items"]?.array ?? []
                names += items.compactMap { $0.at("metadata", "name")?.string }
            }
            #expect(names == [DriftOperations.name(of: .horizontalScaling(.init(replicas: 5)), for: "orders")])
        }
    }

    private static func context(_ client: KubernetesClient, _ provider: any Provider) -> ControllerContext {
        let providers = ProviderFactory(providers: [provider])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return ControllerContext(
            client: client,
            providers: providers,
            stores: Stores(providers),
            writer: IntentWriter(client: client, pending: PendingWrites()),
            needs: NeedReader(client: client),
            events: EventRecorder(
                controller: "dbaas.io/dbaas-operator",
                instance: "test",
                sink: EventSink(client, fieldManager: "test"),
                logger: logger
            ),
            metrics: OperatorMetrics(),
            interval: .seconds(1)
        )
    }
}
