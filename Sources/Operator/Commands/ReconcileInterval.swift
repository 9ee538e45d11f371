import ArgumentParser

/// How long a cluster at rest waits for its next look, by flag or from the variable `RECONCILE_INTERVAL`.
///
/// Work is started by events; this is the safety net behind them.
struct ReconcileInterval: Equatable {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    let duration: Duration

    /// From the variable's text in seconds, 5 to 3600; 30 when it is not set.
    init(variable: String?) throws(Refusal) {
        guard let variable, !variable.isEmpty else {
            duration = .seconds(30)
            return
        }
        guard let interval = ReconcileInterval(argument: variable) else {
            throw Refusal(
                description: "RECONCILE_INTERVAL is \"\(variable)\"; it must be a whole number of seconds, 5 to 3600"
            )
        }
        self = interval
    }
}

extension ReconcileInterval: ExpressibleByArgument {
    init?(argument: String) {
        guard let seconds = Int(argument), (5...3600).contains(seconds) else { return nil }
        duration = .seconds(seconds)
    }
}
