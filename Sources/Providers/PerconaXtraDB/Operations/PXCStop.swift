import CRDs
import JSON
import KubernetesAPI

/// Stop pauses the cluster, Start takes that back; volumes, services and Secrets stay.
struct PXCStop {
    private let stops: Bool
    private let state: PXCOperationState

    init(_ operation: OperationContext, stops: Bool) {
        self.stops = stops
        state = PXCOperationState(operation)
    }

    func answer() -> OperationAnswer {
        guard state.child != nil else { return .refused(state.absent) }
        // A backup would lose the member it copies from, and Percona's operator does not wait for it; to begin it needs
        // members that run.
        if stops, let busy = state.busy { return .notYet(busy) }
        return .stopping(state.plan.cluster, stops, report: report())
    }

    func report() -> OperationReport { stops ? stopReport() : startReport() }

    private func stopReport() -> OperationReport {
        guard let child = state.child, child.isPaused else {
            return .running(percent: 0, waitingFor: "Percona's operator to be told to stop the members")
        }
        let proxies = state.plan.pods(of: "haproxy") + state.plan.pods(of: "proxysql")
        let percent = OperationReport.percent(state.wanted - state.pods.count, of: state.wanted)
        guard state.pods.isEmpty, proxies.isEmpty, child.state == "paused", child.hasSeenSpec else {
            return .running(
                percent: percent,
                waitingFor: "\(state.pods.count) members and \(proxies.count) proxies to stop; Percona's operator says "
                    + "\"\(child.state)\""
            )
        }
        return .succeeded(evidence: [
            "no pod of a member or proxy is left", "\(state.plan.claimsInUse.count) data volumes are kept",
            "the PerconaXtraDBCluster is paused",
        ])
    }

    private func startReport() -> OperationReport {
        let ready = state.pods.count(where: \.isReady)
        let percent = OperationReport.percent(ready, of: state.wanted)
        guard let child = state.child, !child.isPaused else {
            return .running(percent: percent, waitingFor: "Percona's operator to be told to start the members")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: [
            "\(ready) of \(state.wanted) members are ready", "the PerconaXtraDBCluster is not paused and ready",
        ])
    }
}
