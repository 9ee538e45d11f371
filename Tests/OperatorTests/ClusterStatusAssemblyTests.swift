import CRDs
import JSON
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("The status of a DatabaseCluster")
struct ClusterStatusAssemblyTests {
    private static let child = ObjectReference(apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", name: "orders")
    private static let refusal = Refusal("InvalidParameter", "config: work_mem is no size")
    private static let unwritable = ClusterVerdict.writeFailed(
        reason: "WriteRefused",
        message: "unknown field",
        isFinal: true,
        isDrift: false
    )
    private static let outage = ClusterVerdict.writeFailed(
        reason: "WriteRefused",
        message: "webhook down",
        isFinal: false,
        isDrift: true
    )

    private func status(
        _ verdict: ClusterVerdict,
        _ phase: DatabaseClusterPhase = .ready,
        hasChild: Bool = true,
        conditions: [ReportedCondition] = [],
        before: DatabaseClusterStatus? = nil
    ) throws -> DatabaseClusterStatus {
        var cluster = try Given.cluster()
        cluster.status = before ?? DatabaseClusterStatus()
        var report = ClusterReport(phase: phase, message: phase == .ready ? "" : "the child's words")
        report.child = hasChild ? Self.child : nil
        report.conditions = conditions
        return ClusterStatusAssembly(
            cluster: cluster,
            verdict: verdict,
            report: report,
            operation: nil,
            now: Given.start
        ).status()
    }

    /// As kstatus computes it from the generations and the conditions.
    private func health(_ status: DatabaseClusterStatus) -> String {
        if status.observedGeneration != 4 { return "InProgress" }
        if status.conditions.isTrue("Reconciling") { return "InProgress" }
        if status.conditions.isTrue("Stalled") { return "Failed" }
        return status.conditions.isTrue("Ready") ? "Current" : "InProgress"
    }

    @Test(
        "Tools that know nothing of it read its health right",
        arguments: [
            (ClusterVerdict.applied, DatabaseClusterPhase.ready, "Current"), (.applied, .initializing, "InProgress"),
            (.applied, .scaling, "InProgress"), (.applied, .failed, "Failed"), (.applied, .degraded, "InProgress"),
            (.applying(message: "not seen"), .ready, "InProgress"), (.applying(message: "not seen"), .failed, "Failed"),
            (.refused([refusal]), .ready, "Failed"), (.refused([refusal]), .initializing, "Failed"),
            (.withoutProvider(refusal), .ready, "Failed"), (.providerMissing([.pod]), .ready, "InProgress"),
            (.waiting(reason: "StorageMissing", message: "no storage"), .ready, "InProgress"),
            (unwritable, .ready, "Failed"), (outage, .ready, "InProgress"),
            (.deleting(message: "going"), .deleting, "InProgress"),
        ]
    )
    func kstatus(verdict: ClusterVerdict, phase: DatabaseClusterPhase, expected: String) throws {
        let status = try status(verdict, phase)
        #expect(health(status) == expected)
        let ready = try #require(status.conditions["Ready"], "Ready is always there")
        #expect(ready.status == .true || !ready.message.isEmpty, "and says why when it is not so")
        for type in ["Reconciling", "Stalled"] {
            guard let condition = status.conditions[type] else { continue }
            #expect(condition.status == .true, "\(type) is there only when True")
            #expect(!condition.message.isEmpty)
        }
        #expect(!(status.conditions.isTrue("Reconciling") && status.conditions.isTrue("Stalled")))
        #expect(status.conditions.allSatisfy { !$0.reason.isEmpty })
    }

    @Test("A wish that is refused says so while the database goes on as it was")
    func refused() throws {
        let running = try status(.refused([Self.refusal]))
        #expect(running.phase == .ready && running.message == Self.refusal.message)
        #expect(running.conditions["Accepted"]?.reason == "InvalidParameter")
        #expect(running.conditions["ChildSynced"]?.status == .unknown)
        let new = try status(.refused([Self.refusal]), .pending, hasChild: false)
        #expect(new.phase == .failed)
    }

    @Test("Progress that is over leaves no trace")
    func recovers() throws {
        let stalled = try status(Self.unwritable)
        #expect(stalled.conditions["ChildSynced"]?.reason == "WriteRefused")
        let busy = try status(.applied, .scaling, before: stalled)
        #expect(busy.conditions["Stalled"] == nil && busy.conditions.isTrue("Reconciling"))
        let ready = try status(.applied, before: busy)
        #expect(ready.conditions["Reconciling"] == nil && ready.message.isEmpty)
        #expect(try status(.applied, before: ready) == ready, "at rest nothing is left to write")
    }

    @Test("While paused, what nobody has acted upon does not count as observed")
    func paused() throws {
        var before = DatabaseClusterStatus()
        before.observedGeneration = 3
        let status = try status(.paused, before: before)
        #expect(status.observedGeneration == 3)
        #expect(status.conditions["Ready"]?.observedGeneration == 3)
        #expect(status.message.contains("paused"))
    }

    @Test("A put-back that fails shows as drift, and what the provider has no word about any more goes")
    func conditions() throws {
        #expect(try status(Self.outage).conditions.isTrue("Drifted"))
        let backup = ReportedCondition("BackupConfigured", .true, "Configured")
        let with = try status(.applied, conditions: [backup])
        #expect(with.conditions.isTrue("BackupConfigured"))
        #expect(try status(.applied, before: with).conditions["BackupConfigured"] == nil)
        let unasked = try status(.providerMissing([.pod]), before: with)
        #expect(unasked.conditions["BackupConfigured"] != nil, "a look that asked nothing says nothing")
    }
}

@Suite("What is told about a DatabaseCluster")
struct ClusterEventsTests {
    private func status(
        _ phase: DatabaseClusterPhase,
        _ conditions: [(String, ConditionStatus, String)] = []
    ) -> DatabaseClusterStatus {
        var status = DatabaseClusterStatus()
        status.phase = phase
        status.message = "the child's words"
        for (type, value, reason) in conditions {
            status.conditions.set(type, value, reason: reason, message: "why", now: Given.start)
        }
        return status
    }

    @Test("A change is told once, a warning when it is bad, and nothing at rest")
    func changes() {
        let accepted = status(.initializing, [("Accepted", .true, "Accepted"), ("ChildSynced", .true, "Applied")])
        let ready = status(.ready, [("Accepted", .true, "Accepted"), ("ChildSynced", .true, "Applied")])
        #expect(ClusterEvents.between(DatabaseClusterStatus(), accepted).map(\.reason) == ["Accepted"])
        #expect(ClusterEvents.between(accepted, ready).map(\.reason) == ["Ready"])
        #expect(ClusterEvents.between(ready, ready).isEmpty)
        let unwritable = status(.ready, [("Accepted", .true, "Accepted"), ("ChildSynced", .false, "WriteRefused")])
        #expect(
            ClusterEvents.between(ready, unwritable)
                == [ClusterEvents(isWarning: true, reason: "WriteRefused", note: "why")]
        )
        let degraded = ClusterEvents.between(ready, status(.degraded, [("Accepted", .true, "Accepted")]))
        #expect(degraded == [ClusterEvents(isWarning: true, reason: "Degraded", note: "the child's words")])
    }
}
