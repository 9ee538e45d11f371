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
    /// Ask the provider's handler what to do, then call ``OperationMachine/answered(_:)``.
    case ask
    /// Carry out the answer's writes, then call ``OperationMachine/executed(_:native:)``.
    case execute
    /// Ask the handler for evidence, then call ``OperationMachine/reported(_:)``.
    case observe
    /// Write this merge patch into the cluster's spec, then call ``OperationMachine/restored()``, or
    /// ``OperationMachine/notRestored(_:)`` when the API server will never take it.
    case restore(JSONValue)
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

    var request: OpsRequest { situation.request }
    var now: Timestamp { situation.now }

    /// How often evidence is looked for while no change of a child wakes the controller.
    static let observationInterval = Duration.seconds(5)
    /// How often a request that waits is looked at while no change of what it waits for wakes the controller.
    static let waitingInterval = Duration.seconds(30)

    init(_ situation: OperationSituation) {
        self.situation = situation
        status = situation.request.status
        status.observedGeneration = situation.request.metadata.generation
    }

    /// The first step of a look at the request.
    mutating func begin() -> OperationStep {
        if request.isFinished { return expire() }
        if status.phase == .running { return goOn() }
        return start()
    }
}
