import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("An OpsRequest that runs")
struct OperationRunningTests: OperationLives {
    @Test("Time over, it looks once more, and then says what it was still waiting for")
    func timeout() throws {
        let request = try executed { $0.spec.timeoutSeconds = 60 }
        var early = machine(request, try Given.cluster(size: 5), after: 58)
        _ = early.begin()
        let step = early.reported(.running(percent: 40, waitingFor: "member 4 to be ready"))
        #expect(step == .settle(lookAgain: .seconds(2)), "the end is looked for in time")

        var late = machine(written(early), try Given.cluster(size: 5), after: 60)
        #expect(late.begin() == .observe)
        _ = late.reported(.running(percent: 40, waitingFor: "member 4 to be ready"))
        #expect(late.status.phase == .failed && late.status.reason == "Timeout")
        #expect(late.status.message == "not done after 60 s; it was still waiting for: member 4 to be ready")
        #expect(late.status.progress == 40)

        var done = machine(written(early), try Given.cluster(size: 5), after: 900)
        _ = done.begin()
        _ = done.reported(.succeeded(evidence: ["5 of 5"]))
        #expect(done.status.phase == .succeeded, "its effect came while nobody looked")
    }

    @Test("The time limit is the request's, else the cluster's, and counts from the first execution")
    func limits() throws {
        var cluster = try Given.cluster(size: 5)
        cluster.spec.operations.defaultTimeoutSeconds = 30
        var standard = machine(try executed(), cluster, after: 30)
        _ = standard.begin()
        _ = standard.reported(.running(percent: 0, waitingFor: "x"))
        #expect(standard.status.reason == "Timeout")
        var own = machine(try executed { $0.spec.timeoutSeconds = 31 }, cluster, after: 30)
        _ = own.begin()
        _ = own.reported(.running(percent: 0, waitingFor: "x"))
        #expect(own.status.phase == .running)
        var waited = machine(Given.request { $0.spec.timeoutSeconds = 10 }, try Given.cluster(), after: 500)
        #expect(waited.begin() == .ask, "waiting for its turn does not count")
    }

    @Test("A failed call of the server is no failed attempt: it is told, and tried again while there is time")
    func serverTrouble() throws {
        var first = machine(Given.request { $0.spec.timeoutSeconds = 60 }, try Given.cluster())
        _ = first.begin()
        _ = first.answered(Given.scaling)
        #expect(first.hindered("500: etcd has no leader") == .settle(lookAgain: .seconds(5)))
        #expect(first.status.attempt == 1 && first.status.message.contains("etcd has no leader"))
        var again = machine(written(first), try Given.cluster(), after: 8)
        #expect(again.begin() == .ask)
        #expect(again.answered(Given.scaling) == .execute)
        #expect(again.status.actionLog == first.status.actionLog, "told once")

        var late = machine(written(first), try Given.cluster(), after: 60)
        _ = late.begin()
        #expect(late.status.reason == "Timeout" && late.status.message.contains("etcd has no leader"))
        #expect(late.status.actionLog.map(\.status) == ["Done", "Failed", "Failed"])

        var blind = machine(try executed { $0.spec.timeoutSeconds = 60 }, try Given.cluster(size: 5), after: 61)
        #expect(blind.begin() == .observe)
        _ = blind.hindered("403: may not read pods")
        #expect(blind.status.reason == "Timeout" && blind.status.message.contains("may not read pods"))
    }

    @Test("What cannot be read before it begins is told, and waited for no longer than the precondition deadline")
    func unreadable() throws {
        var first = machine(Given.request { $0.spec.preconditionDeadlineSeconds = 60 }, try Given.cluster())
        _ = first.begin()
        _ = first.hindered("403: may not read storage classes")
        #expect(first.status.phase == .pending && first.status.reason == "ServerTrouble")
        var late = machine(written(first), try Given.cluster(), after: 60)
        _ = late.begin()
        _ = late.hindered("403: may not read storage classes")
        #expect(late.status.phase == .failed && late.status.reason == "PreconditionDeadline")
        #expect(late.status.message.contains("may not read storage classes"))
    }

    @Test("No attempt is begun after the time is over")
    func noLateRetry() throws {
        let request = try executed { $0.spec.timeoutSeconds = 60 }
        var late = machine(request, try Given.cluster(size: 5), after: 60)
        _ = late.begin()
        _ = late.reported(.retryable(Refusal("BackupFailed", "no space left")))
        #expect(late.status.reason == "Timeout" && late.status.message.contains("no space left"))
        #expect(late.status.attempt == 1)
    }

    @Test("While it waits for its next attempt it keeps its turn, ahead of fresh requests")
    func retriesFirst() throws {
        var failed = machine(try executed(), try Given.cluster(size: 5), after: 10)
        _ = failed.begin()
        _ = failed.reported(.retryable(Refusal("JobFailed", "no")))
        #expect(failed.status.actionLog.last?.message == "JobFailed: no; attempt 2 follows")
        let fresh = Given.request("restart", .restart, created: -100)
        var other = machine(fresh, try Given.cluster(size: 5), others: [written(failed)], after: 11)
        _ = other.begin()
        #expect(other.status.reason == "WaitingForTurn" && other.status.message.contains("which is running"))
    }

    @Test("A spec that somebody has changed again ends it: what it asked for will not come any more")
    func superseded() throws {
        var machine = machine(try executed(), try Given.cluster(.scaling, size: 4), after: 5)
        _ = machine.begin()
        #expect(machine.status.phase == .failed && machine.status.reason == "Superseded")
        #expect(machine.status.message.contains("clusterSize is 4, not 5"))
    }

    @Test(
        "A spec that will not be carried out ends it in the cluster's own words",
        arguments: ["Accepted", "ChildSynced"]
    )
    func refusedSpec(condition: String) throws {
        var cluster = try Given.cluster(size: 5)
        cluster.status.conditions.set("Stalled", .true, reason: "Invalid", now: Given.start)
        cluster.status.conditions.set(condition, .false, reason: "EvenSize", message: "5 is odd", now: Given.start)
        var machine = machine(try executed(), cluster, after: 5)
        _ = machine.begin()
        _ = machine.reported(.running(percent: 0, waitingFor: "5 members"))
        #expect(machine.status.phase == .failed && machine.status.reason == "EvenSize")
        #expect(machine.status.message.contains("5 is odd"))

        cluster.status.observedGeneration = 3
        var early = self.machine(try executed(), cluster, after: 5)
        _ = early.begin()
        _ = early.reported(.running(percent: 0, waitingFor: "5 members"))
        #expect(early.status.phase == .running, "that was about the specification before")

        cluster.status.observedGeneration = 4
        var first = self.machine(Given.request("restart", .restart), cluster)
        _ = first.begin()
        _ = first.answered(.intents([], log: "asked for a restart"))
        _ = first.executed(native: [])
        _ = first.reported(.running(percent: 0, waitingFor: "pods"))
        #expect(first.status.phase == .running, "a restart needs no spec")
    }

    @Test("A cluster of the same name that came after the one it was filed for is left alone")
    func otherCluster() throws {
        var cluster = try Given.cluster()
        cluster.metadata.uid = "new"
        func owned(_ request: OpsRequest) -> OpsRequest {
            var request = request
            request.metadata.ownerReferences = [
                OwnerReference(apiVersion: "dbaas.io/v1alpha1", kind: "DatabaseCluster", name: "orders", uid: "old")
            ]
            return request
        }
        for request in [Given.request(), try executed()] {
            var machine = machine(owned(request), cluster, after: 5)
            _ = machine.begin()
            #expect(machine.status.phase == .cancelled && machine.status.reason == "ClusterDeleted")
        }
        cluster.metadata.uid = "old"
        var own = machine(owned(Given.request()), cluster)
        #expect(own.begin() == .ask)
    }

    @Test("A request that is deleted before its turn is withdrawn, and makes way")
    func withdrawn() throws {
        let waiting = Given.request { $0.metadata.deletionTimestamp = Given.start }
        for cluster in [try Given.cluster(), nil] {
            var machine = machine(waiting, cluster)
            _ = machine.begin()
            #expect(machine.status.phase == .cancelled && machine.status.reason == "Withdrawn")
        }
        let running = Given.request { request in
            request.metadata.deletionTimestamp = Given.start
            request.status.phase = .running
        }
        var same = machine(Given.request("again", created: 5), try Given.cluster(), others: [running])
        _ = same.begin()
        #expect(same.status.reason == "WaitingForTurn", "no duplicate of what is being taken back")
    }

    @Test("The wait for the cluster is counted from the turn on, and anew after another turn")
    func deadlineFromTurn() throws {
        var held = machine(Given.request(), try Given.cluster(.updating))
        _ = held.begin()
        _ = held.answered(Given.scaling)
        let running = Given.request("restart", .restart, created: 1) { $0.status.phase = .running }
        var behind = machine(written(held), try Given.cluster(.restarting), others: [running], after: 300)
        _ = behind.begin()
        #expect(behind.status.reason == "WaitingForTurn")
        var again = machine(written(behind), try Given.cluster(.updating), after: 700)
        _ = again.begin()
        _ = again.answered(Given.scaling)
        #expect(again.status.phase == .pending && again.status.reason == "ClusterNotReady")
    }

    @Test("The handler's word on the phases in which it may start counts, not the type's alone")
    func phasesOfTheHandler() throws {
        var machine = machine(Given.request(), try Given.cluster(.failed))
        _ = machine.begin()
        machine.allowedPhases = [.failed]
        #expect(machine.answered(Given.scaling) == .execute)
    }

    @Test("A request with dryRun never executes, takes nobody's turn and waits for nobody")
    func dryRun() throws {
        let running = Given.request("restart", .restart) { $0.status.phase = .running }
        let dry = Given.request("dry") { $0.spec.dryRun = true }
        var machine = machine(dry, try Given.cluster(.updating), others: [running])
        #expect(machine.begin() == .plan)
        var planned = machine
        let write = PlanStep(verb: "apply", object: "Cluster orders", diff: "spec.instances: 3 → 5", disruption: "None")
        #expect(planned.planned([write]) == .settle(lookAgain: .seconds(3600)))
        #expect(planned.status.phase == .succeeded && planned.status.plan == [write])
        #expect(planned.status.startTime == nil && planned.status.previous == nil)
        for answer in [Given.scaling, .intents([], log: "x")] {
            var careless = machine
            #expect(careless.answered(answer) != .execute)
            #expect(careless.status.isFinished && careless.status.attempt == 0)
        }
        var real = self.machine(Given.request("real", created: 9), try Given.cluster(), others: [dry])
        #expect(real.begin() == .ask)
    }

    @Test("What was made is on record once, however often it was written")
    func nativeObjects() throws {
        let backup = ObjectReference(apiVersion: "postgresql.cnpg.io/v1", kind: "Backup", name: "b", uid: "1")
        var machine = machine(try executed(), try Given.cluster(size: 5), after: 1)
        _ = machine.executed(native: [backup])
        _ = machine.executed(native: [backup])
        #expect(machine.status.nativeObjects == [backup])
    }

    @Test("A later step is on record before it is carried out, and is another look's to be seen")
    func laterSteps() throws {
        let second = OperationReport.further([], log: "created the second request")
        let native = ObjectReference(apiVersion: "ops.kubedb.com/v1alpha1", kind: "X", name: "two", uid: "2")
        var machine = machine(try executed { $0.spec.timeoutSeconds = 60 }, try Given.cluster(size: 5), after: 9)
        #expect(machine.begin() == .observe)
        #expect(machine.reported(second) == .execute)
        #expect(machine.status.actionLog.last?.status == "Started")
        #expect(machine.status.actionLog.last?.message == "created the second request")
        let stopped = written(machine)
        #expect(machine.executed(native: [native]) == .settle(lookAgain: .seconds(5)))
        #expect(machine.status.actionLog.last?.status == "Done" && machine.status.nativeObjects == [native])
        #expect(machine.status.attempt == 1, "it is no attempt of its own")

        var again = self.machine(stopped, try Given.cluster(size: 5), after: 12)
        #expect(again.begin() == .observe)
        #expect(again.reported(second) == .execute)
        #expect(again.status.actionLog == stopped.status.actionLog, "told once")
        var written = self.machine(stopped, try Given.cluster(size: 5), after: 12)
        _ = written.begin()
        _ = written.reported(.running(percent: 50, waitingFor: "the second request"))
        #expect(written.status.actionLog.last?.status == "Done", "it was carried out before the stop")

        var late = self.machine(stopped, try Given.cluster(size: 5), after: 60)
        _ = late.begin()
        #expect(late.reported(second) != .execute)
        #expect(late.status.reason == "Timeout" && late.status.message.contains("created the second request"))
    }

    @Test("What cannot be begun yet waits until the deadline, and once begun as long as there is time")
    func notYet() throws {
        let blocked = OperationAnswer.notYet(Refusal("Blocked", "request x runs"))
        var early = machine(Given.request(), try Given.cluster())
        _ = early.begin()
        #expect(early.answered(blocked) == .settle(lookAgain: .seconds(30)))
        #expect(early.status.phase == .pending && early.status.reason == "Blocked")
        var late = machine(written(early), try Given.cluster(), after: 601)
        _ = late.begin()
        _ = late.answered(blocked)
        #expect(late.status.phase == .failed && late.status.message.contains("request x runs"))

        var failed = machine(try executed(), try Given.cluster(size: 5), after: 1)
        _ = failed.begin()
        _ = failed.reported(.retryable(Refusal("No", "no")))
        var retried = machine(written(failed), try Given.cluster(size: 5), after: 30)
        #expect(retried.begin() == .ask)
        #expect(retried.answered(blocked) == .settle(lookAgain: .seconds(5)))
        #expect(retried.status.phase == .running && retried.status.message == "request x runs")
    }

    @Test("Asked once more after its write, a refusal because of what that set going is no failure")
    func refusedByItsOwnEffect() throws {
        var first = machine(Given.request(), try Given.cluster())
        _ = first.begin()
        _ = first.answered(Given.scaling)
        let noMembers = OperationAnswer.refused(Refusal("ClusterNotReady", "no member runs"))
        var own = machine(written(first), try Given.cluster(.upgrading, size: 5), after: 5)
        #expect(own.begin() == .ask)
        #expect(own.answered(noMembers) == .observe)
        #expect(own.status.phase == .running && own.status.actionLog.last?.status == "Done")

        var others = machine(written(first), try Given.cluster(.degraded), after: 5)
        _ = others.begin()
        #expect(
            others.answered(noMembers) == .settle(lookAgain: .seconds(5)),
            "not written yet, but it may become ready"
        )
        #expect(others.status.phase == .running && others.status.message == "no member runs")
        var never = machine(written(first), try Given.cluster(), after: 5)
        _ = never.begin()
        _ = never.answered(.refused(Refusal("EvenSize", "5 is odd")))
        #expect(never.status.phase == .failed && never.status.reason == "EvenSize")
    }

    @Test("A change that would leave an unreadable spec is refused before anything is written")
    func unreadableSpec() throws {
        var machine = machine(Given.request(), try Given.cluster())
        _ = machine.begin()
        let change = SpecChange([("storage", "10Gi", "a lot")], log: "storage 10Gi → a lot")
        _ = machine.answered(.specChange(change))
        #expect(machine.status.phase == .failed && machine.status.reason == "InvalidChange")
        #expect(machine.status.startTime == nil && machine.status.previous == nil)
    }

    @Test("A cluster that is paused while it runs is named as what it waits for")
    func pausedInBetween() throws {
        var cluster = try Given.cluster(size: 5)
        cluster.metadata.annotations = [APIGroup.reconcileAnnotation: "paused"]
        var machine = machine(try executed(), cluster, after: 5)
        _ = machine.begin()
        _ = machine.reported(.running(percent: 0, waitingFor: "5 members"))
        #expect(machine.status.message.contains("5 members") && machine.status.message.contains("paused"))
    }

    @Test("Kept for no time at all, it goes as soon as its end is on record; looks after the end change nothing")
    func noTimeToLive() throws {
        var machine = machine(
            try executed { $0.spec.ttlSecondsAfterFinished = 0 },
            try Given.cluster(size: 5),
            after: 5
        )
        _ = machine.begin()
        #expect(machine.reported(.succeeded(evidence: ["5 of 5"])) == .delete)
        #expect(machine.status.phase == .succeeded)
        var again = self.machine(written(machine), nil, after: 6)
        #expect(again.begin() == .delete)
        #expect(again.hindered("500") == .delete && again.status == machine.status)
    }

    @Test("A provider that asks for what it must not have fails the request instead of letting it hang")
    func defect() throws {
        var machine = machine(Given.request(), try Given.cluster())
        _ = machine.begin()
        _ = machine.defect("it asked for a Secret")
        #expect(machine.status.phase == .failed && machine.status.reason == "ProviderDefect")
    }
}
