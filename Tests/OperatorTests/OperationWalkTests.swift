import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("An OpsRequest in a world where anything happens")
struct OperationWalkTests {
    @Test(
        "Whatever happens in whatever order, with the operator stopped anywhere: no rule is broken, and there is an end"
    )
    func walks() throws {
        var ends: [OpsRequestPhase: Int] = [:]
        var restored = 0
        for seed in 0..<3000 {
            var walk = Walk(seed: UInt64(seed), cluster: try Given.cluster())
            for _ in 0..<60 { try walk.happen() }
            // In the end the world is quiet, and time goes by.
            for _ in 0..<300 where !walk.isOver { try walk.goOn() }
            #expect(walk.request.isFinished, "walk \(seed) does not end: \(walk.request.status)")
            #expect(walk.violations.isEmpty, "walk \(seed): \(walk.violations)")
            if let phase = walk.request.status.phase { ends[phase, default: 0] += 1 }
            restored += walk.request.status.conditions.isTrue("RolledBack") ? 1 : 0
        }
        for phase in OpsRequestPhase.allCases where phase.isFinished {
            #expect(ends[phase, default: 0] > 20, "\(ends)")
        }
        #expect(restored > 20)
    }
}

/// A request, its cluster, the people who use both, and an operator that may be stopped between any two of its steps.
private struct Walk {
    private(set) var request: OpsRequest
    private(set) var violations: [String] = []
    private var cluster: DatabaseCluster?
    private var now = Given.start
    private var random: Dice
    private var isGone = false
    private var isQuiet = false
    private var answer: OperationAnswer?

    var isOver: Bool { isGone || request.isFinished }

    init(seed: UInt64, cluster: DatabaseCluster) {
        random = Dice(state: seed)
        self.cluster = cluster
        request = Given.request { $0.spec.timeoutSeconds = 300 }
        request.spec.rollbackPolicy = random.isHit(60) ? .onFailure : .none
        request.spec.maxRetries = random.below(3)
        request.spec.force = random.isHit(20)
    }

    mutating func happen() throws {
        guard !isGone else { return }
        now = Timestamp(seconds: now.seconds + Int64(random.below(25)))
        switch random.below(100) {
        case 0..<4: edit(1 + random.below(9))
        case 4: request.spec.cancel = true
        case 5: request.metadata.deletionTimestamp = now
        case 6 where random.isHit(20): cluster?.metadata.deletionTimestamp = now
        case 7 where random.isHit(20): cluster = nil
        default: observe([.ready, .ready, .scaling, .degraded, .failed][random.below(5)])
        }
        try look()
    }

    mutating func goOn() throws {
        isQuiet = true
        now = Timestamp(seconds: now.seconds + 30)
        observe(.ready)
        try look()
    }

    private mutating func edit(_ size: Int) {
        cluster?.spec.clusterSize = size
        cluster?.metadata.generation += 1
    }

    /// The cluster's own controller has a look.
    private mutating func observe(_ phase: DatabaseClusterPhase) {
        guard var seen = cluster else { return }
        seen.status.phase = phase
        seen.status.observedGeneration = seen.metadata.generation
        cluster = seen
    }

    /// Whether the operator is stopped here.
    private mutating func isStopped() -> Bool { !isQuiet && random.isHit(6) }
}

extension Walk {
    /// One look of the operator's, up to where it is stopped.
    private mutating func look() throws {
        let situation = OperationSituation(request: request, cluster: cluster, others: [], now: now)
        var machine = OperationMachine(situation)
        var step = machine.begin()
        for _ in 0..<12 {
            if step != .ask {
                guard !isStopped() else { return }
                check(machine.status)
                request.status = machine.status
                guard !isStopped() else { return }
            }
            switch step {
            case .settle: return
            case .delete:
                isGone = true
                return
            case .plan: violations.append("planned what is no dry run")
            case .ask: step = machine.answered(ask())
            case .observe: step = machine.reported(report())
            case .recover: step = machine.recovered()
            case .execute:
                if !request.status.actionLog.contains(where: { $0.status == "Started" })
                    || request.status.phase != .running
                {
                    violations.append("a write that is not on record: \(request.status)")
                }
                if !isQuiet, random.isHit(10) {
                    step = machine.hindered("500")
                } else {
                    if case .specChange = answer { edit(5) }
                    guard !isStopped() else { return }
                    step = machine.executed(native: [])
                }
            case .restore(let patch):
                if cluster?.spec.clusterSize != 5 { violations.append("restored what somebody has edited") }
                if random.isHit(10) {
                    step = machine.notRestored("422")
                } else {
                    if let spec = try cluster?.spec.merging(patch) { edit(spec.clusterSize) }
                    guard !isStopped() else { return }
                    step = machine.restored()
                }
            }
        }
        violations.append("a look without an end")
    }

    private mutating func ask() -> OperationAnswer {
        let size = cluster?.spec.clusterSize ?? 0
        let answer: OperationAnswer
        if random.isHit(3) {
            answer = .refused(Refusal("No", "no"))
        } else if size == 5 {
            answer = random.isHit(50) ? .alreadySo(message: "5 of 5") : .intents([], log: "waiting for 5")
        } else {
            let change = SpecChange([("clusterSize", JSONValue(size), 5)], log: "clusterSize \(size) → 5")
            answer = .specChange(change)
        }
        self.answer = answer
        return answer
    }

    private mutating func report() -> OperationReport {
        switch random.below(20) {
        case 0, 1: .succeeded(evidence: ["5 of 5"])
        case 2: .failed(Refusal("PodsFail", "no pod starts"))
        case 3, 4: .retryable(Refusal("JobFailed", "no"))
        case 5, 6: .further([], log: "the second step")
        default: .running(percent: random.below(100), waitingFor: "pods")
        }
    }

    /// What must hold between the status on record and the next one.
    private mutating func check(_ next: OpsRequestStatus) {
        let last = request.status
        func must(_ holds: Bool, _ what: String) { if !holds { violations.append("\(what): \(last) then \(next)") } }
        must(!last.isFinished || last == next, "something happened after the end")
        must(next.progress >= last.progress, "progress went down")
        must((next.progress == 100) == (next.phase == .succeeded), "100 percent is success")
        must(next.attempt >= last.attempt && next.attempt <= last.attempt + 1, "attempts jump")
        must(next.attempt <= request.spec.maxRetries + 1, "more attempts than allowed")
        must(last.startTime == nil || next.startTime == last.startTime, "it started twice")
        must(!next.isFinished || next.completionTime != nil && !next.reason.isEmpty, "an end without a word")
        must(next.phase != .succeeded || !next.evidence.isEmpty, "success without evidence")
        let open = next.actionLog.indices.filter { next.actionLog[$0].status == "Started" }
        must(open.isEmpty || open == [next.actionLog.count - 1] && !next.isFinished, "a write left open")
        must(next.actionLog.count { $0.action == "Start" } <= 1, "two beginnings")
        must(next.actionLog.count { $0.action == "Finish" } == (next.isFinished ? 1 : 0), "one end")
        must(
            zip(next.actionLog, next.actionLog.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp },
            "time goes back"
        )
        must(next.conditions["RolledBack"]?.status != .unknown || !next.isFinished, "still rolling back at the end")
    }
}

/// Numbers that look random and are the same each time.
private struct Dice {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }

    mutating func isHit(_ percent: Int) -> Bool { below(100) < percent }
}
