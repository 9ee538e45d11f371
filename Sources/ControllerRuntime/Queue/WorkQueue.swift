package import Metrics
import Synchronization

/// A queue of keys to work on: the shell around a ``WorkQueueMachine``.
///
/// Anybody adds; workers ask with `next` and say `done`. `run` has to run for keys with a delay to come up.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    private typealias Machine = WorkQueueMachine<Key>

    private struct State: Sendable {
        var machine = Machine()
        var waiters: [Machine.Waiter: CheckedContinuation<Key?, Never>] = [:]
        var drainWaiters: [Machine.Waiter: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: Machine.Waiter = 0
        var wakeAt: ContinuousClock.Instant?
        var added: [Key: ContinuousClock.Instant] = [:]
        var started: [Key: ContinuousClock.Instant] = [:]
    }

    /// The name in metrics.
    package let name: String
    private let state = Mutex(State())
    private let earlier = Signal()
    private let metrics: WorkQueueMetrics

    /// A queue of that name, which is also its controller's name in metrics.
    package init(name: String, metrics: any MetricsFactory = MetricsSystem.factory) {
        self.name = name
        self.metrics = WorkQueueMetrics(name: name, factory: metrics)
    }

    /// Adds a key, to be worked on after `delay` at the earliest; see ``WorkQueueMachine/add(_:priority:after:now:)``.
    package func add(_ key: Key, priority: Priority? = nil, after delay: Duration = .zero) {
        metrics.adds.increment()
        change { state, now in
            if delay <= .zero, state.added[key] == nil { state.added[key] = now }
            return state.machine.add(key, priority: priority, after: delay, now: now)
        }
    }

    /// Adds a key after a failure; its delay grows with each failure in a row.
    package func retry(_ key: Key) {
        metrics.adds.increment()
        metrics.retries.increment()
        change { state, now in state.machine.retry(key, now: now) }
    }

    /// Forgets the failures of a key.
    package func forget(_ key: Key) { state.withLock { $0.machine.forget(key) } }

    /// How often in a row the key has failed.
    package func failureCount(_ key: Key) -> Int { state.withLock { $0.machine.failureCount(key) } }

    /// The next key to work on, or nil when the queue was shut down or the task is cancelled.
    ///
    /// Every key has to be given back with `done`.
    package func next() async -> Key? {
        let waiter = newWaiter()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                change { state, now in
                    guard !Task.isCancelled else {
                        state.waiters[waiter] = continuation
                        return Machine.Answer(dismissals: [waiter])
                    }
                    state.waiters[waiter] = continuation
                    return state.machine.next(waiter, now: now)
                }
            }
        } onCancel: {
            cancel(waiter)
        }
    }

    /// The work on a key has ended.
    package func done(_ key: Key) {
        let seconds = state.withLock { $0.started.removeValue(forKey: key).map { (ContinuousClock.now - $0).seconds } }
        if let seconds { metrics.workDuration.record(seconds) }
        change { state, now in state.machine.done(key, now: now) }
    }

    /// No key is handed out any more and what is queued is dropped; those who wait get nil.
    package func shutDown() {
        change { state, _ in state.machine.shutDown() }
        earlier.raise()
    }

    /// Whether the queue was shut down.
    package var isShutDown: Bool { state.withLock { $0.machine.isShutDown } }

    /// Waits until nobody works on any key, or the task is cancelled.
    package func drain() async {
        let waiter = newWaiter()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                change { state, _ in
                    state.drainWaiters[waiter] = continuation
                    guard !Task.isCancelled else { return Machine.Answer(drained: [waiter]) }
                    return state.machine.drain(waiter)
                }
            }
        } onCancel: {
            cancel(waiter)
        }
    }

    /// Brings up keys whose time has come, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let wakeAt = state.withLock { state in
                state.wakeAt = state.machine.nextWake()
                return state.wakeAt
            }
            await earlier.wait(until: wakeAt)
            change { state, now in state.machine.wake(now: now) }
        }
    }

    /// The figures now.
    package var figures: WorkQueueMachine<Key>.Figures { state.withLock { $0.machine.figures(now: .now) } }

    /// Writes the figures that are gauges; to be called before metrics are read.
    package func reportFigures() {
        metrics.report(ready: figures.ready, figures.unfinishedSeconds, figures.longestSeconds)
    }
}

extension WorkQueue {
    private func newWaiter() -> Machine.Waiter {
        state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
    }

    private func cancel(_ waiter: Machine.Waiter) {
        let (next, drained) = state.withLock { state in
            _ = state.machine.cancel(waiter)
            return (state.waiters.removeValue(forKey: waiter), state.drainWaiters.removeValue(forKey: waiter))
        }
        next?.resume(returning: nil)
        drained?.resume()
    }

    private struct Resumptions: Sendable {
        var keys: [(CheckedContinuation<Key?, Never>, Key?)] = []
        var drained: [CheckedContinuation<Void, Never>] = []
        var queueSeconds: [Double] = []
        var wakesEarlier = false
    }

    /// Changes the state and then, outside of the lock, does what the machine has answered.
    private func change(_ body: (inout State, ContinuousClock.Instant) -> Machine.Answer) {
        let now = ContinuousClock.now
        let resumptions = state.withLock { state in
            let answer = body(&state, now)
            var resumptions = Resumptions()
            for (waiter, key) in answer.deliveries {
                guard let continuation = state.waiters.removeValue(forKey: waiter) else { continue }
                resumptions.keys.append((continuation, key))
                state.started[key] = now
                let added = state.added.removeValue(forKey: key) ?? now
                resumptions.queueSeconds.append((now - added).seconds)
            }
            for waiter in answer.dismissals {
                if let continuation = state.waiters.removeValue(forKey: waiter) {
                    resumptions.keys.append((continuation, nil))
                }
            }
            resumptions.drained = answer.drained.compactMap { state.drainWaiters.removeValue(forKey: $0) }
            if let wake = state.machine.nextWake(), state.wakeAt.map({ wake < $0 }) ?? true {
                state.wakeAt = wake
                resumptions.wakesEarlier = true
            }
            return resumptions
        }
        for seconds in resumptions.queueSeconds { metrics.queueDuration.record(seconds) }
        for (continuation, key) in resumptions.keys { continuation.resume(returning: key) }
        for continuation in resumptions.drained { continuation.resume() }
        if resumptions.wakesEarlier { earlier.raise() }
    }
}
