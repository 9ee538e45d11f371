import JSON
import KubernetesAPI

/// One look at a Cluster: what CloudNativePG's reconciler decides from what it sees.
///
/// The steps are those of upstream, in its order; each either goes on or ends the look. What is written follows from
/// what was read, never from what an earlier look meant to do, so it may be cut off and repeated anywhere.
struct ClusterPass {
    /// Whether the look goes on after a step.
    enum Step: Equatable {
        case goOn
        case stop
    }

    let snapshot: ClusterSnapshot
    let now: Timestamp
    let delays: Delays
    var memory: ClusterMemory
    var status: JSONValue
    var decision = ClusterDecision()

    init(_ snapshot: ClusterSnapshot, memory: ClusterMemory, delays: Delays, now: Timestamp) {
        self.snapshot = snapshot
        self.memory = memory
        self.delays = delays
        self.now = now
        status = snapshot.cluster["status"] ?? [:]
    }

    /// Decides; the status is the first of the actions when it changes.
    mutating func run() {
        let cluster = snapshot.cluster
        guard !cluster.isBeingDeleted, cluster.annotation(CNPG.Annotation.reconciliation) != "disabled" else { return }
        count()
        decide()
        setReadyCondition()
        if let difference = JSONMergePatch.difference(from: cluster["status"] ?? [:], to: status) {
            decision.actions.insert(.patchStatus(snapshot.reference, difference), at: 0)
        }
    }

    private mutating func decide() {
        let steps: [(inout ClusterPass) -> Step] = [
            { $0.guardDefinition() }, { $0.askPlugins() }, { $0.resolveImage() }, { $0.adopt() },
            { $0.createObjects() }, { $0.reportFacts() }, { $0.changePrimary() }, { $0.rebuildUnrecoverable() },
            { $0.fence() }, { $0.liftFailures() }, { $0.hibernate() }, { $0.upgradeMajor() }, { $0.resizeVolumes() },
            { $0.followJobs() },
            { $0.bootstrap() }, { $0.startMissingPods() }, { $0.waitForPods() }, { $0.applyConfiguration() },
            { $0.scale() }, { $0.roll() },
        ]
        for step in steps where step(&self) == .stop { return }
        setPhase(CNPG.Phase.healthy, "")
        memory.complete = snapshot.instanceCount
        for job in snapshot.jobs.values where job.conditionStatus("Complete") == "True" && !job.isBeingDeleted {
            act(.delete(snapshot.reference(.job, job.objectName)))
        }
    }

    // MARK: What the steps share

    var spec: JSONValue { snapshot.spec }
    var phase: String { status["phase"]?.string ?? "" }
    var currentPrimary: String? { status["currentPrimary"]?.string }
    var targetPrimary: String? { status["targetPrimary"]?.string }
    var image: String { status["image"]?.string ?? spec["imageName"]?.string ?? CNPG.defaultImage }
    var objects: InstanceObjects { InstanceObjects(snapshot: snapshot, image: image) }
    /// What a server that starts now is started with.
    var settings: JSONValue { ServerParameters.restartClass(of: spec) }

    mutating func act(_ action: APIAction) { decision.actions.append(action) }

    /// Records an event about the cluster; the same one is there once.
    mutating func tell(_ type: String, _ reason: String, _ message: String) {
        let hash = stableHash(of: [.string(snapshot.cluster.objectUID), .string(reason), .string(message)])
        let time = JSONValue.string(now.description)
        let event: JSONValue = [
            "apiVersion": "v1", "kind": "Event",
            "metadata": [
                "name": .string("\(snapshot.name).\(String(hash, radix: 16))"),
                "namespace": .string(snapshot.namespace),
            ],
            "involvedObject": [
                "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "name": .string(snapshot.name),
                "namespace": .string(snapshot.namespace), "uid": .string(snapshot.cluster.objectUID),
            ],
            "type": .string(type), "reason": .string(reason), "message": .string(message), "count": 1,
            "firstTimestamp": time, "lastTimestamp": time, "source": ["component": "cloudnative-pg"],
        ]
        act(.create(.coreEvent, event))
    }

    mutating func setPhase(_ phase: String, _ reason: String) {
        status["phase"] = .string(phase)
        status["phaseReason"] = reason.isEmpty ? Optional.none : .string(reason)
    }

    /// Nil when a wait of that name is over; otherwise the look is to be repeated when it is.
    mutating func isWaiting(for stage: String, _ base: Int64) -> Bool {
        let length = delays.microseconds(base, for: "\(snapshot.cluster.objectKey) \(stage)")
        let end = memory.timers.end(stage, of: "cluster", lasting: length, now: now)
        guard end > now else { return false }
        wake(at: end)
        return true
    }

    mutating func endWait(_ stage: String) { memory.timers.reset(stage, of: "cluster") }

    mutating func wake(at time: Timestamp) { decision.wake = min(decision.wake ?? time, time) }

    mutating func retryLater() {
        wake(at: now.adding(microseconds: delays.microseconds(Delays.Base.retry, for: snapshot.name)))
    }

    mutating func setCondition(_ type: String, _ state: String, _ reason: String, _ message: String) {
        var conditions = status["conditions"]?.array ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let since = index.flatMap {
            conditions[$0]["status"]?.string == state ? conditions[$0]["lastTransitionTime"] : nil
        }
        let condition: JSONValue = [
            "type": .string(type), "status": .string(state), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": since ?? .string(now.description),
        ]
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        status["conditions"] = .array(conditions)
    }

    func condition(_ type: String) -> JSONValue? {
        status["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    private mutating func setReadyCondition() {
        guard !phase.isEmpty else { return }
        if phase == CNPG.Phase.healthy {
            setCondition("Ready", "True", "ClusterIsReady", "Cluster is Ready")
        } else {
            setCondition("Ready", "False", "ClusterIsNotReady", "Cluster Is Not Ready")
        }
    }

    /// Counts the changes of the spec that are operations.
    private mutating func count() {
        let wishes = ClusterWishes(snapshot.cluster)
        if let former = memory.wishes {
            decision.counted += wishes.operations(since: former)
        } else if status["phase"] == nil {
            decision.counted.append(.clusterCreations)
        }
        memory.wishes = wishes
    }
}
