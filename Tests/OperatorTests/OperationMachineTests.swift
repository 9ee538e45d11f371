import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

/// Requests and clusters for tests of the rules.
enum Given {
    static let start = Timestamp(seconds: 1_800_000_000)

    static func request(
        _ name: String = "scale-up",
        _ type: OpsRequestType = .horizontalScaling,
        created: Int64 = 0,
        change: (inout OpsRequest) -> Void = { _ in }
    ) -> OpsRequest {
        var metadata = ObjectMeta(name: name)
        metadata.namespace = "default"
        metadata.generation = 1
        metadata.creationTimestamp = Timestamp(seconds: start.seconds + created)
        var request = OpsRequest(metadata: metadata, spec: OpsRequestSpec(clusterRef: "orders", type: type))
        if type == .horizontalScaling { request.spec.horizontalScaling = .init(replicas: 5) }
        change(&request)
        return request
    }

    static func cluster(_ phase: DatabaseClusterPhase = .ready, size: Int = 3) throws -> DatabaseCluster {
        var metadata = ObjectMeta(name: "orders")
        metadata.namespace = "default"
        metadata.generation = 4
        let storage = try #require(Quantity("10Gi"))
        var cluster = DatabaseCluster(metadata: metadata, spec: .init(engine: .postgresql, storage: storage))
        cluster.spec.clusterSize = size
        cluster.status.phase = phase
        cluster.status.observedGeneration = 4
        return cluster
    }

    static let scaling = OperationAnswer.specChange(
        SpecChange([("clusterSize", before: 3, after: 5)], log: "clusterSize 3 → 5")
    )
}

@Suite("The life of an OpsRequest")
struct OperationMachineTests: OperationLives {
    @Test("From its turn to success: recorded before it is done, proved before it succeeds")
    func succeeds() throws {
        var first = machine(Given.request(), try Given.cluster())
        #expect(first.begin() == .ask)
        #expect(first.answered(Given.scaling) == .execute)
        #expect(first.status.phase == .running && first.status.attempt == 1)
        #expect(first.status.previous == ["clusterSize": 3] && first.status.applied == ["clusterSize": 5])
        #expect(
            first.status.actionLog.last?.status == "Started"
                && first.status.actionLog.last?.message == "clusterSize 3 → 5"
        )
        #expect(first.executed(native: []) == .observe)
        #expect(first.reported(.running(percent: 40, waitingFor: "2 of 5 ready")) == .settle(lookAgain: .seconds(5)))
        #expect(first.status.progress == 40)

        #expect(first.status.actionLog.map(\.status) == ["Done", "Done"])

        var later = machine(written(first), try Given.cluster(.scaling, size: 5), after: 20)
        #expect(later.begin() == .observe)
        _ = later.reported(.running(percent: 20, waitingFor: "1 of 5 ready"))
        #expect(later.status.progress == 40, "progress never goes down")
        #expect(later.reported(.succeeded(evidence: ["5 of 5 ready"])) == .settle(lookAgain: .seconds(3600)))
        #expect(later.status.phase == .succeeded && later.status.progress == 100)
        #expect(later.status.evidence == ["5 of 5 ready"])
        #expect(later.status.completionTime != nil)
    }

    @Test("Stopped between the record and the write, it asks again and does not overwrite what was before")
    func restartBeforeExecution() throws {
        var first = machine(Given.request(), try Given.cluster())
        _ = first.begin()
        _ = first.answered(Given.scaling)
        var again = machine(written(first), try Given.cluster(), after: 3)
        #expect(again.begin() == .ask)
        #expect(again.answered(Given.scaling) == .execute)
        #expect(again.status.attempt == 1 && again.status.previous == ["clusterSize": 3])
        #expect(again.status.startTime == Given.start)
    }

    @Test("Stopped between the write and its record, what is already so is its own doing")
    func restartAfterExecution() throws {
        var first = machine(Given.request(), try Given.cluster())
        _ = first.begin()
        _ = first.answered(Given.scaling)
        var again = machine(written(first), try Given.cluster(), after: 3)
        _ = again.begin()
        #expect(again.answered(.alreadySo(message: "5 of 5")) == .observe)
        #expect(again.status.phase == .running)
    }

    @Test("What runs or came first goes first; requests for the same are skipped")
    func turn() throws {
        let earlier = Given.request("restart", .restart)
        var waiting = machine(Given.request(created: 5), try Given.cluster(), others: [earlier])
        #expect(waiting.begin() == .settle(lookAgain: .seconds(30)))
        #expect(waiting.status.reason == "WaitingForTurn" && waiting.status.message.contains("restart"))

        var first = machine(
            Given.request(),
            try Given.cluster(),
            others: [Given.request("restart", .restart, created: 5)]
        )
        #expect(first.begin() == .ask)

        let running = Given.request("restart", .restart, created: 5) { $0.status.phase = .running }
        var behind = machine(Given.request(), try Given.cluster(), others: [running])
        #expect(behind.begin() == .settle(lookAgain: .seconds(30)), "what runs goes before what came first")

        var duplicate = machine(Given.request("again", created: 5), try Given.cluster(), others: [Given.request()])
        _ = duplicate.begin()
        #expect(duplicate.status.phase == .skipped && duplicate.status.reason == "Duplicate")
        #expect(duplicate.status.message.contains("scale-up"))
    }

    @Test("It waits for the cluster and for a phase that allows it, no longer than its deadline")
    func gate() throws {
        var absent = machine(Given.request(), nil)
        #expect(absent.begin() == .settle(lookAgain: .seconds(30)))
        #expect(absent.status.reason == "ClusterNotFound")

        var busy = machine(written(absent), try Given.cluster(.updating), after: 100)
        #expect(busy.begin() == .ask)
        #expect(busy.answered(Given.scaling) == .settle(lookAgain: .seconds(30)))
        #expect(busy.status.reason == "ClusterNotReady" && busy.status.phase == .pending)

        var late = machine(written(busy), try Given.cluster(.updating), after: 600)
        _ = late.begin()
        _ = late.answered(Given.scaling)
        #expect(late.status.phase == .failed && late.status.reason == "PreconditionDeadline")

        var forced = machine(Given.request { $0.spec.force = true }, try Given.cluster(.updating))
        _ = forced.begin()
        #expect(forced.answered(Given.scaling) == .execute)
    }

    @Test("A status of an older specification opens no gate")
    func staleStatus() throws {
        var cluster = try Given.cluster()
        cluster.status.observedGeneration = 3
        var machine = machine(Given.request(), cluster)
        _ = machine.begin()
        _ = machine.answered(Given.scaling)
        #expect(machine.status.phase == .pending)
    }

    @Test("A refusal fails it at once, what is already so skips it; nothing was started")
    func answersWithoutExecution() throws {
        var refused = machine(Given.request(), try Given.cluster())
        _ = refused.begin()
        _ = refused.answered(.refused(Refusal("Unsupported", "no")))
        #expect(refused.status.phase == .failed && refused.status.reason == "Unsupported")
        #expect(refused.status.startTime == nil && refused.status.actionLog.map(\.action) == ["Finish"])
        var skipped = machine(Given.request(), try Given.cluster())
        _ = skipped.begin()
        _ = skipped.answered(.alreadySo(message: "5 of 5"))
        #expect(skipped.status.phase == .skipped)
    }

    @Test("It is tried again where that is safe, up to maxRetries, and executed anew each time")
    func retries() throws {
        var request = try executed { $0.spec.maxRetries = 1 }
        var second = machine(request, try Given.cluster(size: 5), after: 10)
        #expect(second.begin() == .observe)
        guard case .settle = second.reported(.retryable(Refusal("JobFailed", "the job failed"))) else {
            Issue.record("did not wait before the next attempt")
            return
        }
        #expect(second.status.attempt == 2 && second.status.phase == .running)
        request = written(second)
        var third = machine(request, try Given.cluster(size: 5), after: 20)
        #expect(third.begin() == .ask)
        #expect(third.answered(.intents([], log: "once more")) == .execute)
        _ = third.executed(native: [])
        _ = third.reported(.retryable(Refusal("JobFailed", "the job failed")))
        #expect(third.status.phase == .failed && third.status.message.contains("2 attempts"))
    }

    @Test("A request goes when its time to live is over, and a deleted cluster cancels what is open")
    func endings() throws {
        let finished = Given.request {
            $0.status.phase = .succeeded
            $0.status.completionTime = Given.start
            $0.spec.ttlSecondsAfterFinished = 60
        }
        var kept = machine(finished, try Given.cluster(), after: 50)
        #expect(kept.begin() == .settle(lookAgain: .seconds(10)))
        var expired = machine(finished, try Given.cluster(), after: 60)
        #expect(expired.begin() == .delete)

        var deleted = try Given.cluster()
        deleted.metadata.deletionTimestamp = Given.start
        var open = machine(Given.request(), deleted)
        _ = open.begin()
        #expect(open.status.phase == .cancelled && open.status.reason == "ClusterDeleted")
    }
}
