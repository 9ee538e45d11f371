import CRDs
import Metrics
import Providers

/// The operator's own metrics, under the names that the requirement documents give; series exist at zero from the start.
///
/// What each means stands in ``MetricCatalog``.
struct OperatorMetrics: Sendable {
    private let drift: [DriftType: Counter]
    private let cycles: Counter
    private let cycleSeconds: Recorder
    private let dequeued: Counter
    private let factory: any MetricsFactory

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        func counter(_ name: String, _ labels: [(String, String)] = []) -> Counter {
            let counter = Counter(label: name, dimensions: labels, factory: factory)
            counter.increment(by: 0)
            return counter
        }
        cycles = counter("dbaas_reconciliation_cycle_total")
        cycleSeconds = Recorder(label: "dbaas_reconciliation_cycle_duration_seconds", factory: factory)
        dequeued = counter("dbaas_queue_dequeue_total")
        drift = Dictionary(
            uniqueKeysWithValues: DriftType.allCases.map {
                ($0, counter("dbaas_drift_detected_total", [("type", $0.rawValue)]))
            }
        )
        for source in OperationSource.allCases {
            _ = counter("dbaas_operations_created_total", [("source", source.rawValue)])
        }
        for type in OpsRequestType.allCases {
            let label = ("type", type.rawValue)
            _ = counter("dbaas_queue_enqueue_total", [label])
            _ = counter("dbaas_operation_retry_total", [label])
            for phase in OpsRequestPhase.allCases where phase.isFinished {
                _ = counter("dbaas_operations_completed_total", [label, ("status", phase.rawValue)])
            }
            _ = Recorder(label: "dbaas_operation_duration_seconds", dimensions: [label], factory: factory)
        }
    }

    func lookedAtCluster() { cycles.increment() }

    /// How long one look at a cluster took.
    func cycleTook(seconds: Double) { cycleSeconds.record(seconds) }

    func driftPutBack(_ type: DriftType) { drift[type]?.increment() }

    /// Counts a step of an operation, once it is on record at the server.
    func count(_ change: OperationChange) {
        let type = ("type", change.request.spec.type.rawValue)
        let engine = ("engine", change.engine?.rawValue ?? "unknown")
        if change.isAcceptance {
            increment("dbaas_operations_created_total", [("source", change.source.rawValue)])
            increment("dbaas_queue_enqueue_total", [type])
            increment("dbaas_ops_request_created_total", [engine, type])
        }
        if change.isRetry { increment("dbaas_operation_retry_total", [type]) }
        guard let phase = change.newPhase else { return }
        increment("dbaas_ops_request_phase_total", [engine, type, ("phase", phase.rawValue)])
        if phase == .running { dequeued.increment() }
        guard phase.isFinished else { return }
        increment("dbaas_operations_completed_total", [type, ("status", phase.rawValue)])
        guard let seconds = change.seconds else { return }
        record(seconds, "dbaas_operation_duration_seconds", [type])
        record(seconds, "dbaas_ops_request_duration_seconds", [engine, type, ("phase", phase.rawValue)])
    }

    private func increment(_ name: String, _ labels: [(String, String)]) {
        Counter(label: name, dimensions: labels, factory: factory).increment()
    }

    private func record(_ seconds: Double, _ name: String, _ labels: [(String, String)]) {
        Recorder(label: name, dimensions: labels, factory: factory).record(seconds)
    }
}
