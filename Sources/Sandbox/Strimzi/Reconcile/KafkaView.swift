import JSON
import KubernetesAPI

/// What belongs to a Kafka, as read at one moment.
struct KafkaView: Sendable {
    /// Whether more than the pods was read.
    var isComplete = false
    /// By name: the nodes' pods, their claims, and the pod sets.
    var pods: [String: JSONValue] = [:]
    var claims: [String: JSONValue] = [:]
    var podSets: [String: JSONValue] = [:]
    /// The other objects that were asked for; absent ones are missing here.
    var others: [ObjectReference: JSONValue] = [:]
    /// The storage classes of the cluster.
    var storageClasses: [JSONValue] = []

    /// The storage that each pod set was last made with.
    var storage: [String: KafkaStorage] {
        podSets.compactMapValues { podSet in
            let text = podSet.annotation(Strimzi.Annotation.storage)
            return text.flatMap { try? JSONValue(parsing: $0) }.map(KafkaStorage.init)
        }
    }
}

/// One reconciliation of a Kafka, from its beginning to the status it ends with.
///
/// It holds what was read when it began; edits made meanwhile wait for the next one, and so does everything else.
struct KafkaRun: Sendable {
    enum Stage: Int, Sendable, Comparable {
        case prepare, cleanPods, rollByHand, makeObjects, awaitAddresses, makePodSets, awaitNewPods, roll, awaitPods,
            cruiseControl, entityOperator, exporter, autoRebalance, end

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    let kafka: JSONValue
    let pools: [JSONValue]
    var stage = Stage.prepare
    var model: KafkaModel?
    var status: JSONValue = [:]
    var warnings: [KafkaModel.Warning] = []
    var timers = Timers()
    /// The pods that are to be what they are rolled to, by name.
    var desiredPods: [String: JSONValue] = [:]
    /// The configurations that the nodes are to run with, by the pod's name.
    var configurations: [String: [String: String]] = [:]
    /// The pods whose file systems grow only when they start anew.
    var resizePending: Set<String> = []
    /// Why each node of a roll by hand is to be restarted, decided once when it begins.
    var handRolled: [String]?
    /// The pod that is being restarted, and the uid it had.
    var restarting: (pod: String, uid: String)?
    /// The pods that the roller is done with.
    var verified: Set<String> = []
    /// The addresses of load balancers, by the name of the service.
    var addresses: [String: String] = [:]
    var clusterID = ""
    /// Whether the next step needs more than the pods, whatever their state.
    var needsEverything = false
    /// Whether anything was written in it.
    var hasWritten = false
    /// The claims of the pod that is being cleaned.
    var cleaning: (pod: String, claims: [String])?

    var name: String { kafka.objectName }
    var namespace: String { kafka.objectNamespace }
}

/// What an operator process remembers of a Kafka between two looks; everything else is read from the API.
struct KafkaMemory: Sendable {
    var run: KafkaRun?
    /// Whether something happened that asks for another run: a change of the Kafka or one of its pools.
    var isTriggered = true
    /// Whether something changed that only the operator's timer notices.
    var isDirty = false
    /// The next time at which the operator's timer would find something changed.
    var tick: Timestamp?
    /// What the Kafka and its pools looked like when the last run ended with nothing left to do.
    var settled: JSONValue?
    /// What pods were last rolled towards; a rollout to something else is another one.
    var rollout: UInt64?
    /// The pods of a roll by hand that has been counted.
    var counted: Set<String> = []
}
