import CRDs
import JSON
import KubernetesAPI

/// Has every member load its configuration and Secrets again, without a restart.
struct CNPGReload: CustomOperation {
    static let parameters: [String] = []

    private let state: CNPGOperationState
    private let stamp: String

    init(_ operation: OperationContext, _ parameters: [String: String]) {
        state = CNPGOperationState(operation)
        stamp = operation.stamp.description
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        guard let child = state.child else { return .refused(state.absent) }
        let mark = Intent.patch(
            .cnpgCluster,
            child.metadata.key,
            format: .merge,
            body: ["metadata": ["annotations": [CNPGAnnotation.reloadedAt: .string(stamp)]]]
        )
        return .intents([mark], log: "asked for a reload with stamp \(stamp)")
    }

    /// Nobody reports a reload: the members watch their Cluster, and it must stay healthy.
    func report() -> OperationReport {
        guard let found = state.child?.metadata.annotations[CNPGAnnotation.reloadedAt], found >= stamp else {
            return .running(percent: 0, waitingFor: "the Cluster to carry the stamp \(stamp)")
        }
        if let missing = state.unsettled { return .running(percent: 50, waitingFor: missing) }
        let seconds = CNPGReconfiguring.timeToReload.components.seconds
        guard state.hasHad(CNPGReconfiguring.timeToReload) else {
            return .running(percent: 50, waitingFor: "the members to reload, for which they get \(seconds) s")
        }
        return .succeeded(evidence: [
            "the Cluster carries the stamp \(found)", "all members stayed healthy for \(seconds) s",
        ])
    }
}
