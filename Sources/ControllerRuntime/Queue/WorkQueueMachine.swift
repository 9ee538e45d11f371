import DequeModule
import HeapModule

/// The rules of a work queue: which key is worked on next, and when.
///
/// A key is in the queue at most once however often it is added, is never handed out while somebody works on it, and is
/// handed out again when it was added meanwhile. Time comes in as values; nothing here waits.
///
/// `add`, `next`, `done` and `wake` return what to do: whom to give which key, and when to call `wake`. All are
/// O(log n) amortised.
package struct WorkQueueMachine<Key: Hashable & Sendable>: Sendable {
    /// Names someone who waits for a key.
    package typealias Waiter = UInt64

    /// What the shell does after a call.
    package struct Answer: Sendable {
        /// Give each of these its key.
        package var deliveries: [(waiter: Waiter, key: Key)] = []
        /// Tell these that nothing will come any more.
        package var dismissals: [Waiter] = []
        /// Tell these that nobody works on anything any more.
        package var drained: [Waiter] = []
    }

    struct Item: Sendable {
        var priority: Priority
        /// When it may be handed out.
        var readyAt: ContinuousClock.Instant
        /// Its place: an entry in a line counts only while it carries this number.
        var sequence: UInt64
        var place: Place
    }

    enum Place: Sendable {
        /// Somebody works on the key; it enters a line when they are done.
        case parked
        case waiting
        case ready
    }

    struct Entry: Sendable, Comparable {
        var time: ContinuousClock.Instant
        var sequence: UInt64
        var key: Key

        static func < (first: Entry, second: Entry) -> Bool {
            (first.time, first.sequence) < (second.time, second.sequence)
        }
        static func == (first: Entry, second: Entry) -> Bool { first.sequence == second.sequence }
    }

    struct Work: Sendable {
        var since: ContinuousClock.Instant
        var priority: Priority
    }

    var items: [Key: Item] = [:]
    var active: [Key: Work] = [:]
    private var failures: [Key: Int] = [:]
    var lines: [Deque<Entry>] = Array(repeating: [], count: Priority.allCases.count)
    var readyCounts = Array(repeating: 0, count: Priority.allCases.count)
    var waiting = Heap<Entry>()
    var waitingCount = 0
    private var waiters: Deque<Waiter> = []
    private var drainWaiters: [Waiter] = []
    private var sequence: UInt64 = 0
    private var budget = RetryBudget()
    /// Whether `shutDown` was called.
    package private(set) var isShutDown = false
    /// Where the grid of ``readyTime(after:now:)`` begins.
    private var origin: ContinuousClock.Instant?

    private let ageingStep: Duration
    private let retryBase = Duration.milliseconds(5)
    private let retryCap = Duration.seconds(300)
    private static var longDelay: Duration { .seconds(10) }
    private static var grid: Duration { .milliseconds(500) }

    /// A key that waits longer than `ageingStep` counts as one class more urgent, and so on.
    package init(ageingStep: Duration = .seconds(10)) { self.ageingStep = ageingStep }
}

extension WorkQueueMachine {
    /// Adds a key, to be handed out after `delay` at the earliest.
    ///
    /// Of several adds of a key the earliest time and the highest priority count. Without a priority it is the one of
    /// the work under way on the key, or normal.
    package mutating func add(
        _ key: Key,
        priority: Priority? = nil,
        after delay: Duration = .zero,
        now: ContinuousClock.Instant
    ) -> Answer {
        guard !isShutDown else { return Answer() }
        let readyAt = readyTime(after: delay, now: now)
        let wanted = priority ?? active[key]?.priority ?? .normal
        guard let old = items[key] else {
            items[key] = Item(priority: wanted, readyAt: readyAt, sequence: 0, place: .parked)
            if active[key] == nil { enqueue(key, now: now) }
            return settle(now: now)
        }
        let merged = (priority: max(old.priority, wanted), readyAt: min(old.readyAt, readyAt))
        guard merged.priority != old.priority || merged.readyAt != old.readyAt else { return Answer() }
        items[key]?.priority = merged.priority
        items[key]?.readyAt = merged.readyAt
        switch old.place {
        case .parked: break
        case .ready where merged.priority == old.priority: break
        case .ready:
            readyCounts[old.priority.step] -= 1
            enqueue(key, now: now)
        case .waiting:
            waitingCount -= 1
            enqueue(key, now: now)
        }
        return settle(now: now)
    }

    /// When a key with this delay is due.
    ///
    /// Long delays end on a grid of half seconds, so that a thousand keys at rest wake the process a few times each
    /// half minute and not a thousand times.
    private mutating func readyTime(after delay: Duration, now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        guard delay >= Self.longDelay else { return delay > .zero ? now + delay : now }
        let start = origin ?? now
        origin = start
        let steps = (start.duration(to: now + delay) / Self.grid).rounded(.up)
        return start + Self.grid * steps
    }

    /// Adds a key after a failure: 5 ms doubled with each failure in a row up to 5 min, within the overall budget.
    package mutating func retry(_ key: Key, now: ContinuousClock.Instant) -> Answer {
        let failed = failures[key, default: 0]
        failures[key] = failed + 1
        let own = Backoff.exponential(base: retryBase, exponent: failed, cap: retryCap)
        let overall = budget.take(now: now)
        let priority = min(active[key]?.priority ?? .normal, .retry)
        return add(key, priority: priority, after: max(own, overall), now: now)
    }

    /// Forgets the failures of a key.
    package mutating func forget(_ key: Key) { failures[key] = nil }

    /// How often in a row the key has failed.
    package func failureCount(_ key: Key) -> Int { failures[key, default: 0] }

    /// Somebody asks for work; the answer may have it at once.
    package mutating func next(_ waiter: Waiter, now: ContinuousClock.Instant) -> Answer {
        guard !isShutDown else { return Answer(dismissals: [waiter]) }
        waiters.append(waiter)
        return settle(now: now)
    }

    /// Somebody does not wait any more; false when they have had their answer already.
    package mutating func cancel(_ waiter: Waiter) -> Bool {
        if let index = waiters.firstIndex(of: waiter) {
            waiters.remove(at: index)
            return true
        }
        if let index = drainWaiters.firstIndex(of: waiter) {
            drainWaiters.remove(at: index)
            return true
        }
        return false
    }

    /// The work on a key has ended.
    package mutating func done(_ key: Key, now: ContinuousClock.Instant) -> Answer {
        guard active.removeValue(forKey: key) != nil else { return Answer() }
        if items[key] != nil { enqueue(key, now: now) }
        return settle(now: now)
    }

    /// Time has passed.
    package mutating func wake(now: ContinuousClock.Instant) -> Answer { settle(now: now) }

    /// When `wake` has to be called next, or nil when nothing waits for a time.
    package mutating func nextWake() -> ContinuousClock.Instant? {
        dropStaleWaiting()
        return waiting.min?.time
    }

    /// No key is handed out any more; what is in the queue is dropped.
    package mutating func shutDown() -> Answer {
        isShutDown = true
        items = [:]
        waiting = Heap()
        waitingCount = 0
        for index in lines.indices {
            lines[index] = []
            readyCounts[index] = 0
        }
        defer { waiters = [] }
        return Answer(dismissals: Array(waiters))
    }

    /// Somebody waits until nobody works on anything; the answer may say so at once.
    package mutating func drain(_ waiter: Waiter) -> Answer {
        guard !active.isEmpty else { return Answer(drained: [waiter]) }
        drainWaiters.append(waiter)
        return Answer()
    }
}

extension WorkQueueMachine {
    /// Hands out what is ready as long as somebody waits.
    private mutating func settle(now: ContinuousClock.Instant) -> Answer {
        promote(now: now)
        var answer = Answer()
        while !waiters.isEmpty, let (key, priority) = popReady(now: now) {
            active[key] = Work(since: now, priority: priority)
            answer.deliveries.append((waiters.removeFirst(), key))
        }
        if active.isEmpty, !drainWaiters.isEmpty {
            answer.drained = drainWaiters
            drainWaiters = []
        }
        return answer
    }

    /// Puts the item of a key into the line it belongs to.
    private mutating func enqueue(_ key: Key, now: ContinuousClock.Instant) {
        guard var item = items[key] else { return }
        sequence += 1
        item.sequence = sequence
        let entry = Entry(time: max(item.readyAt, now), sequence: sequence, key: key)
        if item.readyAt > now {
            item.place = .waiting
            waiting.insert(entry)
            waitingCount += 1
        } else {
            item.place = .ready
            lines[item.priority.step].append(entry)
            readyCounts[item.priority.step] += 1
        }
        items[key] = item
        compact(step: item.priority.step)
    }

    /// Moves keys whose time has come into their class.
    private mutating func promote(now: ContinuousClock.Instant) {
        dropStaleWaiting()
        while let first = waiting.min, first.time <= now {
            _ = waiting.popMin()
            waitingCount -= 1
            enqueue(first.key, now: now)
            dropStaleWaiting()
        }
    }

    private mutating func dropStaleWaiting() {
        while let first = waiting.min, !isCurrent(first) { _ = waiting.popMin() }
    }

    func isCurrent(_ entry: Entry) -> Bool { items[entry.key]?.sequence == entry.sequence }

    /// Takes the most urgent key; a key counts as one class more urgent for each ageing step it has waited, and between
    /// equals the one that has waited longest goes first.
    private mutating func popReady(now: ContinuousClock.Instant) -> (Key, Priority)? {
        var best: (index: Int, step: Int, since: ContinuousClock.Instant)?
        for index in lines.indices {
            while let head = lines[index].first, !isCurrent(head) { lines[index].removeFirst() }
            guard let head = lines[index].first else { continue }
            let aged = max(0, index - Int((now - head.time) / ageingStep))
            if let known = best, (known.step, known.since) <= (aged, head.time) { continue }
            best = (index, aged, head.time)
        }
        guard let best, let entry = lines[best.index].popFirst() else { return nil }
        readyCounts[best.index] -= 1
        guard let item = items.removeValue(forKey: entry.key) else { return nil }
        return (entry.key, item.priority)
    }

    /// Entries that were overtaken are dropped when they reach the front; this bounds how many there can be.
    private mutating func compact(step: Int) {
        if waiting.count > 2 * waitingCount + 64 {
            waiting = Heap(waiting.unordered.filter(isCurrent))
        }
        if lines[step].count > 2 * readyCounts[step] + 64 {
            lines[step] = Deque(lines[step].filter(isCurrent))
        }
    }
}
