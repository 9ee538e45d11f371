/// The rules by which a store is kept equal to a collection of the API server.
///
/// The machine holds no objects, no clock and no dice: the shell tells it what happened, when, and a random number in
/// 0..<1, and does what it answers. Rules follow KEP-3157 (streaming lists), KEP-2340 (consistent reads) and KEP-956
/// (bookmarks).
///
/// A round begins with the initial objects (`streaming`, or `listing` when the server refuses to stream them) and goes on
/// with `watching`; `backingOff` remembers where to go on.
package struct ReflectorMachine: ~Copyable {
    private enum State: Equatable {
        case idle
        case streaming(opened: ContinuousClock.Instant, events: Int)
        case listing(ListRequest)
        case watching(opened: ContinuousClock.Instant, events: Int)
        case backingOff(then: Resumption)
    }

    private enum Resumption: Equatable {
        case initial
        case list(ListRequest)
        case watch
    }

    private var state = State.idle
    private var backoff = Backoff()
    /// The resource version up to which the store has seen everything.
    private var lastVersion: String?
    /// The server has said that it cannot serve `lastVersion`.
    private var isLastVersionUnavailable = false
    /// A whole list was tried after a page's token had expired.
    private var hasListedWhole = false
    private var internalErrorsSince: ContinuousClock.Instant?
    /// Whether this server has ever sent a bookmark.
    private var hasSeenBookmark = false
    private var timeoutSeconds = 300
    private var freshness = Freshness()

    /// How it stands; changes with each call.
    package private(set) var health = Health.starting
    /// Since when the store is not known to be current; nil while all is well.
    package private(set) var failingSince: ContinuousClock.Instant?
    /// How often initial objects were asked for; grows with each try, so what was collected before is void.
    package private(set) var round = 0

    private static let internalErrorBudget = Duration.seconds(30)
    /// More than two of the intervals at which servers send bookmarks.
    private static let bookmarkPatience = Duration.seconds(150)

    /// A machine that has seen nothing yet; call `start` next.
    package init() {}

    /// How long the stream may be silent before it has to be taken for dead.
    ///
    /// A server that sends bookmarks does so about every minute; one that does not may be silent until its timeout.
    package var silenceLimit: Duration {
        hasSeenBookmark ? Self.bookmarkPatience : .seconds(timeoutSeconds + 5)
    }

    /// What the store shows must go back to a consistent read that was asked for at this moment or later.
    ///
    /// Where ``mustReadAnew`` becomes true, the stream under way is to be left; call `ended` then.
    package mutating func outdate(before moment: ContinuousClock.Instant) {
        freshness.require(moment)
        if mustReadAnew, case .backingOff = state { state = .backingOff(then: .initial) }
    }

    /// Whether the store has yet to show what was read after ``outdate(before:)`` asked for it.
    package var isOutdated: Bool { freshness.isOutdated }

    /// Whether not even what is being read now will serve.
    package var mustReadAnew: Bool { freshness.mustReadAnew }

    /// The first action.
    package mutating func start(now: ContinuousClock.Instant, random: Double) -> Action {
        failingSince = now
        return beginInitial(now: now, random: random)
    }

    /// The pause is over.
    package mutating func woke(now: ContinuousClock.Instant, random: Double) -> Action {
        guard case .backingOff(let resumption) = state else { return beginInitial(now: now, random: random) }
        switch resumption {
        case .initial: return beginInitial(now: now, random: random)
        case .list(let request): return list(request, now: now)
        case .watch: return beginWatch(now: now, random: random)
        }
    }
}

extension ReflectorMachine {
    /// A page has been read; its objects were collected.
    package mutating func pageRead(
        resourceVersion: String,
        continueToken: String?,
        now: ContinuousClock.Instant,
        random: Double
    ) -> PageAnswer {
        guard case .listing(let request) = state else { return .next(beginInitial(now: now, random: random)) }
        if let continueToken, !continueToken.isEmpty {
            return .next(list(ListRequest(limit: request.limit, continueToken: continueToken), now: now))
        }
        synced(at: resourceVersion)
        let next = mustReadAnew ? beginInitial(now: now, random: random) : beginWatch(now: now, random: random)
        return .replace(resourceVersion: resourceVersion, then: next)
    }

    /// The server has accepted the watch: what it has to say will come.
    package mutating func opened() {
        if case .watching = state { recovered() }
    }

    /// An event has come on the stream; the dice are thrown only where a pause follows.
    package mutating func received(
        _ event: Event,
        now: ContinuousClock.Instant,
        random: @autoclosure () -> Double
    ) -> EventAnswer {
        switch state {
        case .streaming(let opened, let events):
            state = .streaming(opened: opened, events: events + 1)
            return receivedInitial(event, now: now, random: random)
        case .watching(let opened, let events):
            state = .watching(opened: opened, events: events + 1)
            return receivedChange(event, now: now, random: random)
        case .idle, .listing, .backingOff:
            return .ignore
        }
    }

    private mutating func receivedInitial(
        _ event: Event,
        now: ContinuousClock.Instant,
        random: () -> Double
    ) -> EventAnswer {
        switch event {
        case .added, .modified: return .collect
        case .deleted: return .discard
        case .bookmark(let version, let endsInitialEvents):
            hasSeenBookmark = true
            guard endsInitialEvents else { return .ignore }
            synced(at: version)
            state = .watching(opened: now, events: 1)
            return .replace(resourceVersion: version)
        case .error(let failure): return .leave(failed(failure, now: now, random: random()))
        }
    }

    private mutating func receivedChange(
        _ event: Event,
        now: ContinuousClock.Instant,
        random: () -> Double
    ) -> EventAnswer {
        if let lastVersion, let version = event.resourceVersion,
            ResourceVersion.isAtLeast(version, lastVersion) == false
        {
            // Versions only grow, unless the server's history was restored from a backup.
            return .leave(beginAnew(now: now, random: random()))
        }
        switch event {
        case .added(let version), .modified(let version): return .apply(resourceVersion: advance(to: version))
        case .deleted(let version): return .remove(resourceVersion: advance(to: version))
        case .bookmark(let version, _):
            hasSeenBookmark = true
            return .advance(resourceVersion: advance(to: version))
        case .error(let failure): return .leave(failed(failure, now: now, random: random()))
        }
    }

    /// The stream has ended without an error, or was left: silent for too long, or outdated.
    package mutating func ended(now: ContinuousClock.Instant, random: Double) -> Action {
        if mustReadAnew { return beginInitial(now: now, random: random) }
        switch state {
        case .streaming:
            note("the stream ended before all objects had been sent", now: now)
            return pause(then: .initial, now: now, random: random)
        case .watching(let opened, let events):
            // A server whose history was restored from a backup is silent about versions that it has yet to reach.
            if events == 0, hasSeenBookmark, now - opened >= Self.bookmarkPatience {
                return beginAnew(now: now, random: random)
            }
            // A server that ends each stream at once would otherwise be asked as fast as it can answer.
            guard events == 0, now - opened < .seconds(1) else { return beginWatch(now: now, random: random) }
            note("the stream ended at once", now: now)
            return pause(then: .watch, now: now, random: random)
        case .idle, .listing, .backingOff:
            return beginInitial(now: now, random: random)
        }
    }

    /// The request under way has failed, or the stream ended with an error.
    package mutating func failed(_ failure: Failure, now: ContinuousClock.Instant, random: Double) -> Action {
        switch state {
        case .idle, .backingOff:
            note(failure.text, now: now)
            return pause(then: .initial, now: now, random: random)
        case .streaming: return failedStreaming(failure, now: now, random: random)
        case .listing(let request): return failedListing(failure, request: request, now: now, random: random)
        case .watching: return failedWatching(failure, now: now, random: random)
        }
    }
}

extension ReflectorMachine {
    private mutating func failedStreaming(
        _ failure: Failure,
        now: ContinuousClock.Instant,
        random: Double
    ) -> Action {
        if failure.asksForRelist, !isLastVersionUnavailable, lastVersion != nil {
            isLastVersionUnavailable = true
            return beginInitial(now: now, random: random)
        }
        if failure.mayBeAboutStreaming { return list(ListRequest(), now: now) }
        note(failure, now: now)
        return pause(then: .initial, now: now, random: random)
    }

    private mutating func failedListing(
        _ failure: Failure,
        request: ListRequest,
        now: ContinuousClock.Instant,
        random: Double
    ) -> Action {
        // A token lives as long as the history does; one page without limit needs none.
        if failure.asksForRelist, request.limit != nil, !hasListedWhole {
            hasListedWhole = true
            round += 1
            return list(ListRequest(limit: nil), now: now)
        }
        note(failure, now: now)
        return pause(then: .initial, now: now, random: random)
    }

    private mutating func failedWatching(
        _ failure: Failure,
        now: ContinuousClock.Instant,
        random: Double
    ) -> Action {
        if failure.asksForRelist { return beginInitial(now: now, random: random) }
        // The kind may have been removed: only the initial read can tell, and it empties the store if so.
        if failure.code == 404 { return beginInitial(now: now, random: random) }
        note(failure, now: now)
        guard failure.code == 500 else { return pause(then: .watch, now: now, random: random) }
        let since = internalErrorsSince ?? now
        internalErrorsSince = since
        let isWithinBudget = now - since < Self.internalErrorBudget
        return pause(then: isWithinBudget ? .watch : .initial, now: now, random: random)
    }

    private mutating func beginInitial(now: ContinuousClock.Instant, random: Double) -> Action {
        round += 1
        hasListedWhole = false
        internalErrorsSince = nil
        state = .streaming(opened: now, events: 0)
        let version = isLastVersionUnavailable || isOutdated ? nil : lastVersion
        freshness.ask(consistently: version == nil, now: now)
        return watch(from: version, sendsInitialEvents: true, random: random)
    }

    /// The last version means nothing to the server any more.
    private mutating func beginAnew(now: ContinuousClock.Instant, random: Double) -> Action {
        isLastVersionUnavailable = true
        return beginInitial(now: now, random: random)
    }

    private mutating func list(_ request: ListRequest, now: ContinuousClock.Instant) -> Action {
        if request.continueToken == nil {
            round += 1
            freshness.ask(consistently: true, now: now)
        }
        state = .listing(request)
        return .list(request)
    }

    private mutating func beginWatch(now: ContinuousClock.Instant, random: Double) -> Action {
        guard let lastVersion else { return beginInitial(now: now, random: random) }
        state = .watching(opened: now, events: 0)
        return watch(from: lastVersion, sendsInitialEvents: false, random: random)
    }

    private mutating func watch(from version: String?, sendsInitialEvents: Bool, random: Double) -> Action {
        timeoutSeconds = 300 + Int(random * 300)
        return .watch(
            WatchRequest(
                resourceVersion: version,
                sendsInitialEvents: sendsInitialEvents,
                timeoutSeconds: timeoutSeconds
            )
        )
    }

    private mutating func pause(
        then resumption: Resumption,
        now: ContinuousClock.Instant,
        random: Double
    ) -> Action {
        state = .backingOff(then: mustReadAnew ? .initial : resumption)
        return .sleep(backoff.next(now: now, random: random))
    }

    private mutating func synced(at version: String) {
        lastVersion = version
        freshness.arrived()
        isLastVersionUnavailable = false
        recovered()
    }

    private mutating func advance(to version: String) -> String {
        let later = lastVersion.map { ResourceVersion.later($0, version) } ?? version
        if !version.isEmpty { lastVersion = later }
        recovered()
        return lastVersion ?? version
    }

    private mutating func recovered() {
        internalErrorsSince = nil
        failingSince = nil
        health = .synced
    }

    private mutating func note(_ failure: Failure, now: ContinuousClock.Instant) {
        note(failure.text, now: now)
        if failure.code == 404 {
            health = .notInstalled(failure.text)
            lastVersion = nil
        }
        if failure.code == 403 { health = .forbidden(failure.text) }
    }

    private mutating func note(_ text: String, now: ContinuousClock.Instant) {
        failingSince = failingSince ?? now
        health = .failing(text)
    }
}
