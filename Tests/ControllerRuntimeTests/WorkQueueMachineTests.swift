import ControllerRuntime
import Testing

@Suite struct WorkQueueMachineTests {
    private let start = ContinuousClock.now
    private var queue = WorkQueueMachine<String>()

    private func at(_ offset: Duration) -> ContinuousClock.Instant { start + offset }

    /// What a single asker would get at that time, or nil.
    private mutating func take(_ offset: Duration = .zero) -> String? {
        let answer = queue.next(1, now: at(offset))
        if let key = answer.deliveries.first?.key { return key }
        _ = queue.cancel(1)
        return nil
    }

    @Test("A key added many times is handed out once, in the order of first adds")
    mutating func deduplicates() {
        for key in ["a", "b", "a", "a", "b"] { _ = queue.add(key, now: start) }
        #expect(take() == "a")
        #expect(take() == "b")
        #expect(take() == nil)
    }

    @Test("A key that is worked on is not handed out again before its work is done, and then once")
    mutating func oneAtATime() {
        _ = queue.add("a", now: start)
        #expect(take() == "a")
        _ = queue.add("a", now: start)
        _ = queue.add("a", now: start)
        #expect(take() == nil)
        _ = queue.done("a", now: start)
        #expect(take() == "a")
        _ = queue.done("a", now: start)
        #expect(take() == nil)
    }

    @Test("Keys with long delays become due together, a little late and never early; short delays are exact")
    mutating func grid() {
        _ = queue.add("first", after: .seconds(30), now: start)
        for step in 1...5 {
            _ = queue.add("key\(step)", after: .seconds(30), now: at(.milliseconds(step * 100)))
        }
        #expect(take(.milliseconds(30_000)) == "first")
        #expect(take(.milliseconds(30_450)) == nil, "the other five wait for one another")
        #expect(queue.nextWake() == at(.milliseconds(30_500)))
        #expect((1...5).allSatisfy { take(.milliseconds(30_500)) == "key\($0)" })
        _ = queue.add("soon", after: .milliseconds(1234), now: start)
        #expect(queue.nextWake() == at(.milliseconds(1234)))
    }

    @Test("Of a delayed and an immediate add the earlier time counts, also while the key is worked on")
    mutating func earliestWins() {
        _ = queue.add("a", after: .seconds(3600), now: start)
        #expect(take() == nil)
        #expect(queue.nextWake() == at(.seconds(3600)))
        _ = queue.add("a", after: .seconds(5), now: start)
        #expect(queue.nextWake() == at(.seconds(5)))
        #expect(take(.seconds(5)) == "a")
        _ = queue.add("a", after: .seconds(600), now: at(.seconds(5)))
        _ = queue.add("a", now: at(.seconds(6)))
        _ = queue.done("a", now: at(.seconds(6)))
        #expect(take(.seconds(6)) == "a")
        _ = queue.done("a", now: at(.seconds(6)))
        #expect(queue.nextWake() == nil)
    }

    @Test("The more urgent class goes first, and raising a key's priority moves it there")
    mutating func priorities() {
        _ = queue.add("sweep", priority: .low, now: start)
        _ = queue.add("raised", priority: .low, now: start)
        _ = queue.add("edit", now: start)
        _ = queue.add("deletion", priority: .high, now: start)
        _ = queue.add("raised", priority: .high, now: start)
        #expect([take(), take(), take(), take()] == ["deletion", "raised", "edit", "sweep"])
        #expect(queue.brokenInvariant == nil)
    }

    @Test("A flood of urgent keys does not starve a lazy one: it rises by a class each 10 s")
    mutating func ageing() {
        _ = queue.add("lazy", priority: .low, now: start)
        _ = queue.add("edit1", now: at(.seconds(15)))
        #expect(take(.seconds(15)) == "edit1")
        _ = queue.add("edit2", now: at(.seconds(21)))
        #expect(take(.seconds(21)) == "lazy")
        #expect(take(.seconds(21)) == "edit2")
    }

    @Test("Failures of a key double its delay from 5 ms to 5 min, and forgetting starts anew")
    mutating func backoff() {
        var delays: [Duration] = []
        var now = start
        for _ in 0..<20 {
            _ = queue.retry("a", now: now)
            guard let wake = queue.nextWake() else { break }
            delays.append(wake - now)
            now = wake
            _ = queue.next(1, now: now)
            _ = queue.done("a", now: now)
        }
        #expect(delays.prefix(4) == [.milliseconds(5), .milliseconds(10), .milliseconds(20), .milliseconds(40)])
        #expect(delays.last == .seconds(300))
        #expect(queue.failureCount("a") == 20)
        queue.forget("a")
        _ = queue.retry("a", now: now)
        #expect(queue.nextWake() == now + .milliseconds(5))
    }

    @Test("When everything fails at once the retries of all keys together are held to 10 per second")
    mutating func overallBudget() {
        for index in 0..<150 { _ = queue.retry("key\(index)", now: start) }
        var ready = 0
        while take(.seconds(1)) != nil { ready += 1 }
        #expect(ready == 110)
    }

    @Test("Those who wait are served in the order they came, and one who left is not served")
    mutating func waiters() {
        for waiter in UInt64(1)...3 { #expect(queue.next(waiter, now: start).deliveries.isEmpty) }
        let left = queue.cancel(1)
        #expect(left)
        #expect(queue.add("a", now: start).deliveries.map(\.waiter) == [2])
        #expect(queue.add("b", now: start).deliveries.map(\.waiter) == [3])
        let leftLate = queue.cancel(2)
        #expect(!leftLate)
    }

    @Test("Shutdown dismisses those who wait, drops what is queued, and draining ends with the last work")
    mutating func shutdown() {
        _ = queue.add("a", now: start)
        #expect(take() == "a")
        _ = queue.next(7, now: start)
        #expect(queue.shutDown().dismissals == [7])
        #expect(queue.add("b", now: start).deliveries.isEmpty)
        #expect(queue.next(8, now: start).dismissals == [8])
        #expect(queue.drain(9).drained.isEmpty)
        #expect(queue.done("a", now: start).drained == [9])
    }

    @Test("A key requeued for ten hours at each of 100,000 visits leaves no litter behind")
    mutating func bounded() {
        for index in 0..<100_000 {
            let now = at(.milliseconds(index))
            _ = queue.add("a", now: now)
            _ = queue.next(1, now: now)
            _ = queue.add("a", after: .seconds(36_000), now: now)
            _ = queue.done("a", now: now)
        }
        #expect(queue.entryCount < 200)
    }

    @Test("Random use keeps every invariant and loses no key", arguments: [1, 2, 3, 4, 5] as [UInt64])
    mutating func model(seed: UInt64) {
        var dice = SeededDice(seed)
        var now = start
        var wanted: Set<String> = []
        var active: Set<String> = []
        func take(_ answer: WorkQueueMachine<String>.Answer) {
            for (_, key) in answer.deliveries {
                #expect(active.insert(key).inserted, "\(key) was handed out twice at once")
                wanted.remove(key)
            }
        }
        for step in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...2000, using: &dice))
            let key = "k\(Int.random(in: 0..<12, using: &dice))"
            switch Int.random(in: 0..<6, using: &dice) {
            case 0, 1:
                wanted.insert(key)
                take(queue.add(key, priority: Priority.allCases.randomElement(using: &dice), now: now))
            case 2:
                wanted.insert(key)
                take(queue.add(key, after: .seconds(Int.random(in: 0...30, using: &dice)), now: now))
            case 3: take(queue.next(UInt64(step), now: now))
            case 4:
                if let done = active.sorted().first {
                    active.remove(done)
                    take(queue.done(done, now: now))
                }
            default: take(queue.wake(now: now))
            }
            #expect(queue.brokenInvariant == nil)
            #expect(queue.activeKeys == active)
            #expect(wanted.allSatisfy { queue.contains($0) })
        }
        now += .seconds(60)
        for key in active {
            active.remove(key)
            take(queue.done(key, now: now))
        }
        for waiter in UInt64(10_000)..<10_020 { take(queue.next(waiter, now: now)) }
        #expect(wanted.isEmpty)
    }
}

/// A generator whose numbers depend on its seed alone (SplitMix64).
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
