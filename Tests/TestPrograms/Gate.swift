internal import Synchronization

/// Lets so many through at once, in the order in which they came: each may start servers, and there may be two processors.
package final class Gate: Sendable {
    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// The width is how many are let through at once, at least 1.
    package init(width: Int) { state = Mutex(State(free: width)) }

    /// Waits for its turn, does the work and makes room for the next.
    package func pass(_ work: () async throws -> Void) async rethrows {
        await enter()
        defer { leave() }
        try await work()
    }

    private func enter() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.queue.append(continuation)
                return false
            }
            if isOpen { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.queue.isEmpty else { return state.queue.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
