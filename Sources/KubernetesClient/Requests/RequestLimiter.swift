internal import Synchronization

/// Gives requests their turn at the rate of a ``TokenBucket``.
final class RequestLimiter: Sendable {
    private let bucket: Mutex<TokenBucket>

    init(rate: Double, burst: Int) { bucket = Mutex(TokenBucket(rate: rate, burst: burst, now: .now)) }

    /// How long the next request has to wait.
    func takeTurn() -> Duration { bucket.withLock { $0.take(now: .now) } }

    /// Nobody else shall wait for a request that was never sent.
    func giveBack() { bucket.withLock { $0.giveBack() } }
}
