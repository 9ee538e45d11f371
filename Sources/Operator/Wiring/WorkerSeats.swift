import Metrics
import Synchronization

/// Which of a controller's workers is busy, and how much each has done.
///
/// Who begins to work takes the first free seat; there are as many seats as workers.
final class WorkerSeats: Sendable {
    private struct Seat: Sendable {
        let busy: Gauge
        let processed: Counter
        let errors: Counter
        var isTaken = false
    }

    private let seats: Mutex<[Seat]>

    /// Seats `NAME-0` to `NAME-(count - 1)`.
    init(_ name: String, count: Int, factory: any MetricsFactory = MetricsSystem.factory) {
        let all = (0..<count).map { number in
            let labels = [("worker_id", "\(name)-\(number)")]
            let seat = Seat(
                busy: Gauge(label: "dbaas_worker_busy", dimensions: labels, factory: factory),
                processed: Counter(
                    label: "dbaas_worker_operations_processed",
                    dimensions: labels,
                    factory: factory
                ),
                errors: Counter(label: "dbaas_worker_errors", dimensions: labels, factory: factory)
            )
            seat.busy.record(0)
            seat.processed.increment(by: 0)
            seat.errors.increment(by: 0)
            return seat
        }
        seats = Mutex(all)
    }

    /// Works on a seat; its errors are the worker's.
    func withSeat<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        guard let (number, seat) = take() else { return try await work() }
        seat.busy.record(1)
        defer {
            seat.busy.record(0)
            seats.withLock { $0[number].isTaken = false }
        }
        do {
            let result = try await work()
            seat.processed.increment()
            return result
        } catch {
            if !Task.isCancelled { seat.errors.increment() }
            throw error
        }
    }

    private func take() -> (Int, Seat)? {
        seats.withLock { seats in
            guard let number = seats.firstIndex(where: { !$0.isTaken }) else { return nil }
            seats[number].isTaken = true
            return (number, seats[number])
        }
    }
}
