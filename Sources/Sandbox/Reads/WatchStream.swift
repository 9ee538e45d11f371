import ServiceLifecycle

/// The lines of one watch, as long as it lasts.
///
/// It ends at its deadline, when its task is cancelled or the process is shutting down, when its kind is not served any
/// more, and with an ERROR line when its place in the history is forgotten.
struct WatchStream: Sendable {
    private enum Stage: Sendable {
        case starting
        case following(UInt64)
        case ended
    }

    private let store: ObjectStore
    private let subscription: StoreSubscription
    private let place: GroupResource
    private var encoder: WatchEncoder
    private let options: ListOptions
    private let deadline: ContinuousClock.Instant
    private let bookmarkInterval: Duration
    private var nextBookmark: ContinuousClock.Instant
    private var told: UInt64 = 0
    private var stage = Stage.starting

    /// - Parameter revision: where to begin; nil to begin with what there is.
    init(
        store: ObjectStore,
        place: GroupResource,
        encoder: WatchEncoder,
        options: ListOptions,
        after revision: UInt64?,
        bookmarkInterval: Duration
    ) {
        self.store = store
        subscription = StoreSubscription(store, [place], in: encoder.selection.namespace, tellingExisting: false)
        self.place = place
        self.encoder = encoder
        self.options = options
        let seconds = options.timeoutSeconds ?? Int.random(in: 1800..<3600)
        deadline = .now + .seconds(seconds)
        self.bookmarkInterval = bookmarkInterval
        nextBookmark = .now + bookmarkInterval
        if let revision {
            stage = .following(revision)
            told = revision
        }
    }

    /// The next lines, which belong together; nil at the end.
    mutating func next() async -> [UInt8]? {
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            switch stage {
            case .ended: return nil
            case .starting:
                let lines = start()
                if !lines.isEmpty { return lines }
            case .following(let revision):
                if let lines = follow(revision) {
                    if !lines.isEmpty { return lines }
                } else {
                    await waitForChange()
                }
            }
        }
        return nil
    }

    /// What there is, and the bookmark that ends it when it was asked for.
    private mutating func start() -> [UInt8] {
        let snapshot = store.snapshot(place, namespace: encoder.selection.namespace)
        var lines: [UInt8] = []
        for object in snapshot.objects { lines += encoder.existing(object) }
        if options.sendsInitialEvents == true, options.allowsBookmarks {
            lines += encoder.bookmark(snapshot.revision, endsInitialEvents: true)
        }
        told = snapshot.revision
        stage = .following(snapshot.revision)
        return lines
    }

    /// What came since, a bookmark when one is due, nothing when the caller shall look again, nil to wait.
    private mutating func follow(_ revision: UInt64) -> [UInt8]? {
        switch store.events(place, after: revision, limit: 512) {
        case .closed:
            stage = .ended
            return []
        case .expired(let oldest):
            stage = .ended
            return WatchEncoder.failure(.expired(revision, oldest: oldest))
        case .events(let events):
            guard let last = events.last else { return idle(revision) }
            stage = .following(last.revision)
            var lines: [UInt8] = []
            for event in events { lines += encoder.event(event) }
            if !lines.isEmpty { told = last.revision }
            return lines
        }
    }

    private mutating func idle(_ revision: UInt64) -> [UInt8]? {
        let now = ContinuousClock.now
        guard now < deadline else {
            stage = .ended
            return []
        }
        guard options.allowsBookmarks, now >= nextBookmark else { return nil }
        nextBookmark = now + bookmarkInterval
        guard revision > told else { return nil }
        told = revision
        return encoder.bookmark(revision, endsInitialEvents: false)
    }

    private func waitForChange() async {
        let wake = options.allowsBookmarks ? min(deadline, nextBookmark) : deadline
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await subscription.changes() }
            group.addTask { try? await Task.sleep(until: wake, clock: .continuous) }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
    }
}

/// A subscription to a store that ends when nobody holds it any more.
final class StoreSubscription: Sendable {
    private let store: ObjectStore
    private let id: Subscriptions.ID

    init(
        _ store: ObjectStore,
        _ places: Set<GroupResource>,
        in namespace: String? = nil,
        tellingExisting: Bool
    ) {
        self.store = store
        id = store.subscribe(places, in: namespace, tellingExisting: tellingExisting)
    }

    deinit { store.unsubscribe(id) }

    /// The keys that changed; waits until there are some, none when the task is cancelled.
    func changes() async -> [Subscriptions.Change] { await store.changes(id) }
}
