import KubernetesAPI
import Synchronization

/// Something that looks at objects one at a time and brings the world nearer to what they want.
protocol Reconciler: Sendable {
    /// The kinds whose changes it is told.
    var watched: [ResourceType] { get }
    /// How long it takes to notice a change, in microseconds; changes in that time are looked at as one.
    var reaction: Int64 { get }
    /// Takes note of a change; what is to be looked at because of it.
    mutating func note(_ change: ObjectReference) -> [ObjectReference]
    /// Looks at one object; when to look again, nil to wait for a change.
    mutating func reconcile(_ object: ObjectReference, now: Timestamp) -> Timestamp?
}

/// The loop around a ``Reconciler``: changes and times in, one object at a time looked at.
///
/// What it knows stays when `run()` is cancelled and called again; changes missed meanwhile are told at the beginning.
final class ReconcileLoop<Body: Reconciler>: Sendable {
    private struct State: Sendable {
        var body: Body
        var schedule = KeyedSchedule()
    }

    private let client: InProcessClient
    private let watched: [ResourceType]
    private let reaction: Int64
    private let state: Mutex<State>
    private let alarm = Alarm()

    init(client: InProcessClient, _ body: Body) {
        self.client = client
        watched = body.watched
        reaction = body.reaction
        state = Mutex(State(body: body))
    }

    /// Works until its task is cancelled, on changes of the kinds that its body watches.
    func run() async { await run(watching: watched) }

    /// Works until its task is cancelled, on changes of those kinds.
    func run(watching types: [ResourceType]) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.takeNotes(types) }
            group.addTask { await self.work() }
            await group.waitForAll()
        }
    }

    private func takeNotes(_ types: [ResourceType]) async {
        for await change in client.changes(of: types) {
            let due = Timestamp.now.adding(microseconds: reaction)
            state.withLock { state in
                for object in state.body.note(ObjectReference(change.resource, change.key)) {
                    state.schedule.add(object, at: due)
                }
            }
            alarm.ring()
        }
    }

    private func work() async {
        while !Task.isCancelled {
            for object in state.withLock({ $0.schedule.take(now: .now) }) {
                state.withLock { state in
                    if let again = state.body.reconcile(object, now: .now) { state.schedule.add(object, at: again) }
                }
                await Task.yield()
                if Task.isCancelled { return }
            }
            await alarm.wait(until: state.withLock { $0.schedule.next })
        }
    }
}
