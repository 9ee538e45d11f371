import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("Taking back what an operation wrote")
struct OperationRevertingTests: OperationLives {
    /// One that has failed and is to be rolled back.
    private func failed(_ change: (inout OpsRequest) -> Void = { _ in }) throws -> OperationMachine {
        let request = try executed {
            $0.spec.rollbackPolicy = .onFailure
            change(&$0)
        }
        var machine = machine(request, try Given.cluster(.degraded, size: 5), after: 5)
        #expect(machine.begin() == .observe)
        #expect(machine.reported(.failed(Refusal("PodsFail", "no pod starts"))) == .restore(["clusterSize": 3]))
        return machine
    }

    @Test("Rolled back, it is Failed only when the cluster has settled; each step is on record before the next")
    func rollback() throws {
        var machine = try failed()
        #expect(machine.status.phase == .running && machine.status.reason == "RollingBack")
        #expect(
            machine.status.message.contains("no pod starts") && machine.status.message.contains("clusterSize 5 → 3")
        )
        #expect(machine.status.actionLog.last?.status == "Started")

        var restarted = self.machine(written(machine), try Given.cluster(.degraded, size: 5), after: 6)
        #expect(restarted.begin() == .restore(["clusterSize": 3]), "stopped before the write")
        #expect(restarted.status.actionLog == machine.status.actionLog, "told once")
        machine = restarted
        guard case .settle = machine.restored() else { throw Unexpected("no wait for the cluster") }
        #expect(machine.status.phase == .running && machine.status.conditions["RolledBack"]?.status == .unknown)

        var settling = self.machine(written(machine), try Given.cluster(.updating), after: 10)
        let restoredAt = Timestamp(seconds: Given.start.seconds + 6)
        #expect(settling.begin() == .recover(restoredAt: restoredAt))
        #expect(settling.recovered() == .settle(lookAgain: .seconds(5)))
        #expect(settling.status.phase == .running && settling.status.message.contains("Updating"))

        var unseen = try Given.cluster()
        unseen.status.observedGeneration = 3
        var early = self.machine(written(settling), unseen, after: 11)
        #expect(early.begin() == .recover(restoredAt: restoredAt), "Ready of the specification before")

        var settled = self.machine(written(settling), try Given.cluster(), after: 30)
        _ = settled.begin()
        #expect(settled.status.phase == .failed && settled.status.reason == "PodsFail")
        #expect(settled.status.message.hasPrefix("no pod starts; "))
        #expect(settled.status.conditions.isTrue("RolledBack"))
        #expect(settled.status.actionLog.map(\.action) == ["Start", "ApplySpec", "Restore", "Finish"])
        #expect(settled.status.actionLog.map(\.status) == ["Done", "Done", "Done", "Failed"])
    }

    @Test("Stopped between the restoring write and its record, it does not write again")
    func restartAfterRestoring() throws {
        var machine = self.machine(written(try failed()), try Given.cluster(.updating), after: 6)
        guard case .settle = machine.begin() else { throw Unexpected("restored twice") }
        #expect(machine.status.conditions["RolledBack"]?.reason == "Settling")
        #expect(machine.status.actionLog.last?.status == "Done")
    }

    @Test("A field that somebody has edited since is left alone, and that is said")
    func editedSince() throws {
        var machine = self.machine(written(try failed()), try Given.cluster(.updating, size: 7), after: 6)
        guard case .settle = machine.begin() else { throw Unexpected("a write over somebody's edit") }
        var settled = self.machine(written(machine), try Given.cluster(size: 7), after: 20)
        _ = settled.begin()
        #expect(settled.status.phase == .failed && settled.status.reason == "PodsFail")
        #expect(settled.status.conditions["RolledBack"]?.reason == "EditedSince")
        #expect(settled.status.message.contains("clusterSize is 7, not 3"))
    }

    @Test("Of several fields, those that still have the operation's value are restored, the others are not")
    func severalFields() throws {
        var request = Given.request { $0.spec.rollbackPolicy = .onFailure }
        var cluster = try Given.cluster()
        cluster.spec.config = [.init(name: "work_mem", value: "4MB"), .init(name: "wal_level", value: "logical")]
        var first = machine(request, cluster, after: 0)
        _ = first.begin()
        let config: JSONValue = [
            ["name": "max_connections", "value": "9"], ["name": "wal_level", "value": "logical"],
            ["name": "work_mem", "value": "8MB"],
        ]
        _ = first.answered(
            .specChange(
                SpecChange(
                    [
                        ("clusterSize", 3, 5), ("size", nil, "db.t3.large"),
                        ("config", cluster.spec.config.first?.json, config),
                    ],
                    log: "all"
                )
            )
        )
        _ = first.executed(native: [])
        #expect(
            first.status.previous == [
                "clusterSize": 3, "config": [["name": "work_mem", "value": "4MB"]],
                "unset": ["config.max_connections", "size"],
            ]
        )
        request = written(first)
        cluster.spec = try cluster.spec.merging(["clusterSize": 4, "size": "db.t3.large", "config": config])
        cluster.spec.config.append(.init(name: "jit", value: "off"))
        var failing = machine(request, cluster, after: 9)
        guard case .restore(let patch) = failing.begin() else { throw Unexpected("nothing is restored") }
        #expect(failing.status.conditions["Executing"]?.reason == "Superseded")
        #expect(patch["size"] == .null && patch["clusterSize"] == nil)
        let restored = try cluster.spec.merging(patch)
        #expect(restored.clusterSize == 4 && restored.size == nil)
        #expect(
            Set(restored.config) == [
                .init(name: "jit", value: "off"), .init(name: "wal_level", value: "logical"),
                .init(name: "work_mem", value: "4MB"),
            ]
        )
    }

    @Test("A cluster that does not settle ends the wait after another timeout, and the doubt is said")
    func neverSettles() throws {
        var machine = try failed { $0.spec.timeoutSeconds = 60 }
        _ = machine.restored()
        var cluster = try Given.cluster(.degraded)
        cluster.status.message = "no member answers"
        var late = self.machine(written(machine), cluster, after: 66)
        _ = late.begin()
        _ = late.recovered()
        #expect(late.status.phase == .failed && late.status.reason == "PodsFail")
        #expect(late.status.conditions["RolledBack"]?.reason == "NotSettled")
        #expect(late.status.message.contains("no member answers"))
    }

    @Test("A spec that cannot go back, such as a smaller volume, ends the request instead of being tried for ever")
    func notRestorable() throws {
        var failing = try failed()
        _ = failing.notRestored("storage can not shrink", reason: "StorageCannotShrink")
        #expect(failing.status.phase == .failed && failing.status.reason == "PodsFail")
        #expect(failing.status.message.contains("no pod starts") && failing.status.message.contains("can not shrink"))
        #expect(failing.status.conditions["RolledBack"]?.reason == "StorageCannotShrink")
        #expect(failing.status.actionLog.contains { $0.action == "Restore" && $0.status == "Failed" })

        var request = try executed()
        request.spec.cancel = true
        var cancelled = machine(request, try Given.cluster(size: 5), after: 5)
        #expect(cancelled.begin() == .restore(["clusterSize": 3]))
        _ = cancelled.notRestored("storage can not shrink")
        #expect(cancelled.status.phase == .cancelled && cancelled.status.message.contains("can not shrink"))
    }

    @Test("While the server does not take the restoring write it is tried again, but not for ever")
    func serverTrouble() throws {
        var machine = try failed { $0.spec.timeoutSeconds = 60 }
        #expect(machine.hindered("no route to host") == .settle(lookAgain: .seconds(5)))
        #expect(machine.status.message.contains("no route to host"))
        var again = self.machine(written(machine), try Given.cluster(size: 5), after: 30)
        #expect(again.begin() == .restore(["clusterSize": 3]))
        var late = self.machine(written(machine), try Given.cluster(size: 5), after: 66)
        _ = late.begin()
        _ = late.hindered("no route to host")
        #expect(late.status.phase == .failed && late.status.reason == "PodsFail")
        #expect(late.status.conditions["RolledBack"]?.status == .false)
    }

    @Test(
        "Cancelled or deleted while it runs, the spec is restored first; nothing is waited for then",
        arguments: [false, true]
    )
    func cancel(isDeleted: Bool) throws {
        var request = try executed()
        if isDeleted { request.metadata.deletionTimestamp = Given.start } else { request.spec.cancel = true }
        var machine = machine(request, try Given.cluster(.scaling, size: 5), after: 5)
        #expect(machine.begin() == .restore(["clusterSize": 3]))
        #expect(machine.status.phase == .running, "not cancelled before it is restored")
        var restarted = self.machine(written(machine), try Given.cluster(.scaling, size: 5), after: 6)
        #expect(restarted.begin() == .restore(["clusterSize": 3]))
        _ = restarted.restored()
        #expect(restarted.status.phase == .cancelled && restarted.status.reason == "Cancelled")
        #expect(restarted.status.message.contains(isDeleted ? "deleted while it ran" : "cancelled"))
        #expect(restarted.status.actionLog.map(\.action) == ["Start", "ApplySpec", "Restore", "Finish"])
    }

    @Test("Cancelled between the record and the write, nothing stands there to be restored")
    func cancelBeforeTheWrite() throws {
        var first = machine(Given.request(), try Given.cluster(), after: 0)
        _ = first.begin()
        _ = first.answered(Given.scaling)
        var request = written(first)
        request.spec.cancel = true
        var machine = machine(request, try Given.cluster(), after: 2)
        _ = machine.begin()
        #expect(machine.status.phase == .cancelled)
        #expect(machine.status.actionLog.map(\.action) == ["Start", "ApplySpec", "Finish"])
        #expect(machine.status.actionLog.map(\.status) == ["Done", "Failed", "Done"])
    }

    @Test("What changed nothing in the spec ends at once when it is cancelled, and says what goes on")
    func cancelImperative() throws {
        var first = machine(Given.request("restart", .restart), try Given.cluster(), after: 0)
        _ = first.begin()
        _ = first.answered(.intents([], log: "asked for a restart"))
        _ = first.executed(native: [])
        var request = written(first)
        request.spec.cancel = true
        var machine = machine(request, try Given.cluster(.restarting), after: 5)
        _ = machine.begin()
        #expect(machine.status.phase == .cancelled && machine.status.message.contains("goes on"))
        #expect(machine.status.conditions["RolledBack"] == nil)
    }

    @Test("Cancelled or deleted while it rolls back, it ends when the spec is restored")
    func impatience() throws {
        var machine = try failed()
        _ = machine.restored()
        var request = written(machine)
        request.metadata.deletionTimestamp = Given.start
        var deleted = self.machine(request, try Given.cluster(.updating), after: 9)
        _ = deleted.begin()
        #expect(deleted.status.phase == .failed && deleted.status.reason == "PodsFail")
    }

    @Test("A cluster that goes ends it: cancelled while it ran, failed when it had failed before")
    func clusterGoes() throws {
        var going = try Given.cluster(size: 5)
        going.metadata.deletionTimestamp = Given.start
        for cluster in [going, nil] {
            var running = machine(try executed(), cluster, after: 5)
            _ = running.begin()
            #expect(running.status.phase == .cancelled && running.status.reason == "ClusterDeleted")
            var reverting = machine(written(try failed()), cluster, after: 6)
            _ = reverting.begin()
            #expect(reverting.status.phase == .failed && reverting.status.reason == "PodsFail")
            #expect(reverting.status.conditions["RolledBack"]?.reason == "ClusterDeleted")
        }
    }
}

struct Unexpected: Error {
    let what: String
    init(_ what: String) { self.what = what }
}
