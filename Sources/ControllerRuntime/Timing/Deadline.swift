/// The work took longer than it may.
package struct DeadlineExceeded: Error, Sendable, CustomStringConvertible {
    package let limit: Duration
    package var description: String { "it took longer than \(Int(limit.seconds)) s and was cancelled" }
}

/// Runs `body` and cancels it when it takes longer than `limit`.
///
/// Returns when the body has ended, which a cancelled body should do soon. Throws ``DeadlineExceeded`` instead of what
/// the body throws once it was too late, and what the body throws otherwise.
package func withDeadline<Result: Sendable>(
    _ limit: Duration,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        while let first = try await group.next() {
            if let first { return first }
            group.cancelAll()
            if let late = try? await group.next(), let late { return late }
            throw DeadlineExceeded(limit: limit)
        }
        throw CancellationError()
    }
}
