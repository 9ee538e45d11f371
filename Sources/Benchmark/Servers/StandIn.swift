import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging

/// Makes every child healthy at once, as a client of the API.
final class StandIn: Sendable {
    private static let fieldManager = "dbaas-benchmark"
    private static let workers = 8

    private let server: APIServerUnderTest
    private let store = ObjectStore<DynamicObject>(resource: .benchmarkChild)
    private let reflector: Reflector<DynamicObject>
    private let queue = WorkQueue<ObjectKey>(name: "stand-in")

    init(_ server: APIServerUnderTest) {
        self.server = server
        reflector = Reflector(
            kind: DynamicObject.kind(.benchmarkChild),
            store: store,
            source: CollectionSource(server.client, .benchmarkChild),
            namespaces: [server.namespace],
            logger: .silent
        )
        let queue = queue
        store.onChange { change in
            if let child = change.new, HealthyChild(child) != nil { queue.add(change.key) }
        }
    }

    /// Works until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.reflector.run() }
            group.addTask { await self.queue.run() }
            for _ in 0..<Self.workers {
                group.addTask {
                    while let key = await self.queue.next() {
                        await self.visit(key)
                        self.queue.done(key)
                    }
                }
            }
        }
    }

    private func visit(_ key: ObjectKey) async {
        guard let child = store.get(key).flatMap(HealthyChild.init) else { return }
        do {
            try await heal(child)
            queue.forget(key)
        } catch {
            // A version that has been overtaken, or a server that is busy: the next try looks again.
            if !Task.isCancelled { queue.retry(key) }
        }
    }

    private func heal(_ child: HealthyChild) async throws {
        let client = server.client
        for member in child.members {
            let key = ObjectKey(namespace: child.namespace, name: member)
            do throws(APIError) {
                _ = try await client.create(
                    .pod,
                    namespace: child.namespace,
                    child.pod(member),
                    fieldManager: Self.fieldManager
                )
            } catch {
                guard error.isAlreadyExists else { throw error }
                continue
            }
            _ = try await client.patch(
                .pod,
                key,
                type: .merge,
                child.podStatus,
                fieldManager: Self.fieldManager,
                subresource: "status"
            )
        }
        _ = try await client.patch(
            .benchmarkChild,
            ObjectKey(namespace: child.namespace, name: child.name),
            type: .merge,
            child.status,
            fieldManager: Self.fieldManager,
            subresource: "status"
        )
    }
}

extension Logger {
    /// Says nothing: what the benchmark's own reflectors meet shows in that the clusters do not become Ready.
    static let silent = Logger(label: "dbaas-benchmark") { _ in SwiftLogNoOpLogHandler() }
}
