/// The rule of a rate limit: so many at once, and so many a second in the long run.
///
/// Who takes a token that is not there yet owes it, and is told how long to wait; so all are served in the order of
/// asking.
struct TokenBucket: Sendable {
    private let rate: Double
    private let burst: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// A full bucket of `burst` tokens (at least 1) that gains `rate` tokens a second (more than 0).
    init(rate: Double, burst: Int, now: ContinuousClock.Instant) {
        self.rate = rate
        self.burst = Double(max(1, burst))
        tokens = self.burst
        filledAt = now
    }

    /// Takes a token and gives the time until it may be used.
    mutating func take(now: ContinuousClock.Instant) -> Duration {
        fill(now: now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }

    /// Puts back a token that was taken and will not be used.
    mutating func giveBack() { tokens = min(burst, tokens + 1) }

    private mutating func fill(now: ContinuousClock.Instant) {
        let (seconds, attoseconds) = (now - filledAt).components
        let elapsed = Double(seconds) + Double(attoseconds) * 1e-18
        guard elapsed > 0 else { return }
        tokens = min(burst, tokens + elapsed * rate)
        filledAt = now
    }
}
