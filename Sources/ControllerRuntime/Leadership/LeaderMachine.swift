package import KubernetesAPI

/// The rules of leader election by a Lease, as client-go's leaderelection follows them.
///
/// Times others have written are never compared with a clock of ours: a lease has expired when it has not *changed* for
/// its duration, measured from the moment we saw the change. All writes carry the resource version that was seen, so of
/// two that write at once one fails.
package struct LeaderMachine: Sendable {
    /// What the shell has to do next.
    package enum Action: Sendable, Equatable {
        /// Read the lease; answer with `seen`, or with `failed`.
        case read
        /// Create the lease; answer with `wrote`, `conflicted` or `failed`.
        case create(LeaseRecord)
        /// Replace the lease that has this resource version; answers as for `create`.
        case update(LeaseRecord, resourceVersion: String)
        /// Wait, then call `woke`.
        case sleep(Duration)
        /// Stop all work at once: the lease may go to somebody else.
        case stepDown(String)
    }

    /// A lease as it was seen.
    package struct Observation: Sendable, Equatable {
        package var record: LeaseRecord
        package var resourceVersion: String

        /// A record as it was at that version.
        package init(record: LeaseRecord, resourceVersion: String) {
            self.record = record
            self.resourceVersion = resourceVersion
        }
    }

    /// Who we are.
    package let identity: String
    /// The times that count.
    package let timings: LeaderTimings
    /// Whether we lead.
    package private(set) var isLeader = false
    /// The last renewal that was accepted; the instant before its request left, so that it errs on the safe side.
    package private(set) var renewedAt: ContinuousClock.Instant?

    private var observed: Observation?
    private var changedAt: ContinuousClock.Instant?
    private var pending: (record: LeaseRecord, sentAt: ContinuousClock.Instant)?
    private var lastFailure = "no answer"

    /// Follows until the lease is there for the taking.
    package init(identity: String, timings: LeaderTimings = .standard) {
        self.identity = identity
        self.timings = timings
    }

    /// Who leads as far as we know; empty when nobody does.
    package var leader: String { observed?.record.holder ?? "" }

    /// When a leader has to stop unless it renews before.
    package var stepDownAt: ContinuousClock.Instant? {
        isLeader ? renewedAt.map { $0 + timings.renewDeadline } : nil
    }

    /// The first action, and the one after each pause.
    package mutating func woke(now: ContinuousClock.Instant, wallClock: Timestamp) -> Action {
        if let overdue = overdue(now: now) { return overdue }
        // A leader writes by the version it remembers and reads only after a conflict.
        guard isLeader, let observed else { return .read }
        return renew(observed, now: now, wallClock: wallClock)
    }

    /// The lease has been read; nil when there is none.
    package mutating func seen(
        _ observation: Observation?,
        now: ContinuousClock.Instant,
        wallClock: Timestamp,
        random: Double
    ) -> Action {
        note(observation, now: now)
        if let overdue = overdue(now: now) { return overdue }
        guard let observation else {
            guard !isLeader else { return stepDown("its Lease was deleted") }
            return send(take(from: nil, wallClock: wallClock), over: nil, now: now)
        }
        let record = observation.record
        if record.holder == identity { return renew(observation, now: now, wallClock: wallClock) }
        if isLeader { return stepDown("the Lease is now held by \(record.holder.isEmpty ? "nobody" : record.holder)") }
        guard record.holder.isEmpty || hasExpired(record, now: now) else { return look(random: random) }
        return send(take(from: record, wallClock: wallClock), over: observation.resourceVersion, now: now)
    }

    /// Our write has been accepted and has made this resource version.
    package mutating func wrote(resourceVersion: String, now: ContinuousClock.Instant) -> Action {
        guard let pending else { return .read }
        self.pending = nil
        observed = Observation(record: pending.record, resourceVersion: resourceVersion)
        changedAt = now
        isLeader = true
        renewedAt = pending.sentAt
        return .sleep(timings.retry)
    }

    /// Somebody else has written the lease in between, or created it.
    package mutating func conflicted(now: ContinuousClock.Instant) -> Action {
        pending = nil
        return overdue(now: now) ?? .read
    }

    /// A request has failed otherwise; `reason` is for people.
    package mutating func failed(_ reason: String, now: ContinuousClock.Instant, random: Double) -> Action {
        pending = nil
        lastFailure = reason
        return overdue(now: now) ?? (isLeader ? .sleep(min(timings.retry, .seconds(1))) : pause(random: random))
    }

    /// What to write to hand the lease over on a graceful end, or nil when we do not lead.
    ///
    /// To be called when all work has ended.
    package mutating func release(wallClock: Timestamp) -> Action? {
        guard isLeader, let observed else { return nil }
        isLeader = false
        var record = observed.record
        record.holder = ""
        record.durationSeconds = 1
        record.renewTime = wallClock
        record.acquireTime = wallClock
        return .update(record, resourceVersion: observed.resourceVersion)
    }
}

extension LeaderMachine {
    private mutating func note(_ observation: Observation?, now: ContinuousClock.Instant) {
        if observation?.record != observed?.record { changedAt = now }
        observed = observation
    }

    private func hasExpired(_ record: LeaseRecord, now: ContinuousClock.Instant) -> Bool {
        guard let changedAt else { return false }
        return now - changedAt > .seconds(record.durationSeconds)
    }

    private mutating func overdue(now: ContinuousClock.Instant) -> Action? {
        guard let stepDownAt, now >= stepDownAt else { return nil }
        return stepDown("it could not be renewed for \(Int(timings.renewDeadline.seconds)) s: \(lastFailure)")
    }

    private mutating func stepDown(_ reason: String) -> Action {
        isLeader = false
        return .stepDown(reason)
    }

    private func pause(random: Double) -> Action { .sleep(timings.retry * (1 + random * 1.2)) }

    /// The pause of one who follows a leader: short enough that a Lease handed over is taken up within two seconds.
    private func look(random: Double) -> Action { .sleep(min(timings.retry, Self.lookPeriod) * (1 + random * 1.2)) }

    private static let lookPeriod = Duration.milliseconds(600)

    private mutating func renew(
        _ observation: Observation,
        now: ContinuousClock.Instant,
        wallClock: Timestamp
    ) -> Action {
        var record = observation.record
        record.durationSeconds = Int(timings.lease.seconds.rounded(.up))
        record.renewTime = wallClock
        return send(record, over: observation.resourceVersion, now: now)
    }

    private func take(from old: LeaseRecord?, wallClock: Timestamp) -> LeaseRecord {
        LeaseRecord(
            holder: identity,
            durationSeconds: Int(timings.lease.seconds.rounded(.up)),
            acquireTime: wallClock,
            renewTime: wallClock,
            transitions: old.map { $0.transitions + 1 } ?? 0
        )
    }

    private mutating func send(
        _ record: LeaseRecord,
        over version: String?,
        now: ContinuousClock.Instant
    ) -> Action {
        pending = (record, now)
        return version.map { .update(record, resourceVersion: $0) } ?? .create(record)
    }
}
