import CRDs
import JSON
import KubernetesAPI

/// A rolling restart by a stamp in the pods' template: Percona's operator restarts one member after the other, the one
/// that takes the writes last.
struct PXCRestart {
    private let operation: OperationContext
    private let state: PXCOperationState

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        if let busy = state.busy { return .notYet(busy) }
        let stamp = PXCRestartStamp(operation)
        return .intents(
            [stamp.intent(on: "pxc", of: state.plan.cluster.metadata.key)] + brokenMembers(stamp),
            log: "asked for a rolling restart with stamp \(operation.stamp)"
        )
    }

    /// Nothing is rolled while a member is not ready, so one that cannot start is recreated directly.
    ///
    /// One that is only catching up is left to it. Each by its uid: repeated, the deletion does not hit its successor.
    private func brokenMembers(_ stamp: PXCRestartStamp) -> [Intent] {
        state.pods
            .filter { pod in
                !pod.isReady && !pod.metadata.isBeingDeleted && !stamp.isOn(pod)
                    && pod.container(in: Pod.fatalReasons) != nil
            }
            .map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) }
    }

    func report() -> OperationReport {
        let stamp = PXCRestartStamp(operation)
        let done = state.pods.filter { stamp.isOn($0) && $0.isReady }
        let percent = OperationReport.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { !stamp.isOn($0) }) {
            let cause = state.unsettled.map { "; Percona's operator waits for \($0)" } ?? ""
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to be restarted\(cause)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "\($0.metadata.name) was restarted after the request and is ready" })
    }
}

/// The mark of a restart: the request's creation time, on the template and then on each pod that is made by it.
struct PXCRestartStamp {
    private let stamp: Timestamp

    init(_ operation: OperationContext) { stamp = operation.stamp.wholeSecond }

    /// The operations' own field, so the cluster's steady state never takes it away.
    func intent(on part: String, of cluster: ObjectKey) -> Intent {
        .patch(
            .pxcCluster,
            cluster,
            format: .merge,
            body: ["spec": [part: ["annotations": [PXCAnnotation.restartedAt: .string(stamp.description)]]]]
        )
    }

    /// A later stamp is a later restart, which is as good.
    func isOn(_ pod: Pod) -> Bool {
        guard let text = pod.metadata.annotations[PXCAnnotation.restartedAt], let found = Timestamp(text) else {
            return false
        }
        return found >= stamp
    }
}
