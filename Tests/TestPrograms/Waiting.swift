/// Why a test could not go on, or what was wrong in it.
package struct Failure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Asks again until there is an answer; throws a sentence when the time is over.
@discardableResult
package func eventually<Value>(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    every pause: Duration = .milliseconds(50),
    _ look: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await look() { return value }
        guard ContinuousClock.now < deadline else { throw Failure("waited \(limit) in vain for \(what())") }
        try await Task.sleep(for: pause)
    }
}

/// Asks again until the answer is yes; throws a sentence when the time is over.
package func wait(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    until isTrue: () async throws -> Bool
) async throws {
    try await eventually(what(), within: limit, every: .milliseconds(20)) { try await isTrue() ? () : nil }
}
