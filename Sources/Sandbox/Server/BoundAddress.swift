import Synchronization

/// The address a server listens on, which is known only once it does.
final class BoundAddress: Sendable {
    private enum State: Sendable {
        case waiting([Int: CheckedContinuation<String?, Never>])
        case bound(String)
        case ended
    }

    private let state = Mutex(State.waiting([:]))
    private let nextWaiter = Atomic(0)

    func set(_ address: String) { finish(.bound(address)) }

    /// Says that no address is or will be there.
    func end() { finish(.ended) }

    /// The address, as soon as there is one; nil when the server has ended or the caller is cancelled.
    func wait() async -> String? {
        let id = nextWaiter.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                let answer: String?? = state.withLock { state in
                    switch state {
                    case .bound(let address): return .some(address)
                    case .ended: return .some(nil)
                    case .waiting(var waiters):
                        guard !isCancelled else { return .some(nil) }
                        waiters[id] = continuation
                        state = .waiting(waiters)
                        return nil
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter: CheckedContinuation<String?, Never>? = state.withLock { state in
                guard case .waiting(var waiters) = state else { return nil }
                let waiter = waiters.removeValue(forKey: id)
                state = .waiting(waiters)
                return waiter
            }
            waiter?.resume(returning: nil)
        }
    }

    private func finish(_ new: State) {
        let waiters: [CheckedContinuation<String?, Never>] = state.withLock { state in
            defer { state = new }
            guard case .waiting(let waiters) = state else { return [] }
            return Array(waiters.values)
        }
        let address: String? = if case .bound(let address) = new { address } else { nil }
        for waiter in waiters { waiter.resume(returning: address) }
    }
}
