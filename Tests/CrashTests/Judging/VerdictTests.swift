import JSON
import Testing

/// The judge of the crash suite, without which a suite in which nothing is hit would be green.
@Suite("Verdict on crashes")
struct VerdictTests {
    private static let scenario = Scenario(name: "", trigger: .request(["type": "Restart"]), tolerance: 1)
    private static let end = Outcome(phase: "Succeeded", reason: "Succeeded", counts: ["restarts": 1])
    private static let calls = ["request", "db", "request/status", "request/status", "request/status"].map {
        Call("PATCH /apis/a/v1/namespaces/reference/\($0)", in: "reference")
    }

    private func untried(_ end: Outcome = end) -> Verdict {
        Verdict(Self.scenario, Trial.Result(outcome: end, calls: Self.calls, isReached: false), [.killedAfter])
    }

    /// Takes a trial at each point, which comes to that end, and is not reached at those points.
    private func verdict(_ outcome: Outcome = end, missing: Set<Int> = []) -> Verdict {
        var verdict = untried()
        for (index, point) in verdict.points.enumerated() {
            let isReached = !missing.contains(index)
            let result = Trial.Result(outcome: outcome, calls: Self.calls, isReached: isReached)
            while verdict.take(.success(result), at: point) {}
        }
        return verdict
    }

    @Test("When each call was hit and every end was the same, nothing is wrong")
    func allIsWell() {
        #expect(untried().doubt == nil)
        #expect(verdict().wrong.isEmpty && verdict().gaps.isEmpty)
        #expect(untried().points.map(\.occurrence) == [1, 1, 1, 2, 3])
    }

    @Test("A call that was never hit is wrong, and tried three times before")
    func unmade() throws {
        let gaps = verdict(missing: [1]).gaps
        #expect(gaps == ["killed after PATCH db: the call was not made in 3 trials"])
    }

    @Test("Of calls that only repeat others, as many may be left out as the scenario says")
    func repetitions() {
        #expect(verdict(missing: [4]).gaps.isEmpty)
        #expect(verdict(missing: [3, 4]).gaps.count == 1)
    }

    @Test("An operation begun twice is wrong, whether its point was reached or not")
    func twice() {
        var outcome = Self.end
        outcome.counts["restarts"] = 2
        #expect(verdict(outcome, missing: [4]).wrong.count == Self.calls.count)
    }

    @Test("A reference that came to another end than the scenario's, or made no call, is no measure")
    func doubt() {
        #expect(untried(Outcome(phase: "Failed", reason: "Timeout")).doubt?.contains("Timeout") == true)
        let idle = Trial.Result(outcome: Self.end, calls: [], isReached: false)
        #expect(Verdict(Self.scenario, idle, [.killedAfter]).doubt != nil)
    }

    @Test("A call is known again in another namespace, and where its name is made up each time")
    func sameCall() {
        let one = Call("PATCH /apis/events.k8s.io/v1/namespaces/a/events/db.18ea0c4542bd9368", in: "a")
        #expect(one == Call("PATCH /apis/events.k8s.io/v1/namespaces/b/events/db.18ea0c4b4bb0f9f0", in: "b"))
        #expect(one.path(in: "c") == "/apis/events.k8s.io/v1/namespaces/c/events/*")
        let native = Call(
            "GET /apis/ops.kubedb.com/v1alpha1/namespaces/a/mongodbopsrequests/db-restart-1800000000",
            in: "a"
        )
        #expect(native.path(in: "a").hasSuffix("/mongodbopsrequests/db-restart-*"))
    }
}
