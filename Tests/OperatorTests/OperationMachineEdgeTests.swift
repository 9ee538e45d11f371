import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("An OpsRequest in trouble")
struct OperationMachineEdgeTests: OperationLives {
    /// A request whose start is on record, its writes not.
    private func started(_ change: (inout OpsRequest) -> Void = { _ in }) throws -> OpsRequest {
        var machine = machine(Given.request(change: change), try Given.cluster())
        _ = machine.begin()
        #expect(machine.answered(Given.scaling) == .execute)
        return written(machine)
    }

    private func executed(_ change: (inout OpsRequest) -> Void = { _ in }) throws -> OpsRequest {
        var machine = machine(try started(change), try Given.cluster())
        _ = machine.begin()
        _ = machine.answered(Given.scaling)
        _ = machine.executed(native: [])
        return written(machine)
    }

    @Test(
        "What is refused only because the cluster is being made waits for it; it may have been applied together with it",
        arguments: [DatabaseClusterPhase.pending, .initializing, .updating]
    )
    func prematureRefusal(phase: DatabaseClusterPhase) throws {
        var early = machine(Given.request(), try Given.cluster(phase))
        _ = early.begin()
        let step = early.answered(.refused(Refusal("ClusterNotReady", "there is no Cluster yet")))
        #expect(step == .settle(lookAgain: .seconds(30)))
        #expect(early.status.phase == .pending && early.status.message.contains("there is no Cluster yet"))

        var late = machine(written(early), try Given.cluster(phase), after: 601)
        _ = late.begin()
        _ = late.answered(.refused(Refusal("ClusterNotReady", "there is no Cluster yet")))
        #expect(late.status.phase == .failed && late.status.reason == "PreconditionDeadline")

        var never = machine(Given.request(), try Given.cluster(phase))
        _ = never.begin()
        _ = never.answered(.refused(Refusal("Unsupported", "no")))
        #expect(never.status.phase == .failed, "what is never possible is refused at once")
    }

    @Test("What a stopped cluster cannot do is refused at once: it does not start by itself")
    func refusedByRest() throws {
        var machine = machine(Given.request("restart", .restart), try Given.cluster(.stopped))
        _ = machine.begin()
        _ = machine.answered(.refused(Refusal("ClusterStopped", "start it first")))
        #expect(machine.status.phase == .failed && machine.status.reason == "ClusterStopped")
        #expect(machine.status.conditions["Accepted"]?.status == .false)
    }

    @Test("Refused after it was begun, what it wrote is taken back where that was asked for")
    func refusedWhileRunning() throws {
        var machine = machine(try started { $0.spec.rollbackPolicy = .onFailure }, try Given.cluster(), after: 5)
        #expect(machine.begin() == .ask)
        _ = machine.answered(.refused(Refusal("ClusterStopped", "no")))
        #expect(machine.status.conditions["Executing"]?.reason == "ClusterStopped")
        #expect(machine.status.phase == .running && machine.status.reason == "RollingBack")
    }

    @Test("When somebody edits the spec before the write, that edit is what a rollback restores")
    func editedInBetween() throws {
        var machine = machine(try started(), try Given.cluster(size: 4), after: 1)
        _ = machine.begin()
        let change = SpecChange([("clusterSize", before: 4, after: 5)], log: "clusterSize 4 → 5")
        #expect(machine.answered(.specChange(change)) == .execute)
        #expect(machine.status.previous == ["clusterSize": 4] && machine.status.applied == ["clusterSize": 5])
        #expect(machine.status.actionLog.map(\.message) == ["attempt 1 of at most 4", "clusterSize 4 → 5"])
    }

    @Test("The pause before another attempt is kept, however often something wakes it")
    func backoff() throws {
        var failed = machine(try executed(), try Given.cluster(size: 5), after: 10)
        _ = failed.begin()
        #expect(failed.reported(.retryable(Refusal("JobFailed", "no"))) == .settle(lookAgain: .seconds(4)))
        var woken = machine(written(failed), try Given.cluster(), after: 11)
        #expect(woken.begin() == .settle(lookAgain: .seconds(3)))
        var due = machine(written(woken), try Given.cluster(), after: 14)
        #expect(due.begin() == .ask)
    }

    @Test("Nothing starts on a paused cluster, by force neither")
    func paused() throws {
        var cluster = try Given.cluster()
        cluster.metadata.annotations = [APIGroup.reconcileAnnotation: "paused"]
        var machine = machine(Given.request { $0.spec.force = true }, cluster)
        _ = machine.begin()
        _ = machine.answered(Given.scaling)
        #expect(machine.status.phase == .pending && machine.status.message.contains("paused"))
    }

    @Test("Words longer than the schema allows are cut, as the status could not be written otherwise")
    func longWords() throws {
        var machine = machine(try executed(), try Given.cluster(size: 5), after: 5)
        _ = machine.begin()
        _ = machine.reported(.failed(Refusal("PodsFail", String(repeating: "é", count: 40_000))))
        #expect(machine.status.phase == .failed)
        #expect(machine.status.message.unicodeScalars.count <= 4096)
        #expect(machine.status.conditions.allSatisfy { $0.message.unicodeScalars.count <= 4096 })
        #expect(machine.status.actionLog.allSatisfy { $0.message.unicodeScalars.count <= 4096 })
    }
}

@Suite("Who is ahead of a request")
struct OperationSituationTests {
    private func names(ahead request: OpsRequest, _ others: [OpsRequest]) -> [String] {
        let situation = OperationSituation(request: request, cluster: nil, others: others, now: Given.start)
        return situation.ahead.map(\.metadata.name).sorted()
    }

    @Test("What runs, and what came first by time, then by name; nobody twice, never both ways")
    func order() {
        let first = Given.request("b", created: 0)
        let twin = Given.request("a", created: 0)
        let late = Given.request("0", created: 9)
        let done = Given.request("z", created: -9) { $0.status.phase = .failed }
        let running = Given.request("y", created: 99) { $0.status.phase = .running }
        #expect(names(ahead: first, [twin, late, done]) == ["a"])
        #expect(names(ahead: twin, [first, late, done]) == [])
        #expect(names(ahead: late, [first, twin, done]) == ["a", "b"])
        #expect(names(ahead: twin, [first, running]) == ["y"])
    }

    @Test("The same is asked for whatever its limits are, but not once that is being cancelled")
    func duplicates() {
        func original(_ change: (inout OpsRequest) -> Void) -> String? {
            let other = Given.request("first", change: change)
            let mine = Given.request("second", created: 5)
            return OperationSituation(request: mine, cluster: nil, others: [other], now: Given.start)
                .original?.metadata.name
        }
        #expect(original { $0.spec.timeoutSeconds = 7 } == "first")
        #expect(original { $0.spec.cancel = true } == nil)
        #expect(original { $0.spec.horizontalScaling = .init(replicas: 7) } == nil)
        #expect(original { $0.status.phase = .succeeded } == nil)
    }
}
