package import CoreMetrics
import Synchronization

/// All metrics of the process, in the Prometheus text format (version 0.0.4).
///
/// A swift-metrics factory: counters become counters; gauges, meters and recorders that do not aggregate become gauges;
/// timers and recorders that aggregate become histograms, timers in seconds. The same name and labels give the same
/// series. Each family is bounded, so that a label that takes ever new values cannot fill the memory.
package final class PrometheusRegistry: MetricsFactory {
    private struct Family: Sendable {
        let kind: MetricKind
        var series: [LabelSet: any Series] = [:]
    }

    private struct Description: Sendable {
        var help: String
        var buckets: [Double]?
    }

    private struct State: Sendable {
        var families: [String: Family] = [:]
        var descriptions: [String: Description] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    /// The bounds of histograms that were given none, in seconds: from half a millisecond to a minute.
    package static let defaultBuckets: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// How many series a family may have.
    package static let seriesLimit = 2000

    private let state = Mutex(State())

    /// An empty registry.
    package init() {}

    /// Says what a family means, and the ascending bounds if it is a histogram; to be called before its first use.
    package func describe(_ name: String, help: String, buckets: [Double]? = nil) {
        state.withLock { $0.descriptions[MetricName.metric(name)] = Description(help: help, buckets: buckets) }
    }

    /// Calls back before each exposition, so that gauges can be brought up to date.
    package func onCollect(_ collector: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// Sets a gauge, for collectors.
    package func setGauge(_ name: String, _ labels: [(String, String)] = [], to value: Double) {
        gauge(name, labels)?.set(value)
    }

    /// Sets a counter to a total that somebody else counts, for collectors.
    package func setCounter(_ name: String, _ labels: [(String, String)] = [], to total: Double) {
        counter(name, labels)?.set(total: total)
    }

    /// Everything, families by name and series by labels.
    package func exposition() -> String {
        for collector in state.withLock({ $0.collectors }) { collector() }
        let (families, descriptions) = state.withLock { ($0.families, $0.descriptions) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            let help = descriptions[name]?.help ?? ""
            if !help.isEmpty { text += "# HELP \(name) \(MetricName.escapeHelp(help))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key.text < $1.key.text }) {
                series.write(name: name, labels: labels, to: &text)
            }
        }
        return text
    }

    /// The media type of `exposition`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? DiscardingInstrument()
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? DiscardingInstrument()
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? DiscardingInstrument()
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            histogram(label, dimensions) ?? DiscardingInstrument()
        } else {
            gauge(label, dimensions) ?? DiscardingInstrument()
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? DiscardingInstrument()
    }

    package func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }
}

extension PrometheusRegistry {
    private func counter(_ name: String, _ labels: [(String, String)]) -> PrometheusCounter? {
        series(name, labels, .counter) { _ in PrometheusCounter() }
    }

    private func gauge(_ name: String, _ labels: [(String, String)]) -> PrometheusGauge? {
        series(name, labels, .gauge) { _ in PrometheusGauge() }
    }

    private func histogram(_ name: String, _ labels: [(String, String)]) -> PrometheusHistogram? {
        series(name, labels, .histogram) { PrometheusHistogram(bounds: $0 ?? Self.defaultBuckets) }
    }

    /// The series of that name and labels, or nil when the name is taken by another kind or the family is full.
    private func series<Instrument: Series>(
        _ name: String,
        _ labels: [(String, String)],
        _ kind: MetricKind,
        make: ([Double]?) -> Instrument
    ) -> Instrument? {
        let name = MetricName.metric(name)
        let labels = LabelSet(labels)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let known = family.series[labels] { return known as? Instrument }
            guard family.kind == kind, family.series.count < Self.seriesLimit else { return nil }
            let series = make(state.descriptions[name]?.buckets)
            family.series[labels] = series
            state.families[name] = family
            return series
        }
    }

    private func destroy(_ handler: AnyObject) {
        state.withLock { state in
            for (name, family) in state.families {
                for (labels, series) in family.series where series === handler {
                    state.families[name]?.series[labels] = nil
                }
            }
        }
    }
}
