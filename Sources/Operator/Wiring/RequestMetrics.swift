import ControllerRuntime
import KubernetesClient
import Metrics
import Synchronization

/// What became of requests to the API server, under the names the ecosystem's dashboards know.
final class RequestMetrics: Sendable {
    private struct Labels: Hashable {
        let status: Int?
        let method: String
        let host: String
    }

    private struct Instruments: Sendable {
        let count: Counter
        let seconds: Recorder
    }

    private let factory: any MetricsFactory
    /// Few: there is one for each code and method.
    private let instruments = Mutex<[Labels: Instruments]>([:])

    init(factory: any MetricsFactory) { self.factory = factory }

    /// Counts an exchange; one that got no answer has the code `<error>`, as client-go has it.
    func count(_ exchange: RequestObservation) {
        let labels = Labels(status: exchange.status, method: exchange.method, host: exchange.host)
        let instruments = instruments.withLock { known in
            if let instruments = known[labels] { return instruments }
            let instruments = make(labels)
            known[labels] = instruments
            return instruments
        }
        instruments.count.increment()
        instruments.seconds.record(exchange.duration.seconds)
    }

    private func make(_ labels: Labels) -> Instruments {
        Instruments(
            count: Counter(
                label: "rest_client_requests_total",
                dimensions: [
                    ("code", labels.status.map(String.init) ?? "<error>"), ("host", labels.host),
                    ("method", labels.method),
                ],
                factory: factory
            ),
            seconds: Recorder(
                label: "rest_client_request_duration_seconds",
                dimensions: [("host", labels.host), ("verb", labels.method)],
                factory: factory
            )
        )
    }
}
