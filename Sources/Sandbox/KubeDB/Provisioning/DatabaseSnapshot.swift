import JSON
import KubernetesAPI

/// A database and what belongs to it, as they were when they were read.
struct DatabaseSnapshot: Sendable {
    let engine: DatabaseEngine
    let database: JSONValue
    let name: String
    let namespace: String
    let spec: JSONValue
    let groups: [NodeGroup]
    /// The catalogue's object for its version; nil when that is gone.
    let version: JSONValue?
    let petSets: [String: JSONValue]
    let pods: [String: JSONValue]
    let claims: [String: JSONValue]
    /// The requests to the ops-manager about it, the oldest first.
    let operations: [JSONValue]
    /// Whether the objects that it has once were all there when last looked at.
    let isPrepared: Bool
    /// The names of secrets that other databases use, when that matters.
    var sharedSecrets: Set<String> = []
    /// Other objects it is decided from, by place.
    var others: [ObjectReference: JSONValue] = [:]

    var reference: ObjectReference { ObjectReference(engine.database, namespace, name) }

    func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, resource.isNamespaced ? namespace : "", name)
    }

    func other(_ resource: ResourceType, _ name: String) -> JSONValue? { others[reference(resource, name)] }

    /// The pods of a PetSet in the order of their numbers.
    func pods(of petSet: String) -> [JSONValue] {
        pods.values.filter { $0.label(KubeDB.Label.owner) == petSet }
            .sorted { $0.ordinal < $1.ordinal }
    }

    /// The words of the failures asked for on the database.
    var failures: Set<String> { RequestedFailure.words(on: database) }

    /// Whether a request waits or is worked on.
    var hasOpenOperations: Bool {
        operations.contains { request in
            !["Successful", "Failed", "Skipped", "Denied"].contains(request.at("status", "phase")?.string ?? "")
        }
    }

    var isPaused: Bool { database.conditionStatus(KubeDB.Condition.paused) == "True" }
}

extension JSONValue {
    /// The number at the end of a pod's name.
    var ordinal: Int {
        let name = objectName
        return name.lastIndex(of: "-").flatMap { Int(name[name.index(after: $0)...]) } ?? 0
    }

    /// For a pod: whether its containers run and are ready.
    var isReadyPod: Bool { isRunning && !isBeingDeleted && conditionStatus("Ready") == "True" }

    /// For a PetSet: how many pods it is to have.
    var wantedReplicas: Int { Int(at("spec", "replicas")?.integer ?? 0) }
}

/// What an operator process remembers of a database between two looks; everything else is read from the API.
struct DatabaseMemory: Sendable {
    var timers = Timers()
    /// The generation whose objects were complete when last looked at.
    var prepared: Int64?
    /// What identifies the template of a PetSet, for the state of it that was last read.
    var revisions: [String: (version: JSONValue, revision: String)] = [:]
}

/// What is to be done for a database.
struct DatabaseDecision: Sendable {
    /// One write, and the operation that begins with it.
    struct Step: Sendable {
        let action: APIAction
        var counted: [StandInCounters.Count] = []
    }

    var steps: [Step] = []
    var wake: Timestamp?
    /// Operations that begin with what the database's status becomes.
    var countedWithStatus: [StandInCounters.Count] = []
    /// Writes that come after the database's status.
    var lastSteps: [Step] = []
}
