import Observability

/// What one family of metrics means.
struct MetricEntry: Sendable {
    let name: String
    let kind: MetricKind
    let labels: [String]
    let help: String
    var buckets: [Double]?

    init(
        _ name: String,
        _ kind: MetricKind,
        _ labels: [String],
        _ help: String,
        buckets: [Double]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
        self.buckets = buckets
    }

    /// One without labels.
    init(_ name: String, _ kind: MetricKind, _ help: String) { self.init(name, kind, [], help) }
}

/// Every family that `/metrics` can show; docs/metrics.md holds the same, and a test compares the two.
enum MetricCatalog {
    static let groups: [(title: String, entries: [MetricEntry])] = [
        ("The operator's own", own), ("Reconciling", reconciling), ("Work queues", queues),
        ("Requests to the API server", requests), ("Leader election and process", process),
    ]

    /// Tells the registry what its families mean.
    static func describe(in registry: PrometheusRegistry) {
        for entry in groups.flatMap(\.entries) {
            registry.describe(entry.name, help: entry.help, buckets: entry.buckets)
        }
    }

    /// Operations last from seconds to an hour.
    private static let long: [Double] = [10, 30, 60, 120, 300, 600, 1800, 3600]

    private static let own = [
        MetricEntry("dbaas_reconciliation_cycle_total", .counter, "Looks at DatabaseClusters."),
        MetricEntry("dbaas_reconciliation_cycle_duration_seconds", .histogram, "How long a look at a cluster takes."),
        MetricEntry(
            "dbaas_drift_detected_total",
            .counter,
            ["type"],
            "Edits by others of fields that are ours, each put back: size, replicas, storage, configuration or other."
        ),
        MetricEntry(
            "dbaas_operations_created_total",
            .counter,
            ["source"],
            "OpsRequests taken up for the first time, by who filed them: reconciler (the operator itself) or user."
        ),
        MetricEntry(
            "dbaas_operations_completed_total",
            .counter,
            ["type", "status"],
            "OpsRequests that have ended, by how."
        ),
        MetricEntry(
            "dbaas_operation_duration_seconds",
            .histogram,
            ["type"],
            "From the beginning of an operation to its end.",
            buckets: long
        ),
        MetricEntry("dbaas_operation_retry_total", .counter, ["type"], "Operations begun once more after a failure."),
        MetricEntry(
            "dbaas_ops_request_created_total",
            .counter,
            ["engine", "type"],
            "OpsRequests taken up, by engine."
        ),
        MetricEntry(
            "dbaas_ops_request_phase_total",
            .counter,
            ["engine", "type", "phase"],
            "Phases that OpsRequests have entered."
        ),
        MetricEntry(
            "dbaas_ops_request_duration_seconds",
            .histogram,
            ["engine", "type", "phase"],
            "From the beginning of an operation to its end, by engine and last phase.",
            buckets: long
        ),
        MetricEntry("dbaas_queue_depth", .gauge, "OpsRequests that wait for a worker."),
        MetricEntry("dbaas_queue_processing", .gauge, "OpsRequests that a worker looks at now."),
        MetricEntry("dbaas_queue_enqueue_total", .counter, ["type"], "OpsRequests that have joined the queue."),
        MetricEntry("dbaas_queue_dequeue_total", .counter, "OpsRequests that have left the queue and begun to run."),
        MetricEntry("dbaas_worker_busy", .gauge, ["worker_id"], "1 while the worker works, else 0."),
        MetricEntry(
            "dbaas_worker_operations_processed",
            .counter,
            ["worker_id"],
            "Looks that the worker has finished."
        ),
        MetricEntry("dbaas_worker_errors", .counter, ["worker_id"], "Looks of the worker that have failed."),
        MetricEntry(
            "dbaas_undecodable_objects_total",
            .counter,
            ["kind"],
            "Objects that could not be read and are left out until they change."
        ),
        MetricEntry("dbaas_events_dropped_total", .counter, "Events that were not written, as there were too many."),
    ]

    private static let reconciling = [
        MetricEntry(
            "controller_runtime_reconcile_total",
            .counter,
            ["controller", "result"],
            "Reconciles by result: success, error, requeue or requeue_after."
        ),
        MetricEntry("controller_runtime_reconcile_errors_total", .counter, ["controller"], "Reconciles that failed."),
        MetricEntry(
            "controller_runtime_terminal_reconcile_errors_total",
            .counter,
            ["controller"],
            "Reconciles that failed so that only a change of the object can help."
        ),
        MetricEntry(
            "controller_runtime_reconcile_timeouts_total",
            .counter,
            ["controller"],
            "Reconciles that were cancelled because they took too long."
        ),
        MetricEntry(
            "controller_runtime_reconcile_time_seconds",
            .histogram,
            ["controller"],
            "How long a reconcile takes."
        ),
        MetricEntry("controller_runtime_active_workers", .gauge, ["controller"], "Workers that work now."),
        MetricEntry("controller_runtime_max_concurrent_reconciles", .gauge, ["controller"], "Workers there are."),
    ]

    private static let queues = [
        MetricEntry(
            "workqueue_depth",
            .gauge,
            ["controller", "name", "priority"],
            "Keys that are ready to be worked on."
        ),
        MetricEntry("workqueue_adds_total", .counter, ["controller", "name"], "Keys that were added."),
        MetricEntry(
            "workqueue_queue_duration_seconds",
            .histogram,
            ["controller", "name"],
            "How long a key is ready before a worker takes it."
        ),
        MetricEntry(
            "workqueue_work_duration_seconds",
            .histogram,
            ["controller", "name"],
            "How long a worker works on a key."
        ),
        MetricEntry(
            "workqueue_unfinished_work_seconds",
            .gauge,
            ["controller", "name"],
            "How long all work under way has lasted, summed up."
        ),
        MetricEntry(
            "workqueue_longest_running_processor_seconds",
            .gauge,
            ["controller", "name"],
            "How long the longest work under way has lasted."
        ),
        MetricEntry("workqueue_retries_total", .counter, ["controller", "name"], "Keys tried again after a failure."),
    ]

    private static let requests = [
        MetricEntry(
            "rest_client_requests_total",
            .counter,
            ["code", "host", "method"],
            "Requests by HTTP status; a watch counts when it begins, and the code is <error> when no answer came."
        ),
        MetricEntry(
            "rest_client_request_duration_seconds",
            .histogram,
            ["host", "verb"],
            "From sending a request to its whole answer, or to the head of a watch."
        ),
    ]

    private static let process = [
        MetricEntry("leader_election_master_status", .gauge, ["name"], "1 while this process leads, else 0."),
        MetricEntry(
            "leader_election_slowpath_total",
            .counter,
            ["name"],
            "Renewals by a leader that met a Lease somebody else had written."
        ),
        MetricEntry("dbaas_build_info", .gauge, ["version"], "The version that runs; always 1."),
        MetricEntry("process_resident_memory_bytes", .gauge, "Resident memory size in bytes."),
        MetricEntry("process_cpu_seconds_total", .counter, "User and system CPU time spent in seconds."),
        MetricEntry("process_open_fds", .gauge, "Number of open file descriptors."),
        MetricEntry("process_start_time_seconds", .gauge, "Start time of the process since 1970 in seconds."),
    ]
}
