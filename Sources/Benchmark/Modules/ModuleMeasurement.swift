import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Synchronization

/// How fast single modules are, in this process and without a network, by the second of processor time.
struct ModuleMeasurement: Sendable {
    /// How long each measurement lasts at least.
    let time: Duration

    func figures() async throws -> [Figure] {
        let (bytes, events) = try await watchDecoding()
        return try json() + [
            Figure(.modules, "watch events decoded and stored", bytes, .megabytesPerSecond),
            Figure(.modules, "watch events decoded and stored", events, .perSecond),
            Figure(.modules, "queue: add, hand out, give back", await queueRate(), .perSecond),
        ]
    }

    private func json() throws -> [Figure] {
        let document = SampleObjects.list(count: 500)
        let megabytes = Double(document.count) / 1e6
        let value = try JSONValue(parsing: document)
        let values = try rate { _ = try JSONValue(parsing: document) }
        let sparse = try rate {
            try JSONDocument.decode(document) { (root) throws(JSONError) in
                _ = try root["items"]?.decodeItems { (item) throws(JSONError) in try DatabaseCluster.kind.decode(item) }
            }
        }
        let written = try rate { _ = value.serialized() }
        return [
            Figure(.modules, "JSON read into values", values * megabytes, .megabytesPerSecond),
            Figure(.modules, "JSON read into DatabaseClusters", sparse * megabytes, .megabytesPerSecond),
            Figure(.modules, "JSON written", written * Double(value.serialized().count) / 1e6, .megabytesPerSecond),
        ]
    }

    /// How often the body can be done in a second of processor time.
    private func rate(_ body: () throws -> Void) throws -> Double {
        let start = ProcessorTime.now
        var count = 0
        var passed = Duration.zero
        repeat {
            try body()
            count += 1
            passed = ProcessorTime.since(start)
        } while passed < time
        return Double(count) / passed.seconds
    }

    /// Megabytes and events a second that a reflector takes from lines to changed objects in its store.
    private func watchDecoding() async throws -> (bytes: Double, events: Double) {
        let measured = Mutex<(bytes: Double, events: Double)?>(nil)
        let count = 500
        let events = (0..<count).map(SampleObjects.Event.init)
        let time = time
        let source = CollectionSource(
            list: { _, _ in throw ReflectorMachine.Failure.transport("the benchmark has no lists") },
            watch: { _, _, opened, receive in
                opened()
                guard receive([.whole(SampleObjects.endOfInitialEvents)]) else { return }
                var rates = (bytes: 0.0, events: 0.0)
                var batches = 0
                var passed = Duration.zero
                repeat {
                    // Versions only ever grow; making the lines is not what is measured.
                    let version = 10_000 + batches * count
                    let batch = events.enumerated().map { $1.line(version: version + $0) }
                    let lines = batch.map { WatchLine.whole($0) }
                    let start = ProcessorTime.now
                    guard receive(lines) else { return }
                    passed += ProcessorTime.since(start)
                    batches += 1
                    let bytes = batch.reduce(0) { $0 + $1.count }
                    let rate = Double(batches) / passed.seconds
                    rates = (rate * Double(bytes) / 1e6, rate * Double(count))
                } while passed < time
                measured.withLock { $0 = rates }
                try await Task.sleep(for: .seconds(3600))
            }
        )
        let store = ObjectStore<DatabaseCluster>(resource: DatabaseCluster.resource)
        let reflector = Reflector(kind: DatabaseCluster.kind, store: store, source: source, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await reflector.run() }
            defer { group.cancelAll() }
            try await wait("the events to be decoded", within: .seconds(300)) { measured.withLock { $0 != nil } }
        }
        guard store.count == count, let rates = measured.withLock({ $0 }) else {
            throw BenchmarkFailure("of \(count) objects that a watch brought the store has \(store.count)")
        }
        return rates
    }

    /// Keys a second that go through a queue, each of them added, handed out and given back.
    private func queueRate() async -> Double {
        let queue = WorkQueue<ObjectKey>(name: "benchmark")
        let keys = (0..<1000).map { ObjectKey(namespace: "default", name: "bench-\($0)") }
        let start = ProcessorTime.now
        var count = 0
        var passed = Duration.zero
        repeat {
            for key in keys { queue.add(key) }
            for _ in keys { if let key = await queue.next() { queue.done(key) } }
            count += keys.count
            passed = ProcessorTime.since(start)
        } while passed < time
        return Double(count) / passed.seconds
    }
}
