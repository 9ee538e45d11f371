import CoreMetrics
import Synchronization

/// A value that only grows.
final class PrometheusCounter: Series, CounterHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        // A counter that went down would be read as a restart.
        guard amount > 0 else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    /// For totals that somebody else counts.
    func set(total: Double) { value.withLock { $0 = total } }

    func write(name: String, labels: LabelSet, to text: inout String) {
        text += "\(name)\(labels.written()) \(MetricName.number(value.withLock { $0 }))\n"
    }
}

/// A value that goes up and down.
final class PrometheusGauge: Series, MeterHandler, RecorderHandler {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }

    func write(name: String, labels: LabelSet, to text: inout String) {
        text += "\(name)\(labels.written()) \(MetricName.number(value.withLock { $0 }))\n"
    }
}

/// How values are spread, by upper bounds; durations are in seconds.
final class PrometheusHistogram: Series, RecorderHandler, TimerHandler {
    private struct State: Sendable {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// Buckets up to each bound (ascending), and one for all that is larger.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        // A sum that has become NaN stays so for ever.
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    func write(name: String, labels: LabelSet, to text: inout String) {
        let state = state.withLock { $0 }
        var total: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < bounds.count ? MetricName.number(bounds[index]) : "+Inf"
            text += "\(name)_bucket\(labels.written(with: "le=\"\(bound)\"")) \(total)\n"
        }
        text += "\(name)_sum\(labels.written()) \(MetricName.number(state.sum))\n"
        text += "\(name)_count\(labels.written()) \(total)\n"
    }
}

/// Takes values and keeps nothing: for a name that is in use as another kind of metric, or too many series.
final class DiscardingInstrument: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler,
    TimerHandler
{
    func increment(by amount: Int64) {}
    func increment(by amount: Double) {}
    func decrement(by amount: Double) {}
    func reset() {}
    func set(_ value: Int64) {}
    func set(_ value: Double) {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
    func recordNanoseconds(_ duration: Int64) {}
}
