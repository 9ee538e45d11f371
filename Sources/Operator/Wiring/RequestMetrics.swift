import ControllerRuntime
import KubernetesClient
import Metrics

/// What became of requests to the API server, under the names the ecosystem's dashboards know.
enum RequestMetrics {
    /// Counts an exchange; one that got no answer has the code `<error>`, as client-go has it.
    static func count(_ exchange: RequestObservation, in factory: any MetricsFactory) {
        Counter(
            label: "rest_client_requests_total",
            dimensions: [
                ("code", exchange.status.map(String.init) ?? "<error>"), ("host", exchange.host),
                ("method", exchange.method),
            ],
            factory: factory
        ).increment()
        Recorder(
            label: "rest_client_request_duration_seconds",
            dimensions: [("host", exchange.host), ("verb", exchange.method)],
            factory: factory
        ).record(exchange.duration.seconds)
    }
}
