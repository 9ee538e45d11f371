import Metrics

/// The metrics of a controller, under the names the ecosystem's dashboards know.
struct ControllerMetrics: Sendable {
    enum Result: String, CaseIterable {
        case success
        case error
        case requeue
        case requeueAfter = "requeue_after"
    }

    private let results: [Result: Counter]
    let errors: Counter
    let terminalErrors: Counter
    let timeouts: Counter
    let seconds: Recorder
    let activeWorkers: Meter

    init(controller: String, workers: Int, factory: any MetricsFactory) {
        let labels = [("controller", controller)]
        func counter(_ label: String, _ more: [(String, String)] = []) -> Counter {
            let counter = Counter(label: label, dimensions: labels + more, factory: factory)
            counter.increment(by: 0)
            return counter
        }
        results = Dictionary(
            uniqueKeysWithValues: Result.allCases.map {
                ($0, counter("controller_runtime_reconcile_total", [("result", $0.rawValue)]))
            }
        )
        errors = counter("controller_runtime_reconcile_errors_total")
        terminalErrors = counter("controller_runtime_terminal_reconcile_errors_total")
        timeouts = counter("controller_runtime_reconcile_timeouts_total")
        seconds = Recorder(
            label: "controller_runtime_reconcile_time_seconds",
            dimensions: labels,
            factory: factory
        )
        activeWorkers = Meter(label: "controller_runtime_active_workers", dimensions: labels, factory: factory)
        activeWorkers.set(0)
        Gauge(label: "controller_runtime_max_concurrent_reconciles", dimensions: labels, factory: factory)
            .record(workers)
    }

    func count(_ result: Result) { results[result]?.increment() }
}
