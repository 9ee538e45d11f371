import JSON
import KubernetesAPI

/// One step of a reconciliation: as far as it comes with what is there now.
///
/// The stages are those of upstream's `KafkaAssemblyOperator` and `KafkaReconciler`, in their order.
struct KafkaPass {
    enum Step {
        case goOn
        /// Goes on when something has changed, or at ``ClusterDecision/wake``.
        case wait
    }

    let view: KafkaView
    let now: Timestamp
    let delays: Delays
    var run: KafkaRun
    var memory: KafkaMemory
    var decision = ClusterDecision()
    /// Whether the reconciliation is over.
    private(set) var hasEnded = false
    /// Whether the operator's timer has something to do after it.
    var needsTick = false

    init(_ view: KafkaView, _ run: KafkaRun, _ memory: KafkaMemory, delays: Delays, now: Timestamp) {
        self.view = view
        self.run = run
        self.memory = memory
        self.delays = delays
        self.now = now
    }

    var kafka: JSONValue { run.kafka }
    var reference: ObjectReference { ObjectReference(.kafka, kafka.objectKey) }

    mutating func advance() {
        do throws(StrimziFailure) {
            while run.stage != .end {
                guard try carryOut(run.stage) == .goOn else { return }
                run.stage = KafkaRun.Stage(rawValue: run.stage.rawValue + 1) ?? .end
                run.timers = Timers()
            }
            end(nil)
        } catch {
            end(error)
        }
    }

    private mutating func carryOut(_ stage: KafkaRun.Stage) throws(StrimziFailure) -> Step {
        switch stage {
        case .prepare: try prepare()
        case .cleanPods: try cleanPods()
        case .rollByHand: rollByHand()
        case .makeObjects: try makeObjects()
        case .awaitAddresses: try awaitAddresses()
        case .makePodSets: try makePodSets()
        case .awaitNewPods: try awaitPods(model.added.map(\.pod))
        case .roll: try roll()
        case .awaitPods: try finishKafka()
        case .cruiseControl: try deploy(deployments.cruiseControl, Strimzi.cruiseControl(run.name))
        case .entityOperator: try deploy(deployments.entityOperator, Strimzi.entityOperator(run.name))
        case .exporter: try deploy(deployments.exporter, Strimzi.exporter(run.name))
        case .autoRebalance: try rebalanceAutomatically()
        case .end: .goOn
        }
    }

    /// The model; every stage after the first has one.
    var model: KafkaModel {
        get throws(StrimziFailure) {
            guard let model = run.model else { throw .runtime("the cluster has not been prepared") }
            return model
        }
    }

    private var deployments: KafkaDeployments {
        get throws(StrimziFailure) { KafkaDeployments(model: try model) }
    }

    // MARK: What the stages share

    mutating func act(_ action: APIAction) { decision.actions.append(action) }

    mutating func count(_ count: StandInCounters.Count) { decision.counted.append(count) }

    mutating func wake(at time: Timestamp) { decision.wake = min(decision.wake ?? time, time) }

    /// Whether a wait of that name has lasted as long as the operator waits for anything.
    ///
    /// - Parameter isTroubled: whether what is waited for shows why it does not come. Until then the sandbox is only busy,
    ///   and a busy sandbox shall not look like a broken cluster.
    mutating func hasTimedOut(_ stage: String, isTroubled: Bool) -> Bool {
        guard isTroubled else { return false }
        let length = delays.microseconds(Delays.Base.operationTimeout, for: "\(kafka.objectKey) \(stage)")
        let end = run.timers.end(stage, of: "run", lasting: length, now: now)
        guard end > now else { return true }
        wake(at: end)
        return false
    }

    func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, resource.isNamespaced ? run.namespace : "", name)
    }

    /// Creates an object, or changes what of it differs; null in what is wanted means absent.
    ///
    /// - Returns: whether the object was there and differed.
    @discardableResult
    mutating func ensure(_ resource: ResourceType, _ wanted: JSONValue, _ existing: JSONValue?) -> Bool {
        guard let existing else {
            act(.create(resource, JSONMergePatch.apply(wanted, to: [:])))
            return false
        }
        var patch = wanted
        var metadata: JSONValue = ["ownerReferences": wanted.at("metadata", "ownerReferences") ?? .null]
        for part in ["labels", "annotations"] {
            let fields = wanted.at("metadata", part) ?? [:]
            // What is not there need not be taken away.
            let isEmpty = fields.object?.allSatisfy(\.value.isNull) ?? true
            if !isEmpty || existing.at("metadata", part) != nil { metadata[part] = fields }
        }
        patch["metadata"] = metadata
        if isCarriedOut(wanted, existing) { return false }
        guard let difference = JSONMergePatch.difference(from: existing, to: JSONMergePatch.apply(patch, to: existing))
        else { return false }
        act(.patch(reference(resource, existing.objectName), difference))
        return true
    }

    /// Whether an object that notes what it was made from was made from this; what the server has filled in besides is
    /// no difference.
    ///
    /// A number of replicas that somebody has changed is set back all the same, other changes with the next of the Kafka.
    private func isCarriedOut(_ wanted: JSONValue, _ existing: JSONValue) -> Bool {
        let revision = Strimzi.Annotation.revision
        guard let intended = wanted.annotation(revision) else { return false }
        return existing.annotation(revision) == intended
            && existing.at("spec", "replicas") == wanted.at("spec", "replicas")
    }

    /// Deletes an object when it is there.
    mutating func remove(_ resource: ResourceType, _ name: String) {
        let place = reference(resource, name)
        if let existing = view.others[place], !existing.isBeingDeleted { act(.delete(place)) }
    }

    mutating func warn(_ reason: String, _ message: String) {
        run.warnings.append(KafkaModel.Warning(reason: reason, message: message))
    }

    private mutating func end(_ failure: StrimziFailure?) {
        hasEnded = true
        if failure != nil { needsTick = true }
        let status = KafkaStatus(run: run, failure: failure, now: now).json
        if let patch = KafkaStatus.patch(from: kafka["status"], to: status) { act(.patchStatus(reference, patch)) }
    }
}
