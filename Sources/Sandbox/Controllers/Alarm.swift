import KubernetesAPI
import Synchronization

/// Something one task waits for: that it rings, or that a time comes.
final class Alarm: Sendable {
    private struct State: Sendable {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?

        /// Keeps a waiter, or gives it back when there is no reason to wait.
        mutating func wait(
            _ continuation: CheckedContinuation<Void, Never>,
            isCancelled: Bool
        )
            -> CheckedContinuation<Void, Never>?
        {
            guard !hasRung, !isCancelled else {
                hasRung = false
                return continuation
            }
            waiter = continuation
            return nil
        }

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            let taken = waiter
            waiter = nil
            return taken
        }
    }

    /// The longest sleep; a clock that was set forward is noticed after that long.
    private static let longestSleep = Duration.seconds(5)

    private let state = Mutex(State())

    /// Ends the present wait, or the next one when nobody waits.
    func ring() {
        let waiter = state.withLock { state in
            let waiter = state.takeWaiter()
            if waiter == nil { state.hasRung = true }
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a ring, the time, or the end of the task; one task at a time may wait.
    func wait(until time: Timestamp?) async {
        guard let time else { return await waitForRing() }
        let rest = Duration.microseconds(time.microseconds - Timestamp.now.microseconds)
        guard rest > .zero else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForRing() }
            group.addTask { try? await Task.sleep(for: min(rest, Self.longestSleep)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForRing() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let released = state.withLock { $0.wait(continuation, isCancelled: Task.isCancelled) }
                released?.resume()
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume()
        }
    }
}
