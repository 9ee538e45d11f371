import Metrics

/// The metrics of a work queue, under the names the ecosystem's dashboards know.
struct WorkQueueMetrics: Sendable {
    let adds: Counter
    let retries: Counter
    let queueDuration: Recorder
    let workDuration: Recorder
    private let depth: [Gauge]
    private let unfinished: Gauge
    private let longest: Gauge

    init(name: String, factory: any MetricsFactory) {
        let labels = [("name", name), ("controller", name)]
        adds = Counter(label: "workqueue_adds_total", dimensions: labels, factory: factory)
        retries = Counter(label: "workqueue_retries_total", dimensions: labels, factory: factory)
        queueDuration = Recorder(label: "workqueue_queue_duration_seconds", dimensions: labels, factory: factory)
        workDuration = Recorder(label: "workqueue_work_duration_seconds", dimensions: labels, factory: factory)
        depth = Priority.allCases.map { priority in
            Gauge(
                label: "workqueue_depth",
                dimensions: labels + [("priority", priority.description)],
                factory: factory
            )
        }
        unfinished = Gauge(label: "workqueue_unfinished_work_seconds", dimensions: labels, factory: factory)
        longest = Gauge(
            label: "workqueue_longest_running_processor_seconds",
            dimensions: labels,
            factory: factory
        )
        adds.increment(by: 0)
        retries.increment(by: 0)
        report(ready: Array(repeating: 0, count: depth.count), 0, 0)
    }

    /// Writes the gauges.
    func report(ready: [Int], _ unfinishedSeconds: Double, _ longestSeconds: Double) {
        for (gauge, count) in zip(depth, ready) { gauge.record(count) }
        unfinished.record(unfinishedSeconds)
        longest.record(longestSeconds)
    }
}
