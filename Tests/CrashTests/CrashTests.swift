import Foundation
import JSON
import TestPrograms
import Testing

/// Everything that can befall the operator between two API calls, at each of them.
///
/// Run by `make crash`; it takes minutes. `DBAAS_CRASH` names the provider, or all; `DBAAS_CRASH_ONLY` takes the scenarios
/// whose names contain that text; `DBAAS_CRASH_PATIENCE` is how many seconds each thing in a trial may take, 60 unless given.
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

    /// Scenarios that use the processor queue at one gate and those that mostly wait at another, so that the waiting of
    /// some is filled with the work of others.
    private static let (working, waiting) = (Gate(width: 2), Gate(width: 1))

    private func tryAll(_ scenario: Scenario, _ kinds: [Point.Kind]) async throws {
        try await (scenario.mostlyWaits ? Self.waiting : Self.working).pass {
            let began = ContinuousClock.now
            let verdict = try await Series(scenario: scenario, kinds: kinds).run()
            let time = ContinuousClock.now - began
            Settings.tell("\(scenario.name), \(kinds[0].rawValue) and so on: \(verdict.summary), \(time)")
            for failure in verdict.wrong + verdict.gaps { Issue.record("\(scenario.name), \(failure)") }
        }
    }
}

/// What of the suite is to run.
enum Settings {
    private static let environment = ProcessInfo.processInfo.environment

    static let isAsked = environment["DBAAS_CRASH"] != nil
    static let isVerbose = environment["DBAAS_CRASH_VERBOSE"] != nil
    /// For what a release build does in a few seconds; a debug build on a busy machine needs more.
    static let patience = Duration.seconds(environment["DBAAS_CRASH_PATIENCE"].flatMap { Int($0) } ?? 60)

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
