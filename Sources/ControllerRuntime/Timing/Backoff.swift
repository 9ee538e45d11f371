/// A pause between tries that doubles from try to try.
///
/// A value without a clock or dice: it is told the time and the random number, so that its rules can be tested.
package struct Backoff: Sendable, Equatable {
    private let base: Duration
    private let cap: Duration
    private let resetAfter: Duration
    private var tries = 0
    private var lastUse: ContinuousClock.Instant?

    /// Pauses from `base`, doubled each time up to `cap`.
    ///
    /// After `resetAfter` without a pause it begins at `base` again.
    package init(
        base: Duration = .milliseconds(800),
        cap: Duration = .seconds(30),
        resetAfter: Duration = .seconds(120)
    ) {
        self.base = base
        self.cap = cap
        self.resetAfter = resetAfter
    }

    /// The pause before the next try, lengthened by `random` (0..<1) of itself so that clients do not come in step.
    package mutating func next(now: ContinuousClock.Instant, random: Double) -> Duration {
        if let lastUse, now - lastUse > resetAfter { tries = 0 }
        let pause = Backoff.exponential(base: base, exponent: tries, cap: cap)
        tries += 1
        let jittered = pause + pause * random
        lastUse = now + jittered
        return jittered
    }

    /// `base` times two to the `exponent`, at most `cap`; safe for any exponent.
    package static func exponential(base: Duration, exponent: Int, cap: Duration) -> Duration {
        guard exponent < 40 else { return cap }
        return min(base * (1 << max(exponent, 0)), cap)
    }
}
