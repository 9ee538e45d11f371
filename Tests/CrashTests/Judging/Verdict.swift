import JSON

/// What the trials of a scenario have come to, beside one in which nothing befell the operator.
struct Verdict {
    private let scenario: Scenario
    private let reference: Trial.Result
    let points: [Point]
    /// What is wrong with single trials, in the order in which they ended.
    private(set) var wrong: [String] = []
    private(set) var reached: Set<Point> = []
    private var tries: [Point: Int] = [:]

    /// How often a point is tried that must be reached.
    private static let maximalTries = 3

    init(_ scenario: Scenario, _ reference: Trial.Result, _ kinds: [Point.Kind]) {
        self.scenario = scenario
        self.reference = reference
        points = Point.points(of: reference.calls, kinds)
    }

    /// What is wrong with the reference itself, so that it can be no measure; nil when nothing is.
    var doubt: String? {
        guard !reference.calls.isEmpty else { return "the operator made no call" }
        guard case .request = scenario.trigger, scenario.requestEnd != .gone else { return nil }
        let end = Scenario.RequestEnd(phase: reference.outcome.phase, reason: reference.outcome.reason)
        guard end != scenario.requestEnd else { return nil }
        return "its request was to end \(scenario.requestEnd.phase), \(scenario.requestEnd.reason), "
            + "but ended \(end.phase), \(end.reason): \(reference.outcome.message)"
    }

    /// Takes how a trial ended.
    ///
    /// - Returns: whether its point must be tried again.
    mutating func take(_ result: Result<Trial.Result, any Error>, at point: Point) -> Bool {
        tries[point, default: 0] += 1
        switch result {
        case .failure(let error):
            wrong.append("\(point): \(error)")
            return false
        case .success(let result):
            if let difference = result.outcome.difference(from: reference.outcome) {
                wrong.append("\(point)\(result.isReached ? "" : ", not reached"): \(difference)")
            }
            if result.isReached { reached.insert(point) }
            return !result.isReached && !point.mayBeMissed && tries[point] ?? 0 < Self.maximalTries
        }
    }

    private var missed: [Point] { points.filter { !reached.contains($0) } }

    /// What is wrong with how far the trials have come, each as a sentence.
    var gaps: [String] {
        let unmade = missed.filter { !$0.mayBeMissed }.map {
            "\($0): the call was not made in \(tries[$0] ?? 0) trials"
        }
        let optional = Dictionary(grouping: missed.filter(\.mayBeMissed), by: \.kind)
            .filter { $0.value.count > scenario.tolerance }
        return unmade
            + optional.map { kind, missed in
                "\(kind.rawValue): of the calls that another run may do without \(missed.count) were not made, "
                    + "more than the \(scenario.tolerance) that may: \(missed.map(\.description).sorted())"
            }
    }

    /// One line for who waits.
    var summary: String {
        let most = Dictionary(grouping: missed.filter(\.mayBeMissed), by: \.kind).values.map(\.count).max() ?? 0
        return "\(reference.calls.count) calls, \(reached.count) of \(points.count) points reached, at most \(most) of "
            + "\(scenario.tolerance) missed that may be, \(wrong.count + gaps.count) wrong"
    }
}
