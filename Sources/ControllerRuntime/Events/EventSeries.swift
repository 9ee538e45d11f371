package import KubernetesAPI

/// The rules by which like events become a series, and by which one object cannot flood the cluster with events.
///
/// Two notes are alike when everything but their sentence is the same. The first is created as an event, the second
/// makes it a series, further ones are counted here and written when the series has been quiet for six minutes, or every
/// half hour. Of one object's events 25 may come at once and one each five minutes after that.
package struct EventSeries: Sendable {
    /// What the recorder does about a note.
    package enum Answer: Sendable, Equatable {
        /// Create an event.
        case create(ObjectKey)
        /// Write the count of a series into its event.
        case patch(ObjectKey, count: Int)
        /// It was counted, or there are too many; nothing to write now.
        case nothing
    }

    private struct Kind: Sendable, Hashable {
        var severity: EventNote.Severity
        var reason: String
        var action: String
        var regarding: EventSubject
        var related: EventSubject?
    }

    private struct Series: Sendable {
        /// The event that stands for it.
        var event: ObjectKey
        var count: Int
        var lastSeen: ContinuousClock.Instant
        var lastWritten: ContinuousClock.Instant
        var writtenCount: Int
    }

    private struct Allowance: Sendable {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private var series: [Kind: Series] = [:]
    private var allowances: [EventSubject: Allowance] = [:]
    private let limit: Int

    private static let idle = Duration.seconds(360)
    private static let refresh = Duration.seconds(1800)
    private static let burst = 25.0
    private static let refillSeconds = 300.0

    /// Remembers at most `limit` series and objects.
    package init(limit: Int = 4096) { self.limit = limit }

    /// How many series are remembered.
    package var count: Int { series.count }

    /// A note has come; if it needs a new event, that is called `event`.
    package mutating func record(_ note: EventNote, as event: ObjectKey, now: ContinuousClock.Instant) -> Answer {
        let kind = Kind(
            severity: note.severity,
            reason: note.reason,
            action: note.action,
            regarding: note.regarding,
            related: note.related
        )
        if var known = series[kind], now - known.lastSeen < Self.idle {
            known.count += 1
            known.lastSeen = now
            let isDue = known.count == 2 || now - known.lastWritten >= Self.refresh
            if isDue {
                known.lastWritten = now
                known.writtenCount = known.count
            }
            series[kind] = known
            return isDue ? .patch(known.event, count: known.count) : .nothing
        }
        guard isAllowed(note.regarding, now: now) else { return .nothing }
        makeRoom()
        series[kind] = Series(event: event, count: 1, lastSeen: now, lastWritten: now, writtenCount: 1)
        return .create(event)
    }

    /// Ends series that are quiet and says which of them have counted more than was written.
    package mutating func flush(now: ContinuousClock.Instant) -> [Answer] {
        var answers: [Answer] = []
        for (kind, known) in series where now - known.lastSeen >= Self.idle {
            if known.count > known.writtenCount { answers.append(.patch(known.event, count: known.count)) }
            series[kind] = nil
        }
        allowances = allowances.filter { (now - $0.value.filledAt).seconds < Self.refillSeconds * Self.burst }
        return answers
    }

    /// The event of a series is gone: the next like note creates one again.
    package mutating func forget(_ event: ObjectKey) {
        if let kind = series.first(where: { $0.value.event == event })?.key { series[kind] = nil }
    }

    private mutating func isAllowed(_ subject: EventSubject, now: ContinuousClock.Instant) -> Bool {
        var allowance = allowances[subject] ?? Allowance(tokens: Self.burst, filledAt: now)
        let refilled = (now - allowance.filledAt).seconds / Self.refillSeconds
        allowance.tokens = min(Self.burst, allowance.tokens + refilled)
        allowance.filledAt = now
        let isAllowed = allowance.tokens >= 1
        if isAllowed { allowance.tokens -= 1 }
        if allowances[subject] != nil || allowances.count < limit { allowances[subject] = allowance }
        return isAllowed
    }

    private mutating func makeRoom() {
        guard series.count >= limit else { return }
        // A quarter at once: looking for the oldest takes as long for many as for one.
        for (kind, _) in series.sorted(by: { $0.value.lastSeen < $1.value.lastSeen }).prefix(max(1, limit / 4)) {
            series[kind] = nil
        }
    }
}
