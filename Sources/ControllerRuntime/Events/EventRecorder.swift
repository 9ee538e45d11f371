import DequeModule
import JSON
import KubernetesAPI
import KubernetesClient
package import Logging
package import Metrics
import ServiceLifecycle
import Synchronization

/// Tells the owners of objects what has happened, as Kubernetes events.
///
/// Best effort: recording never waits and never fails, at most 1,000 notes are kept, and what cannot be written after
/// twelve tries is dropped and counted. Should stop after everything that records.
package final class EventRecorder: Service {
    private struct State: Sendable {
        var queue: Deque<(note: EventNote, time: Timestamp)> = []
        var series = EventSeries()
        var lastNanoseconds: Int64 = 0
        var isShuttingDown = false
    }

    private static let queueLimit = 1000
    private static let tries = 12

    private let controller: String
    private let instance: String
    private let sink: EventSink
    private let logger: Logger
    private let dropped: Counter
    private let state = Mutex(State())
    private let arrived = Signal()
    private let stopping = Signal()

    /// - Parameters:
    ///   - controller: who reports, as "dbaas.example/operator".
    ///   - instance: which process of it, for instance the pod's name.
    package init(
        controller: String,
        instance: String,
        sink: EventSink,
        logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.controller = controller
        self.instance = instance
        self.sink = sink
        self.logger = logger
        dropped = Counter(label: "dbaas_events_dropped_total", factory: metrics)
        dropped.increment(by: 0)
    }

    /// Notes what has happened; returns at once.
    package func record(_ note: EventNote) {
        let isKept = state.withLock { state in
            guard state.queue.count < Self.queueLimit else { return false }
            state.queue.append((note, .now))
            return true
        }
        guard isKept else { return dropped.increment() }
        arrived.raise()
    }

    /// Writes until shutdown, and then once more what is queued.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await self.writeAsTheyCome() }
                group.addTask { await self.flushFromTimeToTime() }
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isShuttingDown = true }
            self.arrived.raise()
            self.stopping.raise()
        }
    }

    /// Until shutdown, and then until the queue is empty.
    private func writeAsTheyCome() async {
        while !Task.isCancelled {
            await writeQueue()
            if state.withLock({ $0.isShuttingDown && $0.queue.isEmpty }) { return }
            await arrived.wait()
        }
    }

    private func flushFromTimeToTime() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60), tolerance: .seconds(30))
            await flush()
        }
    }

    private func writeQueue() async {
        while !Task.isCancelled, let (note, time) = state.withLock({ $0.queue.popFirst() }) {
            await write(note, time: time)
        }
    }

    private func write(_ note: EventNote, time: Timestamp) async {
        let answer = state.withLock { state in
            state.lastNanoseconds = max(state.lastNanoseconds + 1, time.microseconds * 1000)
            let key = note.newKey(nanoseconds: state.lastNanoseconds)
            return state.series.record(note, as: key, now: .now)
        }
        switch answer {
        case .nothing: break
        case .create(let key):
            let event = note.json(named: key, at: time, controller: controller, instance: instance)
            await attempt { try await self.sink.create(key.namespace, event) }
        case .patch(let key, let count):
            let isThere = await attempt { try await self.sink.patch(key, Self.series(count, time)) }
            guard !isThere else { return }
            // The event has expired: the next like note starts a new one, and so does this one.
            let isKnown = state.withLock { state in
                state.series.forget(key)
                return state.isShuttingDown
            }
            if !isKnown { await write(note, time: time) }
        }
    }

    private func flush() async {
        for case .patch(let key, let count) in state.withLock({ $0.series.flush(now: .now) }) {
            await attempt { try await self.sink.patch(key, Self.series(count, .now)) }
        }
    }

    private static func series(_ count: Int, _ time: Timestamp) -> JSONValue {
        ["series": ["count": JSONValue(count), "lastObservedTime": .string(time.withMicroseconds)]]
    }

    /// Tries until it works, it is useless or it was tried often enough; false only when there is no such event.
    @discardableResult
    private func attempt(_ request: () async throws -> Void) async -> Bool {
        for number in 1...Self.tries {
            do {
                try await request()
                return true
            } catch {
                let answer = error as? APIError
                if answer?.isNotFound == true { return false }
                let isLast = number == Self.tries || answer?.isRetriable != true || state.withLock(\.isShuttingDown)
                guard !isLast, !Task.isCancelled else {
                    dropped.increment()
                    logger.debug("An event was not written", metadata: ["error": "\(error)"])
                    return true
                }
                let random = Double.random(in: 0..<1)
                // A shutdown must not wait for the pause to end.
                await stopping.wait(until: .now + .seconds(10) * (1 + random * 0.25))
            }
        }
        return true
    }
}
