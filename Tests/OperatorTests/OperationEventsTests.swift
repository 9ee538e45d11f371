import CRDs
import ControllerRuntime
import KubernetesAPI
import Providers
import Testing

@testable import Operator

@Suite("What is told of an operation")
struct OperationEventsTests: OperationLives {
    private func events(_ machine: OperationMachine) -> [OperationChange.Event] {
        OperationChange(
            request: machine.situation.request,
            engine: .postgresql,
            before: machine.situation.request.status,
            after: machine.status
        ).events
    }

    @Test("A refusal, a start, a retry, a rollback and an end each have their own word, with the cause in it")
    func words() throws {
        var refused = machine(Given.request(), try Given.cluster())
        _ = refused.begin()
        _ = refused.answered(.refused(Refusal("StorageCannotShrink", "ask for more than 10Gi")))
        #expect(
            events(refused) == [
                .init(
                    severity: .warning,
                    reason: "OperationRefused",
                    note: "HorizontalScaling: StorageCannotShrink: ask for more than 10Gi"
                )
            ]
        )
        var started = machine(Given.request { $0.spec.rollbackPolicy = .onFailure }, try Given.cluster())
        _ = started.begin()
        _ = started.answered(Given.scaling)
        #expect(
            events(started) == [
                .init(severity: .normal, reason: "OperationStarted", note: "HorizontalScaling: clusterSize 3 → 5")
            ]
        )
        _ = started.executed(native: [])
        var retried = machine(written(started), try Given.cluster(size: 5), after: 5)
        _ = retried.begin()
        _ = retried.reported(.retryable(Refusal("BackupFailed", "no space left")))
        #expect(events(retried).map(\.reason) == ["OperationRetried"])
        #expect(events(retried).first?.note.contains("no space left") == true)

        var failed = machine(written(started), try Given.cluster(size: 5), after: 5)
        _ = failed.begin()
        _ = failed.reported(.failed(Refusal("MemberCannotStart", "FATAL: could not map shared memory")))
        #expect(events(failed).map(\.reason) == ["OperationRollingBack"])
        _ = failed.restored()
        var ended = machine(written(failed), try Given.cluster(), after: 9)
        _ = ended.begin()
        #expect(events(ended).map(\.reason) == ["OperationFailed"])
        #expect(events(ended).first?.note.contains("could not map shared memory") == true)
        #expect(events(machine(written(ended), try Given.cluster(), after: 10)).isEmpty)
    }
}
