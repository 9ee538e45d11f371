/// Why something could not be measured, as a sentence for who has asked for it.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks again until the answer is yes; throws when the time is over.
///
/// - Returns: how long it took.
@discardableResult
func wait(
    _ what: @autoclosure () -> String,
    within limit: Duration,
    every pause: Duration = .milliseconds(20),
    until isTrue: () async throws -> Bool
) async throws -> Duration {
    let start = ContinuousClock.now
    while try await !isTrue() {
        guard start.duration(to: .now) < limit else {
            throw BenchmarkFailure("waited \(limit.components.seconds) s in vain for \(what())")
        }
        try await Task.sleep(for: pause)
    }
    return start.duration(to: .now)
}
