import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Synchronization

/// DatabaseClusters on a server, and when they are Ready.
final class Fleet: Sendable {
    private struct State: Sendable {
        var ready: Set<ObjectKey> = []
        var lastChange = ContinuousClock.now
    }

    private static let fieldManager = "dbaas-benchmark"

    let server: APIServerUnderTest
    private let store = ObjectStore<DatabaseCluster>(resource: DatabaseCluster.resource)
    private let reflector: Reflector<DatabaseCluster>
    private let state = Mutex(State())

    init(_ server: APIServerUnderTest) {
        self.server = server
        reflector = Reflector(
            kind: DatabaseCluster.kind,
            store: store,
            source: CollectionSource(server.client, DatabaseCluster.resource),
            namespaces: [server.namespace],
            logger: .silent
        )
        store.onChange { [weak self] change in
            let isReady = change.new.map(Self.isReady) ?? false
            self?.state.withLock { state in
                let changes = isReady ? state.ready.insert(change.key).inserted : state.ready.remove(change.key) != nil
                if changes { state.lastChange = .now }
            }
        }
    }

    private static func isReady(_ cluster: DatabaseCluster) -> Bool {
        cluster.status.phase == .ready && cluster.status.observedGeneration == cluster.metadata.generation
    }

    /// Watches until its task is cancelled.
    func run() async { try? await reflector.run() }

    static func name(_ number: Int) -> String { "bench-\(number)" }

    func key(_ number: Int) -> ObjectKey { ObjectKey(namespace: server.namespace, name: Self.name(number)) }

    /// A cluster of one member, whose child the benchmark itself makes healthy.
    static let single: JSONValue = ["engine": "postgresql", "clusterSize": 1, "storage": "1Gi"]

    /// Creates clusters of that spec, numbered from 0.
    func create(_ count: Int, _ spec: JSONValue = Fleet.single) async throws {
        let lanes = 8
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    for number in stride(from: lane, to: count, by: lanes) {
                        try await self.create(number: number, spec)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func create(number: Int, _ spec: JSONValue) async throws {
        _ = try await server.client.create(
            DatabaseCluster.resource,
            namespace: server.namespace,
            [
                "apiVersion": .string(APIGroup.apiVersion), "kind": .string(DatabaseCluster.resource.kind),
                "metadata": ["name": .string(Self.name(number))],
                "spec": spec,
            ],
            fieldManager: Self.fieldManager
        )
    }

    /// Gives a parameter of the database another value.
    func edit(_ number: Int, value: String) async throws {
        _ = try await server.client.patch(
            DatabaseCluster.resource,
            key(number),
            type: .merge,
            ["spec": ["config": [["name": "application_name", "value": .string(value)]]]],
            fieldManager: Self.fieldManager
        )
    }

    /// Files a request that no PostgreSQL can carry out, and gives the time until it has failed.
    func timeOfRefusal(_ number: Int) async throws -> Duration {
        let request = ObjectKey(namespace: server.namespace, name: "refused-\(number)")
        let began = ContinuousClock.now
        _ = try await server.client.create(
            OpsRequest.resource,
            namespace: server.namespace,
            [
                "apiVersion": .string(APIGroup.apiVersion), "kind": .string(OpsRequest.resource.kind),
                "metadata": ["name": .string(request.name)],
                "spec": [
                    "clusterRef": .string(Self.name(0)), "type": "HorizontalScaling",
                    "horizontalScaling": ["shards": 2],
                ],
            ],
            fieldManager: Self.fieldManager
        )
        try await wait("\(request.name) to be refused", within: .seconds(60), every: .milliseconds(2)) {
            try await self.server.client.get(OpsRequest.kind, request)?.status.phase == .failed
        }
        return ContinuousClock.now - began
    }

    func isReady(_ number: Int) -> Bool { state.withLock { $0.ready.contains(key(number)) } }

    /// Waits until so many are Ready, and gives the time at which the last of them became it.
    func waitUntilReady(
        _ count: Int,
        within limit: Duration,
        while isAlive: () -> Bool
    ) async throws -> ContinuousClock.Instant {
        try await wait("\(count) clusters to be Ready; \(readyCount) are", within: limit, every: .milliseconds(50)) {
            guard isAlive() else { throw BenchmarkFailure("the operator has ended") }
            return readyCount >= count
        }
        return state.withLock { $0.lastChange }
    }

    private var readyCount: Int { state.withLock { $0.ready.count } }
}

extension Fleet {
    /// Runs a body beside the watch on this fleet.
    func watched<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    /// Runs a body beside the watch on this fleet and a stand-in that makes its children healthy.
    func alive<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let standIn = StandIn(server)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.run() }
            group.addTask { await standIn.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
