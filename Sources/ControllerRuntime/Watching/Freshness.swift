/// From which moment on what a store shows was read, and whether that is late enough.
struct Freshness: Sendable {
    /// When the consistent read under way was asked for; nil while one is that may go on from an earlier one.
    private var askedAt: ContinuousClock.Instant?
    /// When the consistent read was asked for that the store goes back to; nil before the first.
    private var readAt: ContinuousClock.Instant?
    private var limit: ContinuousClock.Instant?

    /// What was asked for before that moment does not serve any more.
    mutating func require(_ limit: ContinuousClock.Instant) { self.limit = limit }

    /// The initial objects are asked for; only a consistent read shows all that was written before that moment.
    mutating func ask(consistently: Bool, now: ContinuousClock.Instant) { askedAt = consistently ? now : nil }

    /// The store shows what was asked for last.
    mutating func arrived() { readAt = askedAt ?? readAt }

    /// Whether the store shows what is too old.
    var isOutdated: Bool { isTooOld(readAt) }

    /// Whether not even what is being read now will serve.
    var mustReadAnew: Bool { isOutdated && isTooOld(askedAt) }

    private func isTooOld(_ moment: ContinuousClock.Instant?) -> Bool {
        guard let limit else { return false }
        return moment.map { $0 < limit } ?? true
    }
}
