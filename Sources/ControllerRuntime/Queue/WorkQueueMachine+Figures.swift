import DequeModule
import HeapModule

extension WorkQueueMachine {
    /// The figures of a queue at one moment.
    package struct Figures: Sendable, Equatable {
        /// Keys ready to be handed out, by the step of their priority.
        package var ready: [Int]
        /// Keys waiting for a time.
        package var waiting: Int
        /// Keys that are worked on.
        package var active: Int
        /// How long all work under way has lasted, summed up, in seconds.
        package var unfinishedSeconds: Double
        /// How long the longest of it has lasted, in seconds.
        package var longestSeconds: Double
    }

    /// The figures now; O(active).
    package func figures(now: ContinuousClock.Instant) -> Figures {
        let lasting = active.values.map { (now - $0.since).seconds }
        return Figures(
            ready: readyCounts,
            waiting: waitingCount,
            active: active.count,
            unfinishedSeconds: lasting.reduce(0, +),
            longestSeconds: lasting.max() ?? 0
        )
    }

    /// What must hold between any two calls; for tests.
    package var brokenInvariant: String? {
        let ready = lines.map { line in line.count(where: isCurrent) }
        if ready != readyCounts { return "ready lines hold \(ready), counted \(readyCounts)" }
        let due = waiting.unordered.count(where: isCurrent)
        if due != waitingCount { return "waiting heap holds \(due), counted \(waitingCount)" }
        let parked = items.values.count { if case .parked = $0.place { true } else { false } }
        if parked + due + ready.reduce(0, +) != items.count { return "an item is in no line or in two" }
        if items.contains(where: { if case .parked = $0.value.place { active[$0.key] == nil } else { false } }) {
            return "an item is parked although nobody works on its key"
        }
        return nil
    }

    /// How many entries all lines hold, with those that were overtaken; for tests.
    package var entryCount: Int { waiting.count + lines.reduce(0) { $0 + $1.count } }
    /// The keys that are worked on.
    package var activeKeys: Set<Key> { Set(active.keys) }
    /// Whether the key is in the queue, ready or not.
    package func contains(_ key: Key) -> Bool { items[key] != nil }
}
