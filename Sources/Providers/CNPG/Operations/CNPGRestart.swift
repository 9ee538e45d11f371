import CRDs
import JSON
import KubernetesAPI

/// A rolling restart: CloudNativePG recreates each pod that does not carry the Cluster's stamp, the primary last.
struct CNPGRestart {
    private let operation: OperationContext
    private let state: CNPGOperationState

    init(_ operation: OperationContext) {
        self.operation = operation
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRollable { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let stamp = operation.stamp.description
        // The annotation is the operations' own field, so the cluster's steady state never takes it away.
        let mark = Intent.patch(
            .cnpgCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [CNPGAnnotation.restartedAt: .string(stamp)]]]
        )
        return .intents([mark] + failedReplicas(child), log: "asked for a rolling restart with stamp \(stamp)")
    }

    /// CloudNativePG rolls nothing while a member is not ready, so a replica that cannot start is recreated directly.
    ///
    /// One that is only joining, or catching up, is left to it. Each by its uid: repeated, the deletion does not hit its successor.
    private func failedReplicas(_ child: CNPGCluster) -> [Intent] {
        state.pods
            .filter { pod in
                !pod.isReady && !pod.metadata.isBeingDeleted && pod.metadata.name != child.currentPrimary
                    && !isRestarted(pod) && pod.container(in: Pod.fatalReasons) != nil
            }
            .map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) }
    }

    /// A later stamp is a later restart, which is as good.
    private func isRestarted(_ pod: Pod) -> Bool {
        guard let text = pod.metadata.annotations[CNPGAnnotation.restartedAt], let stamp = Timestamp(text) else {
            return false
        }
        return stamp >= operation.stamp.wholeSecond
    }

    func report() -> OperationReport {
        let done = state.pods.filter { isRestarted($0) && $0.isReady }
        let percent = CNPGOperationState.percent(done.count, of: state.wanted)
        if let pod = state.pods.first(where: { !isRestarted($0) }) {
            return .running(percent: percent, waitingFor: "member \(pod.metadata.name) to be recreated")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "\($0.metadata.name) was restarted after the request and is ready" })
    }
}
