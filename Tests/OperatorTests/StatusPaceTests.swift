import CRDs
import KubernetesAPI
import Testing

@testable import Operator

@Suite("How often the status of a cluster that is being made is written")
struct StatusPaceTests {
    private let cluster = ObjectKey(namespace: "default", name: "orders")
    private let start = ContinuousClock.now

    private func status(_ phase: DatabaseClusterPhase, _ message: String, ready: Int = 0) -> DatabaseClusterStatus {
        var status = DatabaseClusterStatus()
        status.phase = phase
        status.message = message
        status.readyInstances = ready
        status.conditions.set(
            "Ready",
            .false,
            reason: phase.rawValue,
            message: message,
            now: Timestamp(seconds: 1),
            observedGeneration: 1
        )
        return status
    }

    @Test("Words alone are gathered for a second")
    func words() {
        var pace = StatusPace()
        let (first, second) = (status(.initializing, "Setting up primary"), status(.initializing, "Waiting for it"))
        let before = DatabaseClusterStatus()
        #expect(pace.pause(cluster, from: before, to: first, now: start) == nil)
        let pause = pace.pause(cluster, from: first, to: second, now: start + .milliseconds(300))
        #expect(pause == .milliseconds(700))
        #expect(pace.pause(cluster, from: first, to: second, now: start + .seconds(1)) == nil)
    }

    @Test("A number, a phase or a condition never waits, and neither does anything once the database is made")
    func facts() {
        var pace = StatusPace()
        let first = status(.initializing, "Setting up primary")
        _ = pace.pause(cluster, from: DatabaseClusterStatus(), to: first, now: start)
        let member = status(.initializing, "Setting up primary", ready: 1)
        #expect(pace.pause(cluster, from: first, to: member, now: start) == nil)
        var failing = member
        failing.conditions[0].reason = "CrashLoopBackOff"
        #expect(pace.pause(cluster, from: member, to: failing, now: start) == nil)
        let ready = status(.ready, "")
        #expect(pace.pause(cluster, from: failing, to: ready, now: start) == nil)
        #expect(pace.pause(cluster, from: ready, to: status(.degraded, "a"), now: start) == nil)
        #expect(pace.pause(cluster, from: status(.degraded, "a"), to: status(.degraded, "b"), now: start) == nil)
    }
}
