import Foundation
import JSON
import Testing

/// Everything that can befall the operator between two API calls, at each of them.
///
/// Run by `make crash`; it takes minutes. `DBAAS_CRASH` names the provider, or all; `DBAAS_CRASH_ONLY` takes the scenarios whose names
/// contain that text.
@Suite("Crash anywhere", .enabled(if: Settings.isAsked))
struct CrashTests {
    @Test(
        "Killed before and after each API call, it comes to the same end once",
        arguments: Settings.scenarios(with: Point.Kind.kills)
    )
    func killed(_ scenario: Scenario) async throws { try await tryAll(scenario, Point.Kind.kills) }

    @Test(
        "Deposed before and after each API call, its successor comes to the same end",
        arguments: Settings.scenarios(with: Point.Kind.depositions)
    )
    func deposed(_ scenario: Scenario) async throws { try await tryAll(scenario, Point.Kind.depositions) }

    @Test(
        "With each API call answered by 409, 429, 500 or by nothing, the end is the same",
        arguments: Settings.scenarios(with: Point.Kind.answers)
    )
    func failing(_ scenario: Scenario) async throws { try await tryAll(scenario, Point.Kind.answers) }

    private func tryAll(_ scenario: Scenario, _ kinds: [Point.Kind]) async throws {
        try await (scenario.mostlyWaits ? Gate.waiting : Gate.working).pass { try await run(scenario, kinds) }
    }

    private func run(_ scenario: Scenario, _ kinds: [Point.Kind]) async throws {
        let began = ContinuousClock.now
        let laboratory = try await Laboratory.open(for: scenario.subject.provider)
        let reference = try await Trial(laboratory, scenario, nil, namespace: "reference").run()
        if Settings.isVerbose { Settings.tell("\(scenario.name): \(reference)") }
        if case .request = scenario.trigger {
            try #require(reference.outcome.phase == "Succeeded", "\(reference)")
        }
        // A trial may make a few calls more than the reference did, since both depend on when children change.
        let points = (1...reference.calls.count + 2).flatMap { number in kinds.map { Point(kind: $0, number: number) } }
        var failures: [String] = []
        func fail(_ what: String) {
            failures.append(what)
            Settings.tell("\(scenario.name), \(what)")
        }
        var reached = 0
        try await withThrowingTaskGroup(of: (Point, Result<Trial.Result, any Error>).self) { group in
            var waiting = points.enumerated().makeIterator()
            func begin() {
                guard let (index, point) = waiting.next() else { return }
                group.addTask {
                    let trial = Trial(laboratory, scenario, point, namespace: "trial-\(index)")
                    do { return (point, .success(try await trial.run())) } catch { return (point, .failure(error)) }
                }
            }
            for _ in 0..<scenario.lanes { begin() }
            while let (point, result) = try await group.next() {
                begin()
                switch result {
                case .failure(let error): fail("\(point): \(error)")
                case .success(let result):
                    reached += result.isReached ? 1 : 0
                    guard let difference = result.outcome.difference(from: reference.outcome) else { continue }
                    let call = result.isReached ? result.calls[point.number - 1] : "not reached"
                    fail("\(point) (\(call)): \(difference)")
                }
            }
        }
        Settings.tell(
            "\(scenario.name), \(kinds[0].rawValue) and so on: \(reference.calls.count) calls, \(reached) of \(points.count) points reached, "
                + "\(failures.count) wrong, \(ContinuousClock.now - began)"
        )
        for failure in failures { Issue.record("\(scenario.name), \(failure)") }
        #expect(reached > 0)
    }
}

/// What of the suite is to run.
enum Settings {
    private static let environment = ProcessInfo.processInfo.environment

    static let isAsked = environment["DBAAS_CRASH"] != nil
    static let isVerbose = environment["DBAAS_CRASH_VERBOSE"] != nil

    /// Those in which these things befall the operator.
    static func scenarios(with kinds: [Point.Kind]) -> [Scenario] {
        let provider = environment["DBAAS_CRASH"]
        let scenarios = Scenario.all.filter { scenario in
            scenario.kinds.isSuperset(of: kinds) && (provider == "all" || provider == scenario.subject.provider)
        }
        guard let part = environment["DBAAS_CRASH_ONLY"] else { return scenarios }
        return scenarios.filter { $0.name.contains(part) }
    }

    /// Says it at once, where a test's output would come at its end.
    static func tell(_ sentence: String) { FileHandle.standardError.write(Data("\(sentence)\n".utf8)) }
}
