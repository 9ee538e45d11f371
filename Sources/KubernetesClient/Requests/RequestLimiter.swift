internal import Synchronization

/// Lets requests pass at the rate of a ``TokenBucket``.
final class RequestLimiter: Sendable {
    private let bucket: Mutex<TokenBucket>

    init(rate: Double, burst: Int) { bucket = Mutex(TokenBucket(rate: rate, burst: burst, now: .now)) }

    /// Returns when a request may be sent; throws at once when the task is cancelled.
    func pass() async throws {
        let pause = bucket.withLock { $0.take(now: .now) }
        guard pause > .zero else { return }
        do {
            try await Task.sleep(for: pause)
        } catch {
            // Nobody else shall wait for a request that is never sent.
            bucket.withLock { $0.giveBack() }
            throw error
        }
    }
}
