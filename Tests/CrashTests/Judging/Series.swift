import TestPrograms

/// All trials of a scenario with some things that befall the operator.
struct Series {
    let scenario: Scenario
    let kinds: [Point.Kind]

    /// Tries them, so many at once as the scenario allows, beside one trial in which nothing happens.
    ///
    /// - Throws: ``Failure`` when there is nothing to compare with.
    func run() async throws -> Verdict {
        let laboratory = try await Laboratory.open(for: scenario.subject.provider)
        let reference = try await Trial(laboratory, scenario, nil, namespace: "reference").run()
        if Settings.isVerbose { Settings.tell("\(scenario.name): \(reference)") }
        var verdict = Verdict(scenario, reference, kinds)
        if let doubt = verdict.doubt { throw Failure("\(scenario.name): \(doubt)") }
        await withTaskGroup(of: (Point, Result<Trial.Result, any Error>).self) { group in
            var waiting = verdict.points[...]
            var begun = 0
            func begin() {
                guard let point = waiting.popFirst() else { return }
                begun += 1
                let trial = Trial(laboratory, scenario, point, namespace: "trial-\(begun)")
                group.addTask {
                    do { return (point, .success(try await trial.run())) } catch { return (point, .failure(error)) }
                }
            }
            for _ in 0..<scenario.lanes { begin() }
            while let (point, result) = await group.next() {
                let known = verdict.wrong.count
                if verdict.take(result, at: point) { waiting.append(point) }
                for wrong in verdict.wrong.dropFirst(known) { Settings.tell("\(scenario.name), \(wrong)") }
                begin()
            }
        }
        return verdict
    }
}
