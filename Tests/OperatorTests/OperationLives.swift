import CRDs
import KubernetesAPI
import Testing

@testable import Operator

/// What suites on the life of an OpsRequest begin from.
protocol OperationLives {}

extension OperationLives {
    func machine(
        _ request: OpsRequest,
        _ cluster: DatabaseCluster?,
        others: [OpsRequest] = [],
        after seconds: Int64 = 0
    ) -> OperationMachine {
        let now = Timestamp(seconds: Given.start.seconds + seconds)
        return OperationMachine(OperationSituation(request: request, cluster: cluster, others: others, now: now))
    }

    /// The request as it stands after the machine's status was written.
    func written(_ machine: OperationMachine) -> OpsRequest {
        var request = machine.situation.request
        request.status = machine.status
        return request
    }

    /// A request that was started and whose writes, 5 members for 3, were carried out.
    func executed(_ change: (inout OpsRequest) -> Void = { _ in }) throws -> OpsRequest {
        var machine = machine(Given.request(change: change), try Given.cluster())
        #expect(machine.begin() == .ask)
        #expect(machine.answered(Given.scaling) == .execute)
        #expect(machine.executed(native: []) == .observe)
        return written(machine)
    }
}
