import Synchronization

/// Lets so many scenarios through at once, in the order in which they came.
///
/// Scenarios that use the processor queue at one gate and those that mostly wait at another, so that the waiting of
/// some is filled with the work of others.
final class Gate: Sendable {
    static let working = Gate(width: 1)
    static let waiting = Gate(width: 1)

    private struct State {
        var free: Int
        var queue: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: width)) }

    func pass(_ work: () async throws -> Void) async rethrows {
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
