import KubernetesAPI
import KubernetesClient
import Logging
import Metrics
import Synchronization
import Testing

@testable import ControllerRuntime

@Suite(.timeLimit(.minutes(1))) struct ReflectorTests {
    private typealias Change = StoreChange<Thing>

    /// Runs a reflector against a script until `count` changes have come, and gives them as text.
    private func changes(
        _ steps: [ScriptedServer.Step],
        count: Int
    ) async -> (changes: [String], store: ObjectStore<Thing>, server: ScriptedServer, undecodable: [String]) {
        let server = ScriptedServer(steps)
        let store = ObjectStore<Thing>(resource: Thing.resource, ownerLabel: "owner")
        let (stream, continuation) = AsyncStream<String>.makeStream()
        store.onChange { change in
            let old = change.old.map { "\($0.size)" } ?? "-"
            let new = change.isUndecodable ? "?" : change.new.map { "\($0.size)" } ?? "-"
            continuation.yield("\(change.key.name) \(old)>\(new)\(change.isInitial ? " initial" : "")")
        }
        let reports = Reports()
        let reflector = Reflector(
            kind: Thing.kind,
            store: store,
            source: server.source,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            metrics: NOOPMetricsHandler.instance,
            onUndecodable: { key, reason in reports.add("\(key): \(reason)") }
        )
        return await withTaskGroup { group in
            group.addTask { try? await reflector.run() }
            var seen: [String] = []
            for await change in stream {
                seen.append(change)
                if seen.count == count { break }
            }
            group.cancelAll()
            return (seen, store, server, reports.all)
        }
    }

    private static let gone = ReflectorMachine.Failure.status(code: 410, reason: "Expired", message: "")
    private static let absent = ReflectorMachine.Failure.status(code: 404, reason: "NotFound", message: "no such kind")

    @Test("Initial objects, changes and deletions reach the store and its listeners in order")
    func follows() async {
        let result = await changes(
            [
                .stream(
                    [
                        Thing.event("ADDED", Thing.json("a", 5)), Thing.bookmark(10, endsInitialEvents: true),
                        Thing.event("MODIFIED", Thing.json("a", 11, size: "2")),
                        Thing.event("ADDED", Thing.json("b", 12)),
                        Thing.event("DELETED", Thing.json("a", 13, size: "2")),
                    ])
            ],
            count: 4
        )
        #expect(result.changes == ["a ->1 initial", "a 1>2", "b ->1", "a 2>-"])
        #expect(result.store.list().map(\.metadata.name) == ["b"])
        #expect(result.store.resourceVersion(namespace: "shop") == "13")
    }

    @Test("An object that does not decode is left out and told once, and the stream goes on")
    func badObject() async {
        let bad = Thing.json("bad", 11, size: "\"big\"")
        let result = await changes(
            [
                .stream(
                    [
                        Thing.bookmark(10, endsInitialEvents: true), Thing.event("ADDED", bad),
                        Thing.event("MODIFIED", bad), Thing.event("ADDED", "{\"metadata\":7,\"size\":1}"),
                        Array("no json".utf8), Thing.event("ADDED", Thing.json("good", 12)),
                    ])
            ],
            count: 3
        )
        #expect(result.changes.first == "bad ->?")
        #expect(result.changes.last == "good ->1")
        #expect(result.store.undecodable(ObjectKey(namespace: "shop", name: "bad")) != nil)
        #expect(result.store.get(ObjectKey(namespace: "shop", name: "bad")) == nil)
        #expect(result.undecodable == ["shop/bad: size: size must be a number"])
        #expect(result.server.requests.count == 1, "no second stream was needed")
    }

    @Test("An object that is too large is named and told once, is no longer shown as it was, and the stream goes on")
    func tooLarge() async {
        func whole(_ event: [UInt8]) -> WatchLine { .whole(event) }
        let large = Thing.event("MODIFIED", Thing.json("a", 11, size: "99999999"))
        let cut = WatchLine.tooLong(start: Array(large.dropLast(8)), size: 9_000_000)
        let result = await changes(
            [
                .lines(
                    [
                        whole(Thing.event("ADDED", Thing.json("a", 5))),
                        whole(Thing.bookmark(10, endsInitialEvents: true)), cut, cut,
                        .tooLong(start: Array(large.prefix(40)), size: 9_000_001),
                        whole(Thing.event("ADDED", Thing.json("good", 12))),
                    ])
            ],
            count: 4
        )
        let key = ObjectKey(namespace: "shop", name: "a")
        #expect(result.changes.last == "good ->1")
        #expect(result.store.get(key) == nil)
        #expect(result.store.undecodable(key)?.metadata.resourceVersion == "11")
        #expect(result.undecodable == ["shop/a: it has 9000000 bytes, more than are read; make it smaller"])
        #expect(result.server.requests.count == 1, "no second stream was needed")
    }

    @Test("What is no list empties nothing, and in a list an object of another kind is left out and told")
    func lies() async {
        let refusal = ReflectorMachine.Failure.status(code: 422, reason: "Invalid", message: "no streaming")
        let secret = Thing.json("x", 8).replacing(
            "{\"metadata\"",
            with: "{\"kind\":\"Secret\",\"metadata\"",
            maxReplacements: 1
        )
        let result = await changes(
            [
                .stream(
                    [Thing.event("ADDED", Thing.json("a", 5)), Thing.bookmark(10, endsInitialEvents: true)],
                    ends: true
                ),
                .fail(.status(code: 410, reason: "Expired", message: "")), .fail(refusal),
                .page(#"{"kind":"List","metadata":{"resourceVersion":"20"},"items":{"a":1}}"#), .fail(refusal),
                .page(
                    "{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[\(secret),\(Thing.json("a", 9, size: "2"))]}"
                ),
            ],
            count: 3
        )
        #expect(result.changes.sorted() == ["a ->1 initial", "a 1>2", "x ->?"])
        #expect(result.undecodable == ["shop/x: It says that it is a Secret, where a Thing was asked for."])
    }

    @Test("Of a cut event that is found which stands in the metadata, however the fields are ordered")
    func truncated() {
        let text = #"""
            {"object":{"spec":{"name":"no","metadata":{"name":"no"}},"metadata":{"annotations":{"a":"\"},\"name\":{"},
            "labels":{"name":"no"},"managedFields":[{"name":"no"}],"name" :"yes","namespace":"shop","uid":"u",
            "resourceVersion":"7"},"status":{"metadata":{"name":"no"}}},"type":"DELETED"}
            """#
        let whole = TruncatedEvent(Array(text.utf8))
        #expect(whole.type == "DELETED" && whole.name == "yes" && whole.namespace == "shop")
        #expect(whole.uid == "u" && whole.resourceVersion == "7")
        for length in 0..<text.utf8.count {
            let cut = TruncatedEvent(Array(text.utf8.prefix(length)))
            #expect(cut.name == nil || cut.name == "yes")
        }
    }

    @Test("After history was lost, deletions that nobody saw are told with the last known object")
    func unseenDeletions() async {
        let result = await changes(
            [
                .stream(
                    [
                        Thing.event("ADDED", Thing.json("a", 5, size: "7")), Thing.event("ADDED", Thing.json("b", 6)),
                        Thing.bookmark(10, endsInitialEvents: true),
                        Thing.event("ERROR", "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}"),
                    ]),
                .stream([Thing.event("ADDED", Thing.json("b", 6)), Thing.bookmark(90, endsInitialEvents: true)]),
            ],
            count: 3
        )
        #expect(result.changes.last == "a 7>-")
        #expect(result.server.requests == ["watch - initial", "watch 10 initial"])
        #expect(result.store.resourceVersion(namespace: "shop") == "90")
    }

    @Test("A server without streaming lists is read page by page")
    func pages() async {
        let result = await changes(
            [
                .fail(.status(code: 422, reason: "Invalid", message: "sendInitialEvents is forbidden")),
                .page(
                    "{\"metadata\":{\"resourceVersion\":\"20\",\"continue\":\"t\"},\"items\":[\(Thing.json("a", 3))]}"
                ),
                .page("{\"metadata\":{\"resourceVersion\":\"20\"},\"items\":[\(Thing.json("b", 4))]}"),
                .stream([Thing.event("ADDED", Thing.json("c", 21))]),
            ],
            count: 3
        )
        #expect(Set(result.changes) == ["a ->1 initial", "b ->1 initial", "c ->1"])
        #expect(
            result.server.requests == [
                "watch - initial", "list limit=500 continue=", "list limit=500 continue=t", "watch 20",
            ]
        )
    }

    @Test("Objects of an aborted initial stream do not reach the store")
    func abortedRound() async {
        let result = await changes(
            [
                .stream([Thing.event("ADDED", Thing.json("ghost", 5))], ends: true),
                .stream([Thing.event("ADDED", Thing.json("a", 6)), Thing.bookmark(10, endsInitialEvents: true)]),
            ],
            count: 1
        )
        #expect(result.changes == ["a ->1 initial"])
    }

    @Test("When a kind is removed while it is watched, all its objects are told to have gone")
    func removedKind() async {
        let result = await changes(
            [
                .stream(
                    [Thing.event("ADDED", Thing.json("a", 5)), Thing.bookmark(10, endsInitialEvents: true)],
                    ends: true
                ),
                .fail(Self.absent), .fail(Self.absent),
            ],
            count: 2
        )
        #expect(result.changes == ["a ->1 initial", "a 1>-"])
        #expect(result.store.list().isEmpty)
    }

    @Test("Who asks for what is newer waits until all has been read anew, without an empty store meanwhile")
    func outdated() async {
        let server = ScriptedServer([
            .stream([Thing.event("ADDED", Thing.json("old", 3)), Thing.bookmark(4, endsInitialEvents: true)]),
            .fail(.transport("connection refused")),
            .stream([Thing.event("ADDED", Thing.json("new", 9)), Thing.bookmark(10, endsInitialEvents: true)]),
        ])
        let store = ObjectStore<Thing>(resource: Thing.resource)
        let reflector = server.reflector(into: store)
        let sizes = Reports()
        store.onChange { _ in sizes.add("\(store.list().count)") }
        await withTaskGroup { group in
            group.addTask { try? await reflector.run() }
            await reflector.waitUntilSettled()
            #expect(store.list().map(\.metadata.name) == ["old"])
            reflector.outdate(before: .now)
            #expect(reflector.isSynced)
            await reflector.waitUntilSettled()
            #expect(store.list().map(\.metadata.name) == ["new"])
            group.cancelAll()
        }
        #expect(server.requests == ["watch - initial", "watch - initial", "watch - initial"])
        #expect(!sizes.all.contains("0"))
    }

    @Test("A kind that is not installed settles the wait, says why, and is found when it is installed")
    func installedLater() async {
        let server = ScriptedServer([.fail(Self.absent), .stream([Thing.bookmark(4, endsInitialEvents: true)])])
        let reflector = server.reflector(into: ObjectStore<Thing>(resource: Thing.resource))
        await withTaskGroup { group in
            group.addTask { try? await reflector.run() }
            await reflector.waitUntilSettled()
            #expect(reflector.unavailableReason == "no such kind (404)")
            #expect(!reflector.isSynced)
            while !reflector.isSynced { await Task.yield() }
            #expect(reflector.unavailableReason == nil)
            #expect(reflector.trouble == nil)
            group.cancelAll()
        }
    }
}

@Suite struct ObjectStoreTests {
    @Test("A store answers by owner and by namespace, and an owner without objects costs nothing")
    func owners() async {
        let result = await storeOf(["apple", "avocado", "banana"])
        #expect(
            result.list(ownedBy: ObjectKey(namespace: "shop", name: "o-a")).map(\.metadata.name) == [
                "apple", "avocado",
            ]
        )
        #expect(result.list(ownedBy: ObjectKey(namespace: "other", name: "o-a")).isEmpty)
        #expect(result.list(namespace: "shop").count == 3)
    }

    /// A store filled by a reflector, as nobody else may write one.
    private func storeOf(_ names: [String]) async -> ObjectStore<Thing> {
        let lines = names.enumerated().map { Thing.event("ADDED", Thing.json($1, $0 + 1)) }
        let server = ScriptedServer([.stream(lines + [Thing.bookmark(9, endsInitialEvents: true)])])
        let store = ObjectStore<Thing>(resource: Thing.resource, ownerLabel: "owner")
        let reflector = server.reflector(into: store)
        await withTaskGroup { group in
            group.addTask { try? await reflector.run() }
            await reflector.waitUntilSettled()
            group.cancelAll()
        }
        return store
    }
}

/// Texts from callbacks.
final class Reports: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: [String] { texts.withLock { $0 } }
}
