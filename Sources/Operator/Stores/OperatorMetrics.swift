import CRDs
import Metrics

/// The operator's own metrics, under the names that the requirement documents give; series exist at zero from the start.
struct OperatorMetrics: Sendable {
    private let drift: [DriftType: Counter]
    private let reconciliations: Counter
    private let factory: any MetricsFactory

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        reconciliations = Counter(label: "dbaas_reconciliation_cycle_total", factory: factory)
        reconciliations.increment(by: 0)
        drift = Dictionary(
            uniqueKeysWithValues: DriftType.allCases.map { type in
                let labels = [("type", type.rawValue)]
                let counter = Counter(label: "dbaas_drift_detected_total", dimensions: labels, factory: factory)
                counter.increment(by: 0)
                return (type, counter)
            }
        )
    }

    func lookedAtCluster() { reconciliations.increment() }

    func driftPutBack(_ type: DriftType) { drift[type]?.increment() }

    func operationFinished(_ type: OpsRequestType, _ phase: OpsRequestPhase, seconds: Double?) {
        let labels = [("type", type.rawValue), ("status", phase.rawValue)]
        Counter(label: "dbaas_operations_completed_total", dimensions: labels, factory: factory).increment()
        guard let seconds else { return }
        Recorder(label: "dbaas_operation_duration_seconds", dimensions: [("type", type.rawValue)], factory: factory)
            .record(seconds)
    }
}
