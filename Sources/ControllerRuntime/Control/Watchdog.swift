import Synchronization

/// Notices workers that are too long at one key: one timer for all of them, none for each key.
///
/// A worker says `began` and `ended` around each piece of work; who waits in `overrun(of:)` learns that the piece in
/// hand has lasted longer than the limit, by at most a tenth.
final class Watchdog: Sendable {
    private struct Worker: Sendable {
        var since: ContinuousClock.Instant?
        var isLate = false
        let overrun = Signal()
    }

    let limit: Duration
    private let workers: Mutex<[Worker]>

    init(workers count: Int, limit: Duration) {
        self.limit = limit
        workers = Mutex((0..<count).map { _ in Worker() })
    }

    /// The worker of that number, from 0, begins with a key.
    func began(_ number: Int, now: ContinuousClock.Instant) {
        workers.withLock { workers in
            workers[number].since = now
            workers[number].isLate = false
        }
    }

    /// It is done; true when that came too late, so that `overrun(of:)` returns or has returned for it.
    func ended(_ number: Int) -> Bool {
        workers.withLock { workers in
            workers[number].since = nil
            return workers[number].isLate
        }
    }

    /// Returns when the worker is too late, or the task is cancelled; one waits for each worker.
    func overrun(of number: Int) async { await workers.withLock { $0[number].overrun }.wait() }

    /// Looks at all of them from time to time, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: limit / 10, tolerance: limit / 20)
            look(now: .now)
        }
    }

    /// The signal is raised under the lock: after `ended` has said "in time", none may come for that work.
    func look(now: ContinuousClock.Instant) {
        workers.withLock { workers in
            for number in workers.indices {
                guard let since = workers[number].since, !workers[number].isLate, now - since > limit else { continue }
                workers[number].isLate = true
                workers[number].overrun.raise()
            }
        }
    }
}
