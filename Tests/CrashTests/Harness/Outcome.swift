import JSON

/// How a trial has ended, as far as it must be the same whatever befell the operator.
struct Outcome: Sendable, Equatable {
    var phase: String
    /// CamelCase; empty where no request tells one.
    var reason = ""
    var attempt: Int64 = 0
    /// What the stand-in has begun since the operation was asked for.
    var counts: [String: Int64] = [:]
    /// What the request says of it, for the message of a failed test.
    var message = ""
    /// The steps on record, each as action and status, in their order.
    var steps: [String] = []

    /// What differs from another end, in words; nil when nothing does.
    func difference(from expected: Outcome) -> String? {
        var words: [String] = []
        if phase != expected.phase { words.append("it ended \(phase), not \(expected.phase)") }
        if reason != expected.reason { words.append("its reason is \(reason), not \(expected.reason)") }
        if attempt != expected.attempt { words.append("it took \(attempt) attempts, not \(expected.attempt)") }
        for name in Set(counts.keys).union(expected.counts.keys).sorted() where counts[name] != expected.counts[name] {
            words.append("\(name): \(counts[name] ?? 0), not \(expected.counts[name] ?? 0)")
        }
        if steps != expected.steps { words.append("the log says \(steps), not \(expected.steps)") }
        guard !words.isEmpty else { return nil }
        return words.joined(separator: "; ") + (message.isEmpty ? "" : "; it says: \(message)")
    }
}

/// The record of one request, and whether it contradicts itself.
struct RequestRecord {
    let status: JSONValue

    init(_ request: JSONValue) { status = request["status"] ?? [:] }

    var outcome: Outcome {
        var outcome = Outcome(phase: status["phase"]?.string ?? "")
        outcome.reason = status["reason"]?.string ?? ""
        outcome.message = status["message"]?.string ?? ""
        outcome.attempt = status["attempt"]?.integer ?? 0
        outcome.steps = log.map { "\($0["action"]?.string ?? "") \($0["status"]?.string ?? "")" }
        return outcome
    }

    var isFinished: Bool { ["Succeeded", "Failed", "Skipped", "Cancelled"].contains(status["phase"]?.string) }

    /// Whether the log says that the cluster's spec was changed.
    var hasWrittenSpec: Bool { log.contains { $0["action"] == "ApplySpec" && $0["status"] == "Done" } }

    /// Whether it says that the cluster's spec is again what it was before.
    var isRolledBack: Bool {
        status["conditions"]?.array?.contains { $0["type"] == "RolledBack" && $0["status"] == "True" } == true
    }

    private var log: [JSONValue] { status["actionLog"]?.array ?? [] }

    /// What is wrong with it; nil when it is of one piece.
    var contradiction: String? {
        let times = log.compactMap { $0["timestamp"]?.string }
        if times.count != log.count || times != times.sorted() { return "its times go back: \(times)" }
        if let start = status["startTime"]?.string, let end = status["completionTime"]?.string, end < start {
            return "it ended at \(end), before it began at \(start)"
        }
        let progress = status["progress"]?.integer ?? 0
        let hasSucceeded = status["phase"] == "Succeeded"
        if hasSucceeded != (progress == 100) { return "it is \(status["phase"] ?? .null) with \(progress)% done" }
        if hasSucceeded, status["evidence"]?.array?.isEmpty ?? true { return "it succeeded without evidence" }
        var seen: [String: JSONValue] = [:]
        for entry in log {
            let step = "\(entry["action"]?.string ?? "") \(entry["message"]?.string ?? "")"
            if let former = seen[step], former != entry["status"] { return "\(step) is both \(former) and not" }
            seen[step] = entry["status"]
        }
        return nil
    }
}
