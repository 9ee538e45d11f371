import KubernetesAPI

/// How long things take in the sandbox.
///
/// Each delay is its base, up to a fifth more or less as the seed and the thing's name have it, divided by the speed:
/// so two runs with one seed are alike, and a fast sandbox keeps the order of events.
struct Delays: Sendable {
    /// Base delays in microseconds.
    enum Base {
        static let reaction: Int64 = 100_000
        static let job: Int64 = 1_500_000
        static let podRunning: Int64 = 400_000
        static let podReady: Int64 = 600_000
        static let podTermination: Int64 = 500_000
        static let claimBound: Int64 = 150_000
        static let claimResized: Int64 = 800_000
        static let deploymentReady: Int64 = 1_000_000
        static let loadBalancer: Int64 = 700_000
        static let configurationLoaded: Int64 = 300_000
        static let promotion: Int64 = 800_000
        static let backup: Int64 = 1_500_000
        static let retry: Int64 = 2_000_000
    }

    let speed: Double
    let seed: UInt64

    init(speed: Double, seed: UInt64) {
        self.speed = speed > 0 ? speed : 1
        self.seed = seed
    }

    /// Microseconds that something of that name takes.
    func microseconds(_ base: Int64, for name: String) -> Int64 {
        var hash = seed ^ 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 {
            hash ^= UInt64(byte)
            hash = hash &* 0x100_0000_01b3
        }
        let jitter = 0.8 + 0.4 * Double((hash >> 16) % 1_000) / 1_000
        return Int64(Double(base) * jitter / speed)
    }
}

/// When waits began: each begins when it is first asked for.
struct Timers: Sendable {
    private var begun: [String: [String: Timestamp]] = [:]

    /// When a wait of that length ends that begins now, unless it began before.
    mutating func end(_ stage: String, of subject: String, lasting microseconds: Int64, now: Timestamp) -> Timestamp {
        let start = begun[subject]?[stage] ?? now
        begun[subject, default: [:]][stage] = start
        return start.adding(microseconds: microseconds)
    }

    /// Ends a wait, so that the next question begins it anew.
    mutating func reset(_ stage: String, of subject: String) { begun[subject]?[stage] = nil }

    /// Forgets everything about a subject that is gone.
    mutating func forget(_ subject: String) { begun[subject] = nil }
}

extension Timestamp {
    /// The moment so many microseconds later.
    func adding(microseconds: Int64) -> Timestamp {
        Timestamp(microseconds: self.microseconds.addingReportingOverflow(microseconds).partialValue)
    }
}
