import CoreMetrics
import Observability
import Testing

@Suite struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry()

    private var lines: [String] { registry.exposition().split(separator: "\n").map(String.init) }

    @Test("Counters, gauges and histograms are written as Prometheus reads them")
    func exposition() {
        registry.describe("requests_total", help: "Requests, by \\ and\nline.")
        registry.describe("seconds", help: "", buckets: [0.1, 1])
        let counter = Counter(
            label: "requests_total",
            dimensions: [("path", "a\"b\\c\nd"), ("code", "200")],
            factory: registry
        )
        counter.increment(by: 3)
        Gauge(label: "depth", factory: registry).record(2.5)
        let recorder = Recorder(label: "seconds", dimensions: [("name", "q")], aggregate: true, factory: registry)
        for value in [0.05, 0.1, 0.5, 7] { recorder.record(value) }
        #expect(
            registry.exposition() == #"""
                # TYPE depth gauge
                depth 2.5
                # HELP requests_total Requests, by \\ and\nline.
                # TYPE requests_total counter
                requests_total{code="200",path="a\"b\\c\nd"} 3
                # TYPE seconds histogram
                seconds_bucket{name="q",le="0.1"} 2
                seconds_bucket{name="q",le="1"} 3
                seconds_bucket{name="q",le="+Inf"} 4
                seconds_sum{name="q"} 7.65
                seconds_count{name="q"} 4

                """#
        )
    }

    @Test("The same name and labels in any order are one series")
    func oneSeries() {
        for labels in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            Counter(label: "hits_total", dimensions: labels, factory: registry).increment()
        }
        #expect(lines == ["# TYPE hits_total counter", "hits_total{a=\"1\",b=\"2\"} 2"])
    }

    @Test("Timers are written in seconds, and dots in names become underscores")
    func timers() {
        Timer(label: "http.request.duration", factory: registry).recordNanoseconds(1_500_000_000)
        #expect(lines.contains("http_request_duration_sum 1.5"))
        #expect(lines.contains("http_request_duration_bucket{le=\"1\"} 0"))
        #expect(lines.contains("http_request_duration_bucket{le=\"2.5\"} 1"))
    }

    @Test("A meter goes up and down")
    func meters() {
        let meter = Meter(label: "active", factory: registry)
        meter.increment(by: 3)
        meter.decrement()
        #expect(lines.last == "active 2")
    }

    @Test("A name that is in use as another kind of metric does no harm")
    func kindConflict() {
        Counter(label: "thing", factory: registry).increment()
        Gauge(label: "thing", factory: registry).record(7)
        #expect(lines == ["# TYPE thing counter", "thing 1"])
    }

    @Test("A label that takes ever new values cannot fill the memory")
    func bounded() {
        for number in 0..<(PrometheusRegistry.seriesLimit + 500) {
            Counter(label: "wild_total", dimensions: [("id", "\(number)")], factory: registry).increment()
        }
        #expect(lines.count == PrometheusRegistry.seriesLimit + 1)
    }

    @Test("Gauges are brought up to date when metrics are read, and a process tells its memory")
    func collectors() {
        ProcessMetrics.register(in: registry, version: "1.2.3")
        registry.onCollect { [registry] in registry.setGauge("now", to: 4) }
        #expect(lines.contains("now 4"))
        #expect(lines.contains("dbaas_build_info{version=\"1.2.3\"} 1"))
        let memory = lines.first { $0.hasPrefix("process_resident_memory_bytes ") }
        let bytes = memory.flatMap { Double($0.split(separator: " ")[1]) } ?? 0
        #expect(bytes > 1_000_000)
        #expect(lines.contains { $0.hasPrefix("process_open_fds ") })
        #expect(lines.contains("# TYPE process_cpu_seconds_total counter"))
    }
}
