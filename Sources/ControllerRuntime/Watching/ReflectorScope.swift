import KubernetesAPI
import KubernetesClient
import Logging
import Synchronization

/// One stream of a reflector: the shell around a ``ReflectorMachine`` for one namespace or all of them.
final class ReflectorScope<Object: KubernetesObject>: Sendable {
    private typealias Reading = ObjectStore<Object>.Reading

    private struct State: ~Copyable, Sendable {
        var machine = ReflectorMachine()
        /// What has been read of the initial objects, and in which round.
        var collected: [ObjectKey: Reading] = [:]
        var collectedIn = 0
        var hasSynced = false
        var lastByteAt = ContinuousClock.now
        /// Where to go on after the stream was left.
        var next: ReflectorMachine.Action?
    }

    private let namespace: String?
    private let reader: ObjectReader<Object>
    private let store: ObjectStore<Object>
    private let source: CollectionSource
    private let undecodable: UndecodableLog
    private let installed: InstalledKinds?
    private let logger: Logger
    private let moved: @Sendable () -> Void
    private let interruption = Signal()
    private let state = Mutex(State())

    init(
        namespace: String?,
        reader: ObjectReader<Object>,
        store: ObjectStore<Object>,
        source: CollectionSource,
        undecodable: UndecodableLog,
        installed: InstalledKinds?,
        logger: Logger,
        moved: @escaping @Sendable () -> Void
    ) {
        self.namespace = namespace
        self.reader = reader
        self.store = store
        self.source = source
        self.undecodable = undecodable
        self.installed = installed
        self.logger = logger
        self.moved = moved
    }

    private var scope: String { namespace ?? "" }
    private static var dice: Double { Double.random(in: 0..<1) }

    /// Works until the task is cancelled.
    func run() async {
        var action = state.withLock { $0.machine.start(now: .now, random: Self.dice) }
        while !Task.isCancelled {
            switch action {
            case .sleep(let pause):
                reportHealth()
                await wait(pause)
                action = state.withLock { $0.machine.woke(now: .now, random: Self.dice) }
            case .list(let request): action = await list(request)
            case .watch(let request): action = await watch(request)
            }
        }
    }
}

extension ReflectorScope {
    /// The pause before the next try; for a kind that is not installed, until it is.
    private func wait(_ pause: Duration) async {
        if case .notInstalled = health, let installed, installed.isAbsent(store.resource) {
            await installed.waitWhileAbsent(store.resource)
        } else {
            try? await Task.sleep(for: pause)
        }
    }

    private var health: ReflectorMachine.Health { state.withLock { $0.machine.health } }

    /// Whether the store shows the collection, or did before the connection was lost.
    var isSynced: Bool { state.withLock { $0.hasSynced } }

    /// Whether the server has answered for good, and not before the moment that ``outdate(before:)`` was given.
    var isSettled: Bool { unavailableReason != nil || state.withLock { $0.hasSynced && !$0.machine.isOutdated } }

    /// Reads anew what was asked for before that moment.
    func outdate(before moment: ContinuousClock.Instant) {
        state.withLock { $0.machine.outdate(before: moment) }
        interruption.raise()
    }

    /// Why the kind cannot be read at all, or nil.
    var unavailableReason: String? {
        switch health {
        case .notInstalled(let reason), .forbidden(let reason): reason
        case .starting, .synced, .failing: nil
        }
    }

    /// Since when the store may be behind, and why.
    var trouble: (since: ContinuousClock.Instant, reason: String)? {
        state.withLock { state in
            guard let since = state.machine.failingSince else { return nil }
            switch state.machine.health {
            case .starting: return (since, "the first answer has not come yet")
            case .notInstalled(let reason), .forbidden(let reason), .failing(let reason): return (since, reason)
            case .synced: return nil
            }
        }
    }

    /// Before a pause: says why, and empties the store when the kind is not there.
    private func reportHealth() {
        switch health {
        case .notInstalled(let reason):
            logger.debug("A kind is not installed", metadata: metadata(reason))
            let hadObjects = state.withLock { state in
                state.collected = [:]
                defer { state.hasSynced = false }
                return state.hasSynced
            }
            if hadObjects { store.replace([:], namespace: scope, resourceVersion: nil) }
        case .forbidden(let reason):
            logger.warning("A kind may not be read", metadata: metadata(reason))
            store.refuse(namespace: scope, reason: reason)
        case .failing(let reason): logger.info("Watching is interrupted", metadata: metadata(reason))
        case .starting, .synced: break
        }
        moved()
    }

    private func metadata(_ reason: String) -> Logger.Metadata {
        ["resource": "\(store.resource.plural)", "namespace": "\(scope)", "reason": "\(reason)"]
    }
}

extension ReflectorScope {
    private func list(_ request: ReflectorMachine.ListRequest) async -> ReflectorMachine.Action {
        do {
            let page = try await reader.page(try await source.list(request, namespace))
            for reason in page.nameless { undecodable.note(nameless: reason) }
            let answer = state.withLock { state in
                for reading in page.readings { collect(reading, in: &state) }
                return state.machine.pageRead(
                    resourceVersion: page.resourceVersion,
                    continueToken: page.continueToken,
                    now: .now,
                    random: Self.dice
                )
            }
            switch answer {
            case .next(let action): return action
            case .replace(let version, let action):
                replaceStore(version: version)
                return action
            }
        } catch {
            return failed(error)
        }
    }

    private func watch(_ request: ReflectorMachine.WatchRequest) async -> ReflectorMachine.Action {
        state.withLock { state in
            state.lastByteAt = .now
            state.next = nil
        }
        let failure = await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                do {
                    try await self.source.watch(request, self.namespace, self.opened, self.receive)
                    return nil
                } catch {
                    return error
                }
            }
            group.addTask {
                await self.waitForReasonToLeave()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if let next = state.withLock({ $0.next }) { return next }
        if let failure { return failed(failure) }
        return state.withLock { $0.machine.ended(now: .now, random: Self.dice) }
    }

    /// Returns when nothing has come for longer than a living server is silent, when all has to be read anew, or when
    /// cancelled.
    private func waitForReasonToLeave() async {
        while !Task.isCancelled {
            let (deadline, isOver) = state.withLock { state in
                (state.lastByteAt + state.machine.silenceLimit, state.machine.mustReadAnew)
            }
            guard !isOver, deadline > .now else { return }
            // The limit becomes shorter with the first bookmark, so it is looked at every half minute.
            await interruption.wait(until: min(deadline, .now + .seconds(30)))
        }
    }

    private func failed(_ error: any Error) -> ReflectorMachine.Action {
        let failure = error as? ReflectorMachine.Failure ?? .transport("\(error)")
        return state.withLock { $0.machine.failed(failure, now: .now, random: Self.dice) }
    }

    private func opened() {
        state.withLock { state in
            state.lastByteAt = .now
            state.machine.opened()
        }
        moved()
    }

    /// Takes lines; false when the stream is to be left.
    private func receive(_ lines: [WatchLine]) -> Bool {
        state.withLock { $0.lastByteAt = .now }
        for line in lines {
            let event: WatchedEvent<Object> =
                switch line {
                case .whole(let bytes): reader.event(bytes)
                case .tooLong(let start, let size): reader.event(tooLong: start, size: size)
                }
            guard receive(event) else { return false }
        }
        return true
    }

    private func receive(_ watched: WatchedEvent<Object>) -> Bool {
        switch watched {
        case .object(let event, let reading): return handle(event, reading)
        case .bookmark(let event): return handle(event, nil)
        case .error(let failure): return handle(.error(failure), nil)
        case .nameless(let event, let reason):
            undecodable.note(nameless: reason)
            return handle(event, nil)
        case .garbage(let reason):
            undecodable.note(nameless: reason)
            return true
        }
    }

    private func handle(_ event: ReflectorMachine.Event, _ reading: Reading?) -> Bool {
        let answer = state.withLock { state in
            let answer = state.machine.received(event, now: .now, random: Self.dice)
            switch answer {
            case .collect: if let reading { collect(reading, in: &state) }
            case .discard: if let reading { state.collected[reading.metadata.key] = nil }
            case .leave(let action): state.next = action
            case .apply, .remove, .replace, .advance, .ignore: break
            }
            return answer
        }
        switch answer {
        case .apply(let version), .remove(let version), .advance(let version):
            change(answer, reading, version: version)
        case .replace(let version): replaceStore(version: version)
        case .collect, .discard, .ignore: break
        case .leave: return false
        }
        return true
    }

    private func change(_ answer: ReflectorMachine.EventAnswer, _ reading: Reading?, version: String) {
        guard let reading else { return store.advance(namespace: scope, resourceVersion: version) }
        if case .remove = answer {
            return store.remove(reading.metadata.key, namespace: scope, resourceVersion: version)
        }
        if case .undecodable(let object) = reading { undecodable.note(object) }
        store.apply(reading, namespace: scope, resourceVersion: version)
    }

    /// What is collected belongs to a round; a new round begins with nothing.
    private func collect(_ reading: Reading, in state: inout State) {
        if state.collectedIn != state.machine.round {
            state.collected = [:]
            state.collectedIn = state.machine.round
        }
        state.collected[reading.metadata.key] = reading
    }

    private func replaceStore(version: String) {
        let readings = state.withLock { state in
            // A round in which nothing came must not bring back what an earlier one had collected.
            let readings = state.collectedIn == state.machine.round ? state.collected : [:]
            state.collected = [:]
            return readings
        }
        for case .undecodable(let object) in readings.values { undecodable.note(object) }
        store.replace(readings, namespace: scope, resourceVersion: version)
        state.withLock { $0.hasSynced = true }
        moved()
    }
}
