import KubernetesAPI
import Synchronization

/// Something that looks at objects one at a time and brings the world nearer to what they want.
protocol Reconciler: Sendable {
    /// The kinds whose changes it is told.
    var watched: [ResourceType] { get }
    /// How long it takes to notice a change, in microseconds; changes in that time are looked at as one.
    var reaction: Int64 { get }
    /// Takes note of a change; what is to be looked at because of it.
    mutating func note(_ change: ObjectReference) async -> [ObjectReference]
    /// Looks at one object; when to look again, nil to wait for a change.
    mutating func reconcile(_ object: ObjectReference, now: Timestamp) async -> Timestamp?
}

/// The loop around a ``Reconciler``: changes and times in, one object at a time looked at.
///
/// What it knows stays when `run()` has ended and is called again; changes missed meanwhile are told at the beginning.
final class ReconcileLoop<Body: Reconciler>: Sendable {
    private struct State: Sendable {
        /// Nil while somebody works with it.
        var body: Body?
        /// Changes that the body has not taken note of yet, each with the time it is due.
        var inbox: [(change: ObjectReference, due: Timestamp)] = []
        var schedule = KeyedSchedule()
    }

    private let api: any FollowedAPI
    private let watched: [ResourceType]
    private let reaction: Int64
    private let state: Mutex<State>
    private let alarm = Alarm()

    init(api: any FollowedAPI, _ body: Body) {
        self.api = api
        watched = body.watched
        reaction = body.reaction
        state = Mutex(State(body: body))
    }

    /// Works until its task is cancelled, on changes of the kinds that its body watches.
    func run() async { await run(watching: watched) }

    /// Works until its task is cancelled, on changes of those kinds.
    func run(watching types: [ResourceType]) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.collectChanges(types) }
            group.addTask { await self.work() }
            await group.waitForAll()
        }
    }

    private func collectChanges(_ types: [ResourceType]) async {
        await api.follow(types) { change in
            let due = Timestamp.now.adding(microseconds: self.reaction)
            self.state.withLock { $0.inbox.append((ObjectReference(change.resource, change.key), due)) }
            self.alarm.ring()
            return true
        }
    }

    private func work() async {
        guard var body = state.withLock({ $0.body.take() }) else { return }
        defer { state.withLock { [body] in $0.body = body } }
        while !Task.isCancelled {
            await takeNotes(&body)
            for object in state.withLock({ $0.schedule.take(now: .now) }) {
                if let again = await body.reconcile(object, now: .now) {
                    state.withLock { $0.schedule.add(object, at: again) }
                }
                await takeNotes(&body)
                await Task.yield()
                if Task.isCancelled { return }
            }
            await alarm.wait(until: state.withLock { $0.inbox.isEmpty ? $0.schedule.next : .now })
        }
    }

    private func takeNotes(_ body: inout Body) async {
        let inbox = state.withLock { state in
            defer { state.inbox = [] }
            return state.inbox
        }
        for (change, due) in inbox {
            for object in await body.note(change) { state.withLock { $0.schedule.add(object, at: due) } }
        }
    }
}
