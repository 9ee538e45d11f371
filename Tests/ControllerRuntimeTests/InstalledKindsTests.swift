import JSON
import KubernetesAPI
import Synchronization
import Testing

@testable import ControllerRuntime

@Suite("Which kinds are installed")
struct InstalledKindsTests {
    private let clusters = ResourceType(
        group: "postgresql.cnpg.io",
        version: "v1",
        plural: "clusters",
        kind: "Cluster",
        isNamespaced: true
    )
    private let store = ObjectStore<PartialObject>(resource: .customResourceDefinition)

    private func reading(_ name: String) throws -> ObjectStore<PartialObject>.Reading {
        let bytes = JSONValue.object(["metadata": ["name": .string(name), "resourceVersion": "5"]]).serialized()
        return .object(try PartialObject.definitions.decode(bytes))
    }

    @Test("Nothing counts as absent while the definitions are not known, and kinds of Kubernetes never do")
    func unknown() {
        let installed = InstalledKinds(store)
        #expect(!installed.isAbsent(clusters))
        store.replace([:], namespace: "", resourceVersion: "4")
        #expect(installed.isAbsent(clusters))
        #expect(!installed.isAbsent(.pod) && !installed.isAbsent(.lease) && !installed.isAbsent(.deployment))
    }

    @Test("Who waits for a kind goes on when its definition appears", .timeLimit(.minutes(1)))
    func appears() async throws {
        let installed = InstalledKinds(store)
        store.replace([:], namespace: "", resourceVersion: "4")
        let definition = try reading("clusters.postgresql.cnpg.io")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await installed.waitWhileAbsent(clusters) }
            group.addTask {
                await Task.yield()
                store.apply(definition, namespace: "", resourceVersion: "5")
            }
            await group.waitForAll()
        }
        #expect(!installed.isAbsent(clusters))
    }

    @Test("A store says when its collection becomes known and when its kind has gone")
    func availability() {
        let store = ObjectStore<PartialObject>(resource: .customResourceDefinition)
        let changes = Counted()
        store.onAvailabilityChange { changes.count() }
        store.replace([:], namespace: "", resourceVersion: "4")
        store.replace([:], namespace: "", resourceVersion: "9")
        #expect(changes.total == 1)
        store.replace([:], namespace: "", resourceVersion: nil)
        #expect(changes.total == 2)
    }
}

/// Counts calls from anywhere.
private final class Counted: Sendable {
    private let calls = Atomic(0)
    var total: Int { calls.load(ordering: .sequentiallyConsistent) }
    func count() { calls.wrappingAdd(1, ordering: .sequentiallyConsistent) }
}
