import DequeModule
import Synchronization

/// A lock for each key: who asks for a key that is taken waits in the order of asking.
///
/// Not re-entrant. Costs memory only for keys that are held.
package final class KeyedLock<Key: Hashable & Sendable>: Sendable {
    private struct Waiter: Sendable {
        let id: UInt64
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State: Sendable {
        /// Held keys and who waits for them.
        var held: [Key: Deque<Waiter>] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    /// No key is held.
    package init() {}

    /// Runs `body` while nobody else holds the key.
    ///
    /// Throws `CancellationError`, without having run the body, when the task is cancelled while it waits.
    package func withLock<Result: Sendable>(
        _ key: Key,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard await acquire(key) else { throw CancellationError() }
        defer { release(key) }
        return try await body()
    }

    /// Whether somebody holds the key.
    package func isHeld(_ key: Key) -> Bool { state.withLock { $0.held[key] != nil } }

    /// How many wait for the key.
    package func waiterCount(_ key: Key) -> Int { state.withLock { $0.held[key]?.count ?? 0 } }

    private func acquire(_ key: Key) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    guard state.held[key] != nil else {
                        state.held[key] = []
                        return true
                    }
                    state.held[key]?.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.held[key]?.firstIndex(where: { $0.id == id }) else { return nil }
                return state.held[key]?.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
        }
    }

    private func release(_ key: Key) {
        let next = state.withLock { state -> Waiter? in
            guard let next = state.held[key]?.popFirst() else {
                state.held[key] = nil
                return nil
            }
            return next
        }
        next?.continuation.resume(returning: true)
    }
}
