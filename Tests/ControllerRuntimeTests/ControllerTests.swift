import KubernetesAPI
import KubernetesClient
import Logging
import Metrics
import ServiceLifecycle
import Synchronization
import Testing

@testable import ControllerRuntime

@Suite(.timeLimit(.minutes(1))) struct ControllerTests {
    private struct Failure: Error {}

    private static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "shop", name: name) }

    private func controller(
        deadline: Duration = .seconds(60),
        _ reconcile: @escaping Controller.Reconcile
    ) -> Controller {
        Controller(
            name: "test",
            workers: 3,
            queue: WorkQueue(name: "test", metrics: NOOPMetricsHandler.instance),
            deadline: deadline,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            metrics: NOOPMetricsHandler.instance,
            reconcile: reconcile
        )
    }

    /// Runs the controller with these keys until it has reported `count` visits.
    private func visits(
        _ keys: [String],
        count: Int,
        outcome: @escaping @Sendable (String, Int) throws -> Outcome
    )
        async -> [String]
    {
        let (stream, continuation) = AsyncStream<String>.makeStream()
        let counter = Counts()
        let controller = controller { key in
            let number = counter.next(key.name)
            continuation.yield(key.name)
            return try outcome(key.name, number)
        }
        for key in keys { controller.queue.add(Self.key(key)) }
        return await withTaskGroup { group in
            group.addTask { try? await controller.run() }
            var seen: [String] = []
            for await name in stream {
                seen.append(name)
                if seen.count == count { break }
            }
            group.cancelAll()
            return seen
        }
    }

    @Test("A key that fails is tried again while the others are done once")
    func failuresAreContained() async {
        let seen = await visits(["bad", "good", "fine"], count: 6) { name, number in
            if name == "bad", number < 4 { throw Failure() }
            return .done
        }
        #expect(seen.sorted() == ["bad", "bad", "bad", "bad", "fine", "good"])
    }

    @Test("A requeue brings a key up again after its time")
    func requeues() async {
        let seen = await visits(["a"], count: 3) { _, _ in .requeue(after: .milliseconds(1)) }
        #expect(seen == ["a", "a", "a"])
    }

    @Test("A terminal error is not tried again; an ordinary one would have been by then")
    func terminal() async {
        let seen = await visits(["stuck", "other"], count: 6) { name, number in
            if name == "stuck" { throw TerminalError("the spec has to change") }
            if number < 5 { throw Failure() }
            return .done
        }
        #expect(seen.count { $0 == "stuck" } == 1)
    }

    @Test("A reconcile that hangs is cancelled at its deadline and tried again")
    func deadline() async {
        let counter = Counts()
        let (stream, continuation) = AsyncStream<Int>.makeStream()
        let controller = controller(deadline: .milliseconds(5)) { key in
            let number = counter.next(key.name)
            continuation.yield(number)
            if number == 1 { try await Task.sleep(for: .seconds(3600)) }
            return .done
        }
        controller.queue.add(Self.key("a"))
        await withTaskGroup { group in
            group.addTask { try? await controller.run() }
            for await number in stream where number == 2 { break }
            group.cancelAll()
        }
    }

    @Test("Who is late is told for the work in hand alone, once the limit is exceeded")
    func lateness() async {
        let watchdog = Watchdog(workers: 2, limit: .seconds(10))
        let start = ContinuousClock.now
        watchdog.began(0, now: start)
        watchdog.look(now: start + .seconds(10))
        #expect(!watchdog.ended(0))
        watchdog.began(0, now: start)
        watchdog.began(1, now: start + .seconds(5))
        watchdog.look(now: start + .seconds(11))
        await watchdog.overrun(of: 0)
        #expect(watchdog.ended(0))
        #expect(!watchdog.ended(1))
        watchdog.began(0, now: start + .seconds(20))
        watchdog.look(now: start + .seconds(21))
        #expect(!watchdog.ended(0))
    }

    @Test("On shutdown what is in hand is finished and nothing new is begun")
    func shutdown() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        let reports = Reports()
        let controller = controller { key in
            start.yield()
            for await _ in released { break }
            reports.add(key.name)
            return .done
        }
        controller.queue.add(Self.key("in-hand"))
        let group = ServiceGroup(
            services: [controller],
            gracefulShutdownSignals: [],
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await _ in started { break }
            await group.triggerGracefulShutdown()
            while !controller.queue.isShutDown { await Task.yield() }
            controller.queue.add(Self.key("late"))
            release.yield()
            try await tasks.waitForAll()
        }
        #expect(reports.all == ["in-hand"])
    }

    @Test("Asking for work ends with nil when the task is cancelled or the queue shut down")
    func waiting() async {
        let queue = WorkQueue<String>(name: "test", metrics: NOOPMetricsHandler.instance)
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await queue.next() }
            group.cancelAll()
            #expect(await group.next() == .some(nil))
        }
        queue.shutDown()
        #expect(await queue.next() == nil)
    }
}

/// Counts visits by name.
final class Counts: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func next(_ name: String) -> Int {
        counts.withLock { counts in
            counts[name, default: 0] += 1
            return counts[name, default: 0]
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct KeyedLockTests {
    private let lock = KeyedLock<String>()

    @Test("Who asks for a held key gets it in the order of asking; another key is free")
    func order() async throws {
        let reports = Reports()
        try await withThrowingTaskGroup { group in
            try await lock.withLock("a") {
                for number in 1...3 {
                    group.addTask { try await self.lock.withLock("a") { reports.add("\(number)") } }
                    while self.lock.waiterCount("a") < number { await Task.yield() }
                }
                try await self.lock.withLock("b") { reports.add("b") }
            }
            try await group.waitForAll()
        }
        #expect(reports.all == ["b", "1", "2", "3"])
        #expect(!lock.isHeld("a"))
    }

    @Test("A task cancelled while it waits leaves the queue without having run")
    func cancelled() async throws {
        try await lock.withLock("a") {
            let result = await withTaskGroup(of: Bool.self) { group in
                group.addTask { (try? await self.lock.withLock("a") { true }) ?? false }
                while self.lock.waiterCount("a") == 0 { await Task.yield() }
                group.cancelAll()
                return await group.next()
            }
            #expect(result == false)
            #expect(self.lock.waiterCount("a") == 0)
        }
        #expect(try await lock.withLock("a") { true })
    }
}

@Suite struct PendingWritesTests {
    private let key = ObjectKey(namespace: "shop", name: "db")

    @Test("A key is caught up when its store has reached the version that was written")
    func versions() {
        let writes = PendingWrites()
        let box = Box(seen: "99")
        writes.watch(.pod) { _, _ in box.seen }
        #expect(writes.isCaughtUp(key))
        writes.note(.pod, key, resourceVersion: "100")
        writes.note(.pod, key, resourceVersion: "98")
        #expect(!writes.isCaughtUp(key))
        #expect(writes.isCaughtUp(ObjectKey(namespace: "shop", name: "other")))
        #expect([writes.delay(key), writes.delay(key)] == [.milliseconds(50), .milliseconds(100)])
        box.seen = "100"
        #expect(writes.delay(key) == nil)
        #expect(writes.isCaughtUp(key))
    }

    @Test("What never comes is not waited for without end")
    func patience() {
        let writes = PendingWrites()
        writes.watch(.pod) { _, _ in "5" }
        writes.note(.pod, key, resourceVersion: "100")
        #expect(writes.delay(key) != nil)
        #expect(writes.delay(key, now: .now + PendingWrites.patience) == nil)
        #expect(writes.isCaughtUp(key))
    }

    @Test("Writes of a kind without a store are not waited for")
    func unwatched() {
        let writes = PendingWrites()
        writes.note(.secret, key, resourceVersion: "100")
        #expect(writes.isCaughtUp(key))
    }

    private final class Box: Sendable {
        private let value: Mutex<String>
        init(seen: String) { value = Mutex(seen) }
        var seen: String {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }
}
