import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Metrics
import ServiceLifecycle
import Synchronization
import Testing

@Suite struct LeaderMachineTests {
    private typealias Observation = LeaderMachine.Observation
    private let start = ContinuousClock.now
    private let clock = Timestamp(seconds: 1_800_000_000)
    private var machine = LeaderMachine(identity: "me")

    private func held(by holder: String, version: String, renewed: Int64 = 0, transitions: Int = 4) -> Observation {
        Observation(
            record: LeaseRecord(
                holder: holder,
                durationSeconds: 15,
                acquireTime: clock,
                renewTime: Timestamp(seconds: clock.seconds + renewed),
                transitions: transitions
            ),
            resourceVersion: version
        )
    }

    private mutating func see(_ observation: Observation?, after offset: Duration) -> LeaderMachine.Action {
        machine.seen(observation, now: start + offset, wallClock: clock, random: 0)
    }

    private mutating func lead() {
        _ = machine.woke(now: start, wallClock: clock)
        _ = see(nil, after: .zero)
        _ = machine.wrote(resourceVersion: "1", now: start)
    }

    private func record(of action: LeaderMachine.Action) -> LeaseRecord? {
        switch action {
        case .create(let record), .update(let record, _): record
        case .read, .sleep, .stepDown: nil
        }
    }

    @Test("Where there is no lease it is created, and its creator leads")
    mutating func creates() {
        #expect(machine.woke(now: start, wallClock: clock) == .read)
        let action = see(nil, after: .zero)
        #expect(record(of: action)?.holder == "me")
        #expect(record(of: action)?.durationSeconds == 15)
        #expect(!machine.isLeader, "not before the server has said so")
        #expect(machine.wrote(resourceVersion: "1", now: start) == .sleep(.seconds(2)))
        #expect(machine.isLeader)
    }

    @Test("A lease held by another is left alone until it has not changed for its duration by our own clock")
    mutating func expiry() {
        // Its renewTime is a day in the past and must not matter.
        let stale = held(by: "other", version: "7", renewed: -86_400)
        #expect(see(stale, after: .zero) == .sleep(.milliseconds(600)))
        #expect(see(stale, after: .seconds(15)) == .sleep(.milliseconds(600)))
        let renewed = held(by: "other", version: "8", renewed: 1)
        #expect(see(renewed, after: .seconds(16)) == .sleep(.milliseconds(600)))
        #expect(see(renewed, after: .seconds(30)) == .sleep(.milliseconds(600)))
        let action = see(renewed, after: .seconds(32))
        #expect(record(of: action)?.holder == "me")
        #expect(record(of: action)?.transitions == 5)
        guard case .update(_, "8") = action else {
            Issue.record("the lease must be taken over the version that was seen, not by \(action)")
            return
        }
    }

    @Test("A lease that was handed over is taken at once")
    mutating func released() {
        #expect(record(of: see(held(by: "", version: "7"), after: .zero))?.transitions == 5)
    }

    @Test("A leader renews by the version it remembers, without reading, and keeps acquireTime and transitions")
    mutating func renews() {
        lead()
        let later = Timestamp(seconds: clock.seconds + 2)
        let action = machine.woke(now: start + .seconds(2), wallClock: later)
        guard case .update(let record, "1") = action else {
            Issue.record("expected a renewal, not \(action)")
            return
        }
        #expect(record.renewTime == later)
        #expect(record.acquireTime == clock)
        #expect(record.transitions == 0)
    }

    @Test("Of two that write at once the one that meets a conflict reads again and does not lead")
    mutating func conflict() {
        _ = see(nil, after: .zero)
        #expect(machine.conflicted(now: start) == .read)
        #expect(see(held(by: "other", version: "1"), after: .zero) == .sleep(.milliseconds(600)))
        #expect(!machine.isLeader)
        #expect(machine.leader == "other")
    }

    @Test("A leader that cannot renew for 10 s steps down, counted from when its last renewal was sent")
    mutating func renewDeadline() {
        lead()
        _ = machine.woke(now: start + .seconds(2), wallClock: clock)
        _ = machine.wrote(resourceVersion: "2", now: start + .seconds(5))
        #expect(machine.stepDownAt == start + .seconds(12))
        #expect(machine.failed("timeout", now: start + .seconds(11), random: 0) == .sleep(.seconds(1)))
        let action = machine.failed("timeout", now: start + .seconds(12), random: 0)
        #expect(action == .stepDown("it could not be renewed for 10 s: timeout"))
        #expect(!machine.isLeader)
    }

    @Test("A leader that finds another's name in the lease steps down")
    mutating func usurped() {
        lead()
        _ = machine.conflicted(now: start)
        #expect(see(held(by: "other", version: "9"), after: .zero) == .stepDown("the Lease is now held by other"))
    }

    @Test(
        "Those who follow look again after 0.6 s, lengthened by up to 1.2 of it, so that a hand-over takes less than 2 s"
    )
    mutating func jitter() {
        let action = machine.seen(held(by: "other", version: "1"), now: start, wallClock: clock, random: 0.5)
        #expect(action == .sleep(.milliseconds(960)))
        // One who cannot reach the server leaves it alone for longer.
        #expect(machine.failed("timeout", now: start, random: 0.5) == .sleep(.milliseconds(3200)))
    }

    @Test("Handing over empties the holder and shortens the duration, and only a leader does it")
    mutating func release() {
        #expect(machine.release(wallClock: clock) == nil)
        lead()
        let record = machine.release(wallClock: clock).flatMap(record)
        #expect(record?.holder == "")
        #expect(record?.durationSeconds == 1)
        #expect(!machine.isLeader)
    }

    @Test("Times that could leave two leaders are refused")
    func timings() {
        #expect(LeaderTimings(lease: .seconds(10), renewDeadline: .seconds(10), retry: .seconds(2)) == nil)
        #expect(LeaderTimings(lease: .seconds(15), renewDeadline: .seconds(2), retry: .seconds(2)) == nil)
        #expect(LeaderTimings(lease: .seconds(15), renewDeadline: .seconds(10), retry: .seconds(2)) == .standard)
    }
}

/// A lease as an API server keeps it, which can be put out of reach for one process.
private final class FakeLease: Sendable {
    private struct State: Sendable {
        var lease: Lease?
        var version = 0
    }

    private let state = Mutex(State())
    let isReachable = Mutex(true)

    private func write(_ lease: Lease, over version: String?) throws -> Lease {
        try state.withLock { state in
            guard state.lease?.metadata.resourceVersion == version else {
                let status = APIStatus(code: 409, reason: "Conflict", message: "conflict")
                throw APIError(.server(status), RequestLine(method: "PUT", path: "/lease"))
            }
            state.version += 1
            var object = lease.json
            var metadata = object["metadata"] ?? [:]
            metadata["resourceVersion"] = .string("\(state.version)")
            object["metadata"] = metadata
            let written = try Lease.kind.decode(object.serialized())
            state.lease = written
            return written
        }
    }

    private func check() throws {
        guard isReachable.withLock({ $0 }) else {
            throw APIError(.transport("connection refused"), RequestLine(method: "PUT", path: "/lease"))
        }
    }

    /// The lease as one process reaches it; only those that `canBeCut` notice when it is put out of reach.
    func source(canBeCut: Bool = false) -> LeaseSource {
        LeaseSource(
            read: {
                if canBeCut { try self.check() }
                return self.state.withLock { $0.lease }
            },
            create: { try self.write($0, over: nil) },
            replace: { lease in
                if canBeCut { try self.check() }
                return try self.write(lease, over: lease.metadata.resourceVersion)
            }
        )
    }
}

@Suite(.timeLimit(.minutes(1))) struct LeaderElectorTests {
    /// A service that reports its start and its end.
    private struct Work: Service {
        let name: String
        let reports: AsyncStream<String>.Continuation

        func run() async throws {
            reports.yield("\(name) starts")
            try? await gracefulShutdown()
            reports.yield("\(name) ends")
        }
    }

    private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func group(
        _ name: String,
        _ source: LeaseSource,
        _ reports: AsyncStream<String>.Continuation,
        renewDeadline: Duration
    )
        throws -> ServiceGroup
    {
        let timings = LeaderTimings(
            lease: renewDeadline + .milliseconds(600),
            renewDeadline: renewDeadline,
            retry: .milliseconds(20)
        )
        let elector = LeaderElector(
            key: ObjectKey(namespace: "system", name: "operator"),
            identity: name,
            timings: try #require(timings),
            source: source,
            services: [Work(name: name, reports: reports)],
            logger: quiet,
            metrics: NOOPMetricsHandler.instance
        )
        return ServiceGroup(services: [elector], gracefulShutdownSignals: [], logger: quiet)
    }

    @Test("Of two processes one works; when it is shut down, the other works once it has ended")
    func handover() async throws {
        let lease = FakeLease()
        let (stream, reports) = AsyncStream<String>.makeStream()
        var iterator = stream.makeAsyncIterator()
        let first = try group("first", lease.source(), reports, renewDeadline: .seconds(60))
        let second = try group("second", lease.source(), reports, renewDeadline: .seconds(60))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await first.run() }
            #expect(await iterator.next() == "first starts")
            tasks.addTask { try await second.run() }
            await first.triggerGracefulShutdown()
            #expect(await iterator.next() == "first ends")
            #expect(await iterator.next() == "second starts")
            await second.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("A leader that loses the server stops its work before another begins, and fails")
    func lost() async throws {
        let lease = FakeLease()
        let (stream, reports) = AsyncStream<String>.makeStream()
        var iterator = stream.makeAsyncIterator()
        let first = try group("first", lease.source(canBeCut: true), reports, renewDeadline: .milliseconds(400))
        let second = try group("second", lease.source(), reports, renewDeadline: .seconds(60))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                _ = await #expect(throws: LeadershipLost.self) { try await first.run() }
            }
            #expect(await iterator.next() == "first starts")
            lease.isReachable.withLock { $0 = false }
            tasks.addTask { try await second.run() }
            #expect(await iterator.next() == "first ends")
            #expect(await iterator.next() == "second starts")
            await second.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
