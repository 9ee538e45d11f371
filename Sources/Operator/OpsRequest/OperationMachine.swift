import CRDs
import JSON
import KubernetesAPI
import Providers

/// What the shell does next for a request.
///
/// Whatever it is, the machine's status is written first when it differs.
enum OperationStep: Equatable {
    /// Nothing more now; look again after this time at the latest, or when something changes.
    case settle(lookAgain: Duration?)
    /// Ask what would be done, then call ``OperationMachine/planned(_:)`` or ``OperationMachine/answered(_:)``.
    ///
    /// Of a request with `dryRun` this is the only step that looks at the provider; none of its steps writes anything
    /// but the request's own status.
    case plan
    /// Ask the provider's handler what to do, then call ``OperationMachine/answered(_:)``.
    case ask
    /// Carry out the answer's writes, then call ``OperationMachine/executed(native:)``.
    case execute
    /// Ask the handler for evidence, then call ``OperationMachine/reported(_:)``.
    case observe
    /// Write this merge patch into the cluster's spec, then call ``OperationMachine/restored()``, or
    /// ``OperationMachine/notRestored(_:reason:)`` when it must not be written, or the API server will never take it.
    case restore(JSONValue)
    /// Carry out what the handler does on the children of a spec that was restored at this time, then call
    /// ``OperationMachine/recovered(but:)``.
    case recover(restoredAt: Timestamp)
    /// The request has been finished for as long as it asked to be kept: delete it.
    case delete
}

/// The life of one request, from Pending to its end, as `docs/operations.md` draws it.
///
/// The machine holds the status that the request should have. It is made anew for each look at the request, so that
/// nothing is remembered that is not on record in the API.
struct OperationMachine {
    let situation: OperationSituation
    var status: OpsRequestStatus
    /// In which the request may start; the handler's word, once it is asked.
    var allowedPhases: Set<DatabaseClusterPhase>

    var request: OpsRequest { situation.request }
    var now: Timestamp { situation.now }

    /// How often evidence is looked for while no change of a child wakes the controller.
    static let observationInterval = Duration.seconds(5)
    /// How often a request that waits is looked at while no change of what it waits for wakes the controller.
    static let waitingInterval = Duration.seconds(30)

    init(_ situation: OperationSituation) {
        self.situation = situation
        allowedPhases = situation.request.spec.type.allowedPhases
        status = situation.request.status
        status.observedGeneration = situation.request.metadata.generation
    }

    /// The first step of a look at the request.
    mutating func begin() -> OperationStep {
        if request.isFinished { return expire() }
        if status.phase == .running { return goOn() }
        return start()
    }

    /// A call of the API server failed in a way that may pass; `why` is its sentence.
    ///
    /// That is no failed attempt: the same step is tried again, for as long as the request has time.
    mutating func hindered(_ why: String) -> OperationStep {
        switch status.phase {
        case .succeeded, .failed, .skipped, .cancelled: return expire()
        case nil, .pending: return hold("ServerTrouble", "\(why); it is tried again")
        case .running: break
        }
        if isReverting {
            guard revertingTimeLeft > .zero else { return notRestored(why) }
        } else if timeLeft <= .zero {
            return fail("Timeout", "not done after \(timeout) s; the last try failed: \(why)")
        }
        status.message = "\(why); it is tried again".cut(to: Self.messageLength)
        return .settle(lookAgain: Self.observationInterval)
    }

    /// The provider has asked for what it must not have, or goes in circles: trying again cures nothing.
    mutating func defect(_ what: String) -> OperationStep {
        status.phase == .running ? fail("ProviderDefect", what) : finish(.failed, "ProviderDefect", what)
    }
}

// MARK: - Time

extension OperationMachine {
    /// In seconds.
    var timeout: Int64 {
        Int64(request.spec.timeoutSeconds ?? situation.cluster?.spec.operations.defaultTimeoutSeconds ?? 600)
    }

    /// Counted from the first execution; zero or less when it is over.
    var timeLeft: Duration { timeLeft(since: status.startTime) }

    /// Taking back has as much time again, from its own beginning.
    var revertingTimeLeft: Duration {
        timeLeft(since: status.conditions[Self.rolledBack]?.lastTransitionTime)
    }

    private func timeLeft(since start: Timestamp?) -> Duration { .seconds(timeout) - (start.map { now - $0 } ?? .zero) }
}
