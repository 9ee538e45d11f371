import ControllerRuntime
import Testing

/// Drives a machine through what a server does and notes what it asks for.
private struct Scenario: ~Copyable {
    typealias Failure = ReflectorMachine.Failure

    var machine = ReflectorMachine()
    var now = ContinuousClock.now
    var random = 0.0

    mutating func start() -> ReflectorMachine.Action { machine.start(now: now, random: random) }
    mutating func woke() -> ReflectorMachine.Action { machine.woke(now: now, random: random) }
    mutating func ended(after: Duration) -> ReflectorMachine.Action {
        now += after
        return machine.ended(now: now, random: random)
    }
    mutating func failed(_ code: Int, _ reason: String = "", _ message: String = "") -> ReflectorMachine.Action {
        machine.failed(.status(code: code, reason: reason, message: message), now: now, random: random)
    }
    mutating func refusedConnection() -> ReflectorMachine.Action {
        machine.failed(.transport("connection refused"), now: now, random: random)
    }
    mutating func got(_ event: ReflectorMachine.Event) -> ReflectorMachine.EventAnswer {
        machine.received(event, now: now, random: random)
    }
    mutating func page(_ version: String, more: String? = nil) -> ReflectorMachine.PageAnswer {
        machine.pageRead(resourceVersion: version, continueToken: more, now: now, random: random)
    }

    /// How old what the store shows is for who asked for something newer.
    var standing: String { machine.mustReadAnew ? "too old" : machine.isOutdated ? "on its way" : "current" }

    /// A machine that has synced by a streaming list and watches from "100".
    static func watching() -> Scenario {
        var scenario = Scenario()
        _ = scenario.start()
        _ = scenario.got(.bookmark(resourceVersion: "100", endsInitialEvents: true))
        return scenario
    }

    /// A machine that has fallen back to listing.
    static func listing() -> Scenario {
        var scenario = Scenario()
        _ = scenario.start()
        _ = scenario.failed(422, "Invalid", "sendInitialEvents: Forbidden")
        return scenario
    }
}

@Suite("Reflector rules: the initial objects") struct ReflectorInitialTests {
    private func initial(_ version: String?) -> ReflectorMachine.Action {
        .watch(.init(resourceVersion: version, sendsInitialEvents: true, timeoutSeconds: 300))
    }

    @Test("The first request is a consistent streaming list")
    func first() {
        var scenario = Scenario()
        #expect(scenario.start() == initial(nil))
        #expect(scenario.machine.health == .starting)
    }

    @Test("Objects are collected until the bookmark that ends them, and then replace the store at its version")
    func streaming() {
        var scenario = Scenario()
        _ = scenario.start()
        #expect(scenario.got(.added(resourceVersion: "7")) == .collect)
        #expect(scenario.got(.modified(resourceVersion: "90")) == .collect)
        #expect(scenario.got(.deleted(resourceVersion: "91")) == .discard)
        #expect(scenario.got(.bookmark(resourceVersion: "92", endsInitialEvents: false)) == .ignore)
        #expect(
            scenario.got(.bookmark(resourceVersion: "100", endsInitialEvents: true))
                == .replace(resourceVersion: "100")
        )
        #expect(scenario.machine.health == .synced)
        #expect(scenario.got(.added(resourceVersion: "101")) == .apply(resourceVersion: "101"))
    }

    @Test("A stream that ends before that bookmark is begun anew, in a new round, after a pause")
    func endsEarly() {
        var scenario = Scenario()
        _ = scenario.start()
        let round = scenario.machine.round
        _ = scenario.got(.added(resourceVersion: "7"))
        #expect(scenario.ended(after: .seconds(20)) == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == initial(nil))
        #expect(scenario.machine.round > round)
    }

    @Test("A server that will not stream a list is asked for pages", arguments: [400, 403, 422])
    func fallback(code: Int) {
        var scenario = Scenario()
        _ = scenario.start()
        #expect(scenario.failed(code) == .list(.init(limit: 500, continueToken: nil)))
    }

    @Test("A server that refuses by an ERROR event is asked for pages too")
    func fallbackByEvent() {
        var scenario = Scenario()
        _ = scenario.start()
        let refusal = ReflectorMachine.Failure.status(code: 422, reason: "Invalid", message: "")
        #expect(scenario.got(.error(refusal)) == .leave(.list(.init(limit: 500, continueToken: nil))))
    }

    @Test("Pages are followed by their token alone; the last one replaces the store and the watch begins there")
    func pages() {
        var scenario = Scenario.listing()
        #expect(scenario.page("50", more: "t1") == .next(.list(.init(limit: 500, continueToken: "t1"))))
        let watch = ReflectorMachine.Action.watch(
            .init(resourceVersion: "50", sendsInitialEvents: false, timeoutSeconds: 300)
        )
        #expect(scenario.page("50") == .replace(resourceVersion: "50", then: watch))
    }

    @Test("A page token that has expired leads to one whole list without limit, with nothing kept from before")
    func expiredToken() {
        var scenario = Scenario.listing()
        _ = scenario.page("50", more: "t1")
        let round = scenario.machine.round
        #expect(scenario.failed(410, "Expired") == .list(.init(limit: nil, continueToken: nil)))
        #expect(scenario.machine.round > round)
        #expect(scenario.failed(410, "Expired") == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == initial(nil))
    }

    @Test("The next full sync tries streaming again after a fallback, from the last version")
    func streamsAgain() {
        var scenario = Scenario.listing()
        _ = scenario.page("50")
        #expect(scenario.failed(410, "Expired") == initial("50"))
    }

    @Test(
        "When the server cannot serve the last version, it is asked at once without one, and only once at once",
        arguments: [(410, "Expired", ""), (504, "Timeout", "Too large resource version: 100, current: 3")]
    )
    func unavailableVersion(code: Int, reason: String, message: String) {
        var scenario = Scenario.watching()
        #expect(scenario.failed(410, "Expired") == initial("100"))
        #expect(scenario.failed(code, reason, message) == initial(nil))
        #expect(scenario.failed(code, reason, message) == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == initial(nil))
        _ = scenario.got(.bookmark(resourceVersion: "3", endsInitialEvents: true))
        #expect(scenario.failed(410, "Expired") == initial("3"), "after a success the version counts again")
    }

    @Test("A kind that is not installed is asked for again and again, and says so")
    func notInstalled() {
        var scenario = Scenario()
        _ = scenario.start()
        #expect(scenario.failed(404, "NotFound", "the server could not find it") == .sleep(.milliseconds(800)))
        #expect(scenario.machine.health == .notInstalled("the server could not find it (404)"))
        #expect(scenario.machine.failingSince != nil)
        #expect(scenario.woke() == initial(nil))
        _ = scenario.got(.bookmark(resourceVersion: "9", endsInitialEvents: true))
        #expect(scenario.machine.health == .synced)
        #expect(scenario.machine.failingSince == nil)
    }

    @Test("A kind that may not be read is asked for again and again, and says so")
    func forbidden() {
        var scenario = Scenario()
        _ = scenario.start()
        _ = scenario.failed(403, "Forbidden", "no")
        #expect(scenario.failed(403, "Forbidden", "no") == .sleep(.milliseconds(800)))
        #expect(scenario.machine.health == .forbidden("no (403)"))
    }

    @Test("A busy or unreachable server is not asked for pages, only later")
    func busy() {
        var scenario = Scenario()
        _ = scenario.start()
        #expect(scenario.failed(429, "TooManyRequests") == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == initial(nil))
        #expect(scenario.refusedConnection() == .sleep(.milliseconds(1600)))
        #expect(scenario.woke() == initial(nil))
    }
}

@Suite("Reflector rules: watching") struct ReflectorWatchingTests {
    private func resume(_ version: String, seconds: Int = 300) -> ReflectorMachine.Action {
        .watch(.init(resourceVersion: version, sendsInitialEvents: false, timeoutSeconds: seconds))
    }

    @Test("Every event moves the version, bookmarks too, and a watch goes on from there without initial events")
    func versions() {
        var scenario = Scenario.watching()
        #expect(scenario.got(.modified(resourceVersion: "101")) == .apply(resourceVersion: "101"))
        #expect(scenario.got(.deleted(resourceVersion: "102")) == .remove(resourceVersion: "102"))
        #expect(
            scenario.got(.bookmark(resourceVersion: "110", endsInitialEvents: false))
                == .advance(resourceVersion: "110")
        )
        #expect(scenario.ended(after: .seconds(300)) == resume("110"))
    }

    @Test("An older version than the last means another history, as after a restored backup: everything is read anew")
    func restoredHistory() {
        var scenario = Scenario.watching()
        guard case .leave(.watch(let request)) = scenario.got(.modified(resourceVersion: "99")) else {
            Issue.record("the stream must be left")
            return
        }
        #expect(request.sendsInitialEvents && request.resourceVersion == nil)
        _ = scenario.got(.bookmark(resourceVersion: "99", endsInitialEvents: true))
        #expect(scenario.got(.modified(resourceVersion: "100")) == .apply(resourceVersion: "100"))
    }

    @Test("A stream without a word for longer than a server with bookmarks is silent leads to a new full sync")
    func silentSince() {
        var scenario = Scenario.watching()
        _ = scenario.ended(after: .seconds(300))
        guard case .watch(let request) = scenario.ended(after: .seconds(150)) else {
            Issue.record("the version must be given up")
            return
        }
        #expect(request.sendsInitialEvents && request.resourceVersion == nil)
    }

    @Test("Watches ask for a timeout between 300 and 600 s, spread so that they do not end together")
    func timeouts() {
        var scenario = Scenario.watching()
        scenario.random = 0.5
        #expect(scenario.ended(after: .seconds(300)) == resume("100", seconds: 450))
        var silent = Scenario.listing()
        silent.random = 0.5
        _ = silent.page("100")
        #expect(silent.machine.silenceLimit == .seconds(455), "without bookmarks nothing may come until the timeout")
    }

    @Test("A server that has sent a bookmark is taken for dead after 150 s of silence")
    func silence() {
        var scenario = Scenario.watching()
        #expect(scenario.machine.silenceLimit == .seconds(150))
        _ = scenario.ended(after: .seconds(300))
        #expect(scenario.machine.silenceLimit == .seconds(150), "what the server has once done it does again")
    }

    @Test("A stream that ends at once without a word counts as failure; one with an event does not")
    func veryShort() {
        var scenario = Scenario.watching()
        _ = scenario.ended(after: .seconds(300))
        #expect(scenario.ended(after: .milliseconds(900)) == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == resume("100"))
        _ = scenario.got(.modified(resourceVersion: "101"))
        #expect(scenario.ended(after: .milliseconds(900)) == resume("101"))
    }

    @Test("History that is gone leads to a new full sync, from an event and from the answer alike")
    func gone() {
        var scenario = Scenario.watching()
        let gone = ReflectorMachine.Failure.status(code: 410, reason: "Expired", message: "too old")
        let initial = ReflectorMachine.Action.watch(
            .init(resourceVersion: "100", sendsInitialEvents: true, timeoutSeconds: 300)
        )
        #expect(scenario.got(.error(gone)) == .leave(initial))
        var other = Scenario.watching()
        #expect(other.failed(410, "Gone") == initial)
    }

    @Test("A refused connection, a busy server and an unknown error cost a pause, not a full sync")
    func pauses() {
        var scenario = Scenario.watching()
        #expect(scenario.refusedConnection() == .sleep(.milliseconds(800)))
        #expect(scenario.woke() == resume("100"))
        #expect(scenario.failed(429, "TooManyRequests") == .sleep(.milliseconds(1600)))
        #expect(scenario.woke() == resume("100"))
        #expect(scenario.failed(409, "Conflict") == .sleep(.milliseconds(3200)))
        #expect(scenario.woke() == resume("100"))
    }

    @Test("Internal errors are ridden out for 30 s before everything is read again")
    func internalErrors() {
        var scenario = Scenario.watching()
        _ = scenario.failed(500, "InternalError")
        #expect(scenario.woke() == resume("100"))
        scenario.now += .seconds(31)
        _ = scenario.failed(500, "InternalError")
        #expect(
            scenario.woke()
                == .watch(.init(resourceVersion: "100", sendsInitialEvents: true, timeoutSeconds: 300))
        )
    }

    @Test("A kind removed while it is watched is read anew, and is then known not to be installed")
    func removed() {
        var scenario = Scenario.watching()
        #expect(
            scenario.failed(404, "NotFound")
                == .watch(.init(resourceVersion: "100", sendsInitialEvents: true, timeoutSeconds: 300))
        )
        #expect(scenario.failed(404, "NotFound") == .sleep(.milliseconds(800)))
        #expect(scenario.machine.health == .notInstalled("the server answered 404 NotFound"))
        #expect(
            scenario.woke() == .watch(.init(resourceVersion: nil, sendsInitialEvents: true, timeoutSeconds: 300))
        )
    }

    @Test("Pauses double up to 30 s, are lengthened by chance, and begin anew after two good minutes")
    func backoff() {
        var scenario = Scenario.watching()
        var pauses: [Double] = []
        for _ in 0..<8 {
            guard case .sleep(let pause) = scenario.refusedConnection() else { break }
            pauses.append(pause.seconds)
            _ = scenario.woke()
        }
        #expect(pauses == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30])
        scenario.random = 0.5
        #expect(scenario.refusedConnection() == .sleep(.seconds(45)))
        scenario.random = 0
        scenario.now += .seconds(300)
        _ = scenario.woke()
        #expect(scenario.refusedConnection() == .sleep(.milliseconds(800)))
    }

    @Test("Trouble shows until the server accepts the watch again")
    func health() {
        var scenario = Scenario.watching()
        _ = scenario.refusedConnection()
        #expect(scenario.machine.health == .failing("connection refused"))
        _ = scenario.woke()
        scenario.machine.opened()
        #expect(scenario.machine.health == .synced)
        #expect(scenario.machine.failingSince == nil)
    }
}

@Suite struct ResourceVersionTests {
    @Test("Versions are compared as numbers of any length")
    func order() {
        #expect(ResourceVersion.isAtLeast("1000", "999") == true)
        #expect(ResourceVersion.isAtLeast("999", "1000") == false)
        #expect(ResourceVersion.isAtLeast("184467440737095516160", "18446744073709551615") == true)
        #expect(ResourceVersion.isAtLeast("5", "5") == true)
    }

    @Test("What is no version has no order", arguments: ["", "0", "abc", "-1", "007"])
    func unordered(text: String) {
        #expect(ResourceVersion.isAtLeast(text, "5") == nil)
        #expect(ResourceVersion.isAtLeast("5", text) == nil)
    }
}

@Suite("Reflector rules: what was read too early") struct ReflectorFreshnessTests {
    private func initial(_ version: String?) -> ReflectorMachine.Action {
        .watch(.init(resourceVersion: version, sendsInitialEvents: true, timeoutSeconds: 300))
    }

    @Test("Who watches for long reads all anew, consistently, and is current when that has come")
    func watching() {
        var scenario = Scenario.watching()
        scenario.machine.outdate(before: scenario.now + .seconds(60))
        #expect(scenario.standing == "too old")
        #expect(scenario.ended(after: .seconds(60)) == initial(nil))
        #expect(scenario.standing == "on its way")
        _ = scenario.got(.added(resourceVersion: "7"))
        #expect(
            scenario.got(.bookmark(resourceVersion: "200", endsInitialEvents: true))
                == .replace(resourceVersion: "200")
        )
        #expect(scenario.standing == "current")
        #expect(
            scenario.ended(after: .seconds(60))
                == .watch(.init(resourceVersion: "200", sendsInitialEvents: false, timeoutSeconds: 300))
        )
    }

    @Test("What was asked for late enough serves, whether it has come or is on its way")
    func lateEnough() {
        var scenario = Scenario.watching()
        scenario.machine.outdate(before: scenario.now)
        #expect(scenario.standing == "current")
        var reading = Scenario()
        _ = reading.start()
        reading.machine.outdate(before: reading.now)
        #expect(reading.standing == "on its way")
        _ = reading.got(.bookmark(resourceVersion: "100", endsInitialEvents: true))
        #expect(reading.standing == "current")
    }

    @Test("A stream that may go on from an old version shows nothing new: it is left too")
    func resumed() {
        var scenario = Scenario.watching()
        scenario.now += .seconds(10)
        #expect(scenario.failed(410, "Expired") == initial("100"))
        scenario.machine.outdate(before: scenario.now)
        #expect(scenario.standing == "too old")
        #expect(scenario.ended(after: .zero) == initial(nil))
    }

    @Test("A list that was begun too early is read to its end, and then once more")
    func listing() {
        var scenario = Scenario.listing()
        scenario.machine.outdate(before: scenario.now + .seconds(1))
        scenario.now += .seconds(2)
        #expect(scenario.page("100") == .replace(resourceVersion: "100", then: initial(nil)))
    }

    @Test("After a pause it is not the watch that goes on")
    func pausing() {
        var scenario = Scenario.watching()
        guard case .sleep = scenario.refusedConnection() else {
            Issue.record("there is no pause")
            return
        }
        scenario.now += .seconds(10)
        scenario.machine.outdate(before: scenario.now)
        #expect(scenario.woke() == initial(nil))
        guard case .sleep = scenario.refusedConnection() else {
            Issue.record("there is no pause")
            return
        }
        #expect(scenario.woke() == initial(nil))
        _ = scenario.got(.bookmark(resourceVersion: "200", endsInitialEvents: true))
        #expect(scenario.standing == "current")
    }
}
