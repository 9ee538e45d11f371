import JSON
import KubernetesAPI
import Testing

@testable import Sandbox

@Suite("Controllers of the sandbox")
struct ControllersTests {
    private func create(
        _ world: FakeWorld,
        _ name: String,
        owners: [String] = [],
        blocking: Bool = false,
        finalizers: [String] = []
    ) throws {
        let references = owners.map { owner -> JSONValue in
            let uid = world.api.get(.configMap, ObjectKey(namespace: "default", name: owner))?.objectUID ?? "gone"
            return [
                "apiVersion": "v1", "kind": "ConfigMap", "name": .string(owner), "uid": .string(uid),
                "blockOwnerDeletion": .bool(blocking),
            ]
        }
        var metadata: JSONValue = ["name": .string(name), "namespace": "default"]
        if !references.isEmpty { metadata["ownerReferences"] = .array(references) }
        if !finalizers.isEmpty { metadata["finalizers"] = JSONValue(finalizers) }
        _ = try world.api.create(.configMap, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata])
    }

    private func delete(_ world: FakeWorld, _ name: String, _ propagation: DeletionPropagation) throws {
        try world.api.delete(.configMap, ObjectKey(namespace: "default", name: name), propagation: propagation)
    }

    private func names(_ world: FakeWorld) -> [String] {
        world.api.list(.configMap, namespace: "default", labels: [:]).map(\.objectName)
    }

    @Test("Dependents of a deleted owner go, down to the last; one with another owner stays and forgets it")
    func background() async throws {
        var world = FakeWorld()
        for (name, owners) in [("a", []), ("b", ["a"]), ("c", ["b"]), ("other", []), ("shared", ["a", "other"])] {
            try create(world, name, owners: owners)
        }
        _ = await world.run(seconds: 5)
        try delete(world, "a", .background)
        _ = await world.run(seconds: 5)
        #expect(names(world) == ["other", "shared"])
        let shared = world.api.get(.configMap, ObjectKey(namespace: "default", name: "shared"))
        #expect(shared?.at("metadata", "ownerReferences")?.array?.count == 1)
    }

    @Test("An object that is given up a moment before its owner goes stays")
    func givenUp() async throws {
        var world = FakeWorld()
        try create(world, "a")
        try create(world, "b", owners: ["a"])
        _ = await world.run(seconds: 5)
        let key = ObjectKey(namespace: "default", name: "b")
        _ = try world.api.patch(.configMap, key, merge: ["metadata": ["ownerReferences": .null]], subresource: nil)
        try delete(world, "a", .background)
        _ = await world.run(seconds: 5)
        #expect(names(world) == ["b"])
    }

    @Test("A foreground deletion waits for the dependents that block it")
    func foreground() async throws {
        var world = FakeWorld()
        try create(world, "a")
        try create(world, "b", owners: ["a"], blocking: true, finalizers: ["example.com/slow"])
        _ = await world.run(seconds: 5)
        try delete(world, "a", .foreground)
        _ = await world.run(seconds: 5)
        #expect(names(world) == ["a", "b"])
        #expect(world.api.get(.configMap, ObjectKey(namespace: "default", name: "b"))?.isBeingDeleted == true)
        _ = try world.api.patch(
            .configMap,
            ObjectKey(namespace: "default", name: "b"),
            merge: ["metadata": ["finalizers": .null]],
            subresource: nil
        )
        _ = await world.run(seconds: 5)
        #expect(names(world).isEmpty)
    }

    @Test("Orphaned dependents stay and belong to nobody; a conflict on the way changes nothing", arguments: [0, 1, 3])
    func orphan(_ conflicts: Int) async throws {
        var world = FakeWorld()
        try create(world, "a")
        for name in ["b", "c"] { try create(world, name, owners: ["a"], blocking: true) }
        _ = await world.run(seconds: 5)
        try delete(world, "a", .orphan)
        world.api.failNext(conflicts)
        _ = await world.run(seconds: 5)
        #expect(names(world) == ["b", "c"])
        for object in world.api.list(.configMap, namespace: "default", labels: [:]) { #expect(object.isOrphan) }
    }

    @Test("An object whose owner never was, or was another of that name, is deleted")
    func absentOwner() async throws {
        var world = FakeWorld()
        try create(world, "a")
        try create(world, "b", owners: ["a"])
        try create(world, "c", owners: ["nobody"])
        try delete(world, "a", .background)
        try create(world, "a")
        _ = await world.run(seconds: 5)
        #expect(names(world) == ["a"])
    }

    @Test("A terminating namespace is emptied before it goes")
    func namespace() async throws {
        var world = FakeWorld()
        let metadata: JSONValue = ["name": "default"]
        _ = try world.api.create(.namespace, ["kind": "Namespace", "metadata": metadata])
        try await world.haveCluster(1)
        try create(world, "a", finalizers: ["example.com/slow"])
        let key = ObjectKey(namespace: "", name: "default")
        try world.api.delete(.namespace, key, propagation: .background)
        _ = await world.run(seconds: 30)
        #expect(world.api.get(.namespace, key) != nil)
        #expect(world.pods.isEmpty && world.claims.isEmpty)
        _ = try world.api.patch(
            .configMap,
            ObjectKey(namespace: "default", name: "a"),
            merge: ["metadata": ["finalizers": .null]],
            subresource: nil
        )
        _ = await world.run(seconds: 5)
        #expect(world.api.get(.namespace, key) == nil)
    }

    @Test("Of two times for one object the earlier one counts, and each is taken once")
    func schedule() {
        var schedule = KeyedSchedule()
        let object = ObjectReference(.pod, "default", "a")
        schedule.add(object, at: Timestamp(seconds: 10))
        schedule.add(object, at: Timestamp(seconds: 5))
        schedule.add(object, at: Timestamp(seconds: 20))
        #expect(schedule.take(now: Timestamp(seconds: 4)).isEmpty)
        #expect(schedule.take(now: Timestamp(seconds: 5)) == [object])
        #expect(schedule.take(now: Timestamp(seconds: 99)).isEmpty)
    }

    @Test("One seed gives the same delays, speed divides them")
    func delays() {
        let slow = Delays(speed: 1, seed: 7).microseconds(1_000_000, for: "default/pg-1")
        #expect(slow == Delays(speed: 1, seed: 7).microseconds(1_000_000, for: "default/pg-1"))
        #expect((800_000...1_200_000).contains(slow))
        #expect(Delays(speed: 100, seed: 7).microseconds(1_000_000, for: "default/pg-1") == slow / 100)
    }
}
