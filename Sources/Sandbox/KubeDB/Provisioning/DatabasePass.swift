import JSON
import KubernetesAPI

/// One look at a database: what KubeDB's provisioner, its PetSet controller and its ops-manager do about it.
///
/// What is written follows from what was read, never from what an earlier look meant to do, so it may be cut off and
/// repeated anywhere.
struct DatabasePass {
    let snapshot: DatabaseSnapshot
    let now: Timestamp
    let delays: Delays
    var memory: DatabaseMemory
    var status: JSONValue
    var decision = DatabaseDecision()

    init(_ snapshot: DatabaseSnapshot, memory: DatabaseMemory, delays: Delays, now: Timestamp) {
        self.snapshot = snapshot
        self.memory = memory
        self.delays = delays
        self.now = now
        status = snapshot.database["status"] ?? [:]
    }

    /// Decides; what the database's status becomes is the last of the actions, after what it speaks of.
    mutating func run() {
        guard !snapshot.database.isBeingDeleted else { return terminate() }
        guard begin() else { return writeStatus() }
        // A provisioner that is paused leaves everything to the ops-manager; pods are still looked after.
        if !isPaused { provision() }
        for petSet in snapshot.petSets.values.sorted(by: { $0.objectName < $1.objectName }) { follow(petSet) }
        reportReplicas()
        restore()
        checkHealth()
        operate()
        resumeHealthCheck()
        writeStatus()
    }

    private mutating func writeStatus() {
        status["phase"] = phase.map(JSONValue.string)
        let former = snapshot.database["status"] ?? [:]
        if let difference = JSONMergePatch.difference(from: former, to: status) {
            decision.steps.append(
                DatabaseDecision.Step(
                    action: .patchStatus(snapshot.reference, difference),
                    counted: decision.countedWithStatus
                )
            )
        }
        decision.steps += decision.lastSteps
    }

    /// The first look gives the database its finalizer and its first condition.
    private mutating func begin() -> Bool {
        let finalizers = snapshot.database.finalizers
        if !finalizers.contains(KubeDB.finalizer) {
            var metadata: JSONObject = ["finalizers": JSONValue(finalizers + [KubeDB.finalizer])]
            metadata["resourceVersion"] = snapshot.database.at("metadata", "resourceVersion")
            act(.patch(snapshot.reference, ["metadata": .object(metadata)]))
            count(.clusterCreations)
        }
        guard condition(KubeDB.Condition.provisioningStarted) == nil else { return true }
        setCondition(
            KubeDB.Condition.provisioningStarted,
            true,
            "DatabaseProvisioningStartedSuccessfully",
            "The KubeDB operator has started the provisioning of \(title)"
        )
        return false
    }

    // MARK: What the steps share

    var spec: JSONValue { snapshot.spec }
    var engine: DatabaseEngine { snapshot.engine }
    var generation: Int64 { snapshot.database.at("metadata", "generation")?.integer ?? 1 }
    var title: String { "\(engine.kind): \(snapshot.namespace)/\(snapshot.name)" }
    var isPaused: Bool { conditionStatus(KubeDB.Condition.paused) == "True" }
    var objects: DatabaseObjects { DatabaseObjects(snapshot: snapshot, seed: delays.seed, now: now) }

    mutating func act(_ action: APIAction) { decision.steps.append(DatabaseDecision.Step(action: action)) }

    /// Counts an operation that begins with the write decided last.
    mutating func count(_ count: StandInCounters.Count) {
        guard !decision.steps.isEmpty else { return }
        decision.steps[decision.steps.count - 1].counted.append(count)
    }

    mutating func countWithStatus(_ count: StandInCounters.Count) { decision.countedWithStatus.append(count) }

    mutating func wake(at time: Timestamp) { decision.wake = decision.wake.map { min($0, time) } ?? time }

    /// Nil when a wait of that name is over; otherwise the look is to be repeated when it is.
    mutating func isWaiting(for stage: String, _ base: Int64) -> Bool {
        let length = delays.microseconds(base, for: "\(snapshot.namespace)/\(snapshot.name) \(stage)")
        let end = memory.timers.end(stage, of: "database", lasting: length, now: now)
        guard end > now else { return false }
        wake(at: end)
        return true
    }

    mutating func endWait(_ stage: String) { memory.timers.reset(stage, of: "database") }

    /// Records an event about the database or a request; the same one is there once.
    mutating func tell(_ type: String, _ reason: String, _ message: String, about object: JSONValue? = nil) {
        let subject = object ?? snapshot.database
        let hash = stableHash(of: [.string(subject.objectUID), .string(reason), .string(message)])
        let time = JSONValue.string(now.description)
        let isRequest = object != nil
        let event: JSONValue = [
            "apiVersion": "v1", "kind": "Event",
            "metadata": [
                "name": .string("\(subject.objectName).\(String(hash, radix: 16))"),
                "namespace": .string(snapshot.namespace),
            ],
            "involvedObject": [
                "apiVersion": subject["apiVersion"] ?? "", "kind": subject["kind"] ?? "",
                "name": .string(subject.objectName), "namespace": .string(snapshot.namespace),
                "uid": .string(subject.objectUID),
            ],
            "type": .string(type), "reason": .string(reason), "message": .string(message), "count": 1,
            "firstTimestamp": time, "lastTimestamp": time,
            "source": ["component": isRequest ? "KubeDB Ops-manager Operator" : "KubeDB Operator"],
        ]
        act(.create(.coreEvent, event))
    }
}
