import JSON
import KubernetesAPI

/// One look at a backup or a restore of one of Percona's operators.
protocol PerconaJobPass {
    var job: PerconaJob { get }
    var memory: PerconaJobMemory { get set }
    var decision: ClusterDecision { get set }

    init(job: PerconaJob, memory: PerconaJobMemory, decision: ClusterDecision)

    mutating func run()
}

extension PerconaJobPass {
    /// Looks at a job once.
    static func look(at job: PerconaJob, _ memory: inout PerconaJobMemory) -> ClusterDecision {
        var pass = Self(job: job, memory: memory, decision: ClusterDecision())
        pass.run()
        memory = pass.memory
        return pass.decision
    }

    mutating func wake(at time: Timestamp) { decision.wake = min(decision.wake ?? time, time) }

    mutating func retryLater() {
        wake(at: job.now.adding(microseconds: job.delays.microseconds(Delays.Base.retry, for: job.object.objectName)))
    }

    /// Whether a wait is not over; the look is repeated when it is.
    mutating func isWaiting(_ stage: String, _ base: Int64) -> Bool {
        guard let end = memory.pending(stage, job, base) else { return false }
        wake(at: end)
        return true
    }

    /// Whether somebody has asked that it fail, on the object or on its cluster.
    func isFailureAsked(_ word: String) -> Bool {
        RequestedFailure.isAsked(word, on: job.object)
            || job.snapshot.map { RequestedFailure.isAsked(word, on: $0.cluster) } ?? false
    }
}
