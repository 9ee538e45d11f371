/// What a controller does with a key after a reconcile.
///
/// The table of outcomes in one place, as a function of values.
enum Verdict: Equatable {
    /// Forget its failures.
    case forget
    /// Forget its failures and look again after this time.
    case requeue(after: Duration)
    /// Try again at once.
    case again
    /// Try again after its backoff.
    case retry

    /// Why a reconcile failed, as far as the table looks at it.
    enum Failure: Equatable {
        case conflict
        case terminal
        case cancelled
        case other
    }

    /// - Parameters:
    ///   - failures: how often in a row the key had failed before.
    ///   - random: 0..<1, spreads requeues by 10 % so that keys do not come in step.
    static func of(_ outcome: Outcome, random: Double) -> Verdict {
        switch outcome {
        case .done: .forget
        case .requeue(let pause): .requeue(after: pause * (0.9 + random * 0.2))
        }
    }

    /// A conflict means that the store was behind: once, trying at once is right.
    static func of(_ failure: Failure, failures: Int) -> Verdict {
        switch failure {
        case .terminal: .forget
        case .conflict where failures == 0: .again
        case .conflict, .cancelled, .other: .retry
        }
    }
}
