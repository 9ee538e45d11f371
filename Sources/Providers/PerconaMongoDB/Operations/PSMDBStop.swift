import CRDs
import JSON
import KubernetesAPI

/// Stop is the cluster's `pause`; Start takes it back.
struct PSMDBStop {
    private let stops: Bool
    private let state: PSMDBOperationState

    init(_ operation: OperationContext, stops: Bool) {
        self.stops = stops
        state = PSMDBOperationState(operation)
    }

    func answer() -> OperationAnswer {
        .stopping(state.plan.cluster, stops, busy: state.underWay, report: report())
    }

    func report() -> OperationReport { stops ? stopReport() : startReport() }

    private func stopReport() -> OperationReport {
        guard let child = state.child else {
            return .running(percent: 0, waitingFor: "the PerconaServerMongoDB to be created")
        }
        guard child.isPaused else { return .running(percent: 0, waitingFor: "Percona's operator to be told to stop") }
        let left = state.allPods.count
        let percent = OperationReport.percent(state.wanted - state.pods.count, of: state.wanted)
        guard child.state == "paused", left == 0 else {
            if child.state == "ready", let backup = state.plan.runningBackup {
                return .running(
                    percent: percent,
                    waitingFor:
                        "backup \(backup.metadata.name), which is \(backup.stateText), to end; Percona's operator "
                        + "stops nothing before"
                )
            }
            return .running(
                percent: percent,
                waitingFor: "\(left) pods to stop; Percona's operator says \"\(child.state)\""
            )
        }
        return .succeeded(evidence: [
            "no member pod is left", "\(state.plan.allClaims.count) volumes are kept",
            "Percona's operator says \"paused\"",
        ])
    }

    private func startReport() -> OperationReport {
        let ready = state.pods.count(where: \.isReady)
        let percent = OperationReport.percent(ready, of: state.wanted)
        guard let child = state.child, !child.isPaused else {
            return .running(percent: percent, waitingFor: "Percona's operator to be told to start")
        }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: [
            "\(ready) of \(state.wanted) members are ready", "Percona's operator says \"ready\"",
        ])
    }
}
