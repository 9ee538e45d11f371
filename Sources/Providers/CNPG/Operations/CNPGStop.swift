import CRDs
import JSON
import KubernetesAPI

/// Stop is CloudNativePG's hibernation, declared in the Cluster's annotation; Start takes it back.
struct CNPGStop {
    private let stops: Bool
    private let state: CNPGOperationState

    init(_ operation: OperationContext, stops: Bool) {
        self.stops = stops
        state = CNPGOperationState(operation)
    }

    func answer() -> OperationAnswer { .stopping(state.plan.cluster, stops, report: report()) }

    func report() -> OperationReport { stops ? stopReport() : startReport() }

    /// The phase stays healthy all the while: the condition and the pods tell.
    private func stopReport() -> OperationReport {
        guard let child = state.child else { return .running(percent: 0, waitingFor: "the Cluster to be created") }
        let stopped = state.wanted - state.pods.count
        let percent = CNPGOperationState.percent(stopped, of: state.wanted)
        guard child.isToldToHibernate else {
            return .running(percent: 0, waitingFor: "CloudNativePG to be told to hibernate")
        }
        guard state.pods.isEmpty, child.isHibernated else {
            let words = child.hibernation.map { " (CloudNativePG says \($0.reason))" } ?? ""
            return .running(percent: percent, waitingFor: "\(state.pods.count) members to stop\(words)")
        }
        let volumes = state.plan.claims(role: "PG_DATA").count
        return .succeeded(evidence: [
            "no member pod is left", "\(volumes) data volumes are kept", "condition Hibernated",
        ])
    }

    private func startReport() -> OperationReport {
        let ready = state.pods.count(where: \.isReady)
        let percent = CNPGOperationState.percent(ready, of: state.wanted)
        guard let child = state.child, !child.isToldToHibernate, child.hibernation?.status != .true else {
            return .running(percent: percent, waitingFor: "CloudNativePG to end the hibernation")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: ["\(ready) of \(state.wanted) members are ready", "the hibernation has ended"])
    }
}
