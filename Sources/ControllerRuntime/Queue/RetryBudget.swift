/// A token bucket for retries over all keys of a queue.
///
/// When everything fails at once (a broken webhook, say) the per-key backoffs alone would still melt the API server.
struct RetryBudget: Sendable, Equatable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant?

    init(perSecond: Double = 10, burst: Double = 100) {
        self.perSecond = perSecond
        self.burst = burst
        tokens = burst
    }

    /// Takes a token and says how long to wait until it is really there.
    mutating func take(now: ContinuousClock.Instant) -> Duration {
        if let filledAt { tokens = min(burst, tokens + (now - filledAt).seconds * perSecond) }
        filledAt = now
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / perSecond)
    }
}
