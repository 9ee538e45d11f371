import CRDs
import JSON
import KubernetesAPI

/// A rolling restart: a stamp in the annotations of all pods, which Percona's operator rolls out like any other change,
/// the primary last.
///
/// The stamp is noted on the cluster, and rendered from there: the list of replica sets has one writer only.
struct PSMDBRestart {
    private let operation: OperationContext
    private let state: PSMDBOperationState

    init(_ operation: OperationContext) {
        self.operation = operation
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        if let refusal = state.underWay { return .notYet(refusal) }
        let stamp = operation.stamp.description
        let mark = Intent.patch(
            .psmdbCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [PSMDBAnnotation.restart: .string(stamp)]]]
        )
        return .intents([mark] + failedMembers(child), log: "asked for a rolling restart with stamp \(stamp)")
    }

    /// Percona's operator rolls nothing while a member is not ready, so one that cannot start is recreated directly.
    ///
    /// One that is only copying its data, or catching up, is left to it: it would begin anew. Each by its uid: repeated, the deletion does not hit its successor.
    private func failedMembers(_ child: PSMDBCluster) -> [Intent] {
        state.pods
            .filter { pod in
                !pod.isReady && !pod.metadata.isBeingDeleted && !child.isPrimary(pod.metadata.name)
                    && !isRestarted(pod) && pod.container(in: Pod.fatalReasons) != nil
            }
            .map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) }
    }

    /// A later stamp is a later restart, which is as good.
    private func isRestarted(_ pod: Pod) -> Bool {
        guard let text = pod.metadata.annotations[PSMDBAnnotation.restartedAt], let stamp = Timestamp(text) else {
            return false
        }
        return stamp >= operation.stamp.wholeSecond
    }

    func report() -> OperationReport {
        let pods = state.allPods
        let done = pods.filter { isRestarted($0) && $0.isReady }
        let percent = OperationReport.percent(done.count, of: pods.count)
        if let pod = pods.first(where: { !isRestarted($0) }) {
            let hindrance = pod.hindrance.map { " (\($0))" } ?? ""
            return .running(percent: percent, waitingFor: "pod \(pod.metadata.name) to be recreated\(hindrance)")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: done.map { "\($0.metadata.name) carries the stamp of the restart and is ready" })
    }
}
