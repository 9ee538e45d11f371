import JSON
import KubernetesAPI

/// One look at a KafkaRebalance (`KafkaRebalanceAssemblyOperator`).
///
/// Cruise Control is played with it: a proposal takes its time, and so does moving the data.
struct RebalancePass {
    let rebalance: JSONValue
    /// The Kafka that its label names; nil when there is none.
    let kafka: JSONValue?
    /// Cruise Control's Deployment.
    let cruiseControl: JSONValue?
    /// The cluster's other KafkaRebalances.
    let siblings: [JSONValue]
    /// By name: the ConfigMaps of the cluster's nodes, which say where replicas are.
    let nodes: [String: JSONValue]
    let delays: Delays
    let now: Timestamp
    var timers: Timers
    var decision = ClusterDecision()
    /// Whether the operator's timer has something to do after it.
    private(set) var needsTick = false

    private var spec: JSONValue { rebalance["spec"] ?? [:] }
    private var place: ObjectReference { ObjectReference(.kafkaRebalance, rebalance.objectKey) }
    private var state: String { rebalance.rebalanceState ?? "New" }
    private var mode: String { spec["mode"]?.string ?? "full" }
    private var command: String? { rebalance.annotation(Strimzi.Annotation.rebalance) }

    mutating func run() {
        guard !rebalance.isBeingDeleted, !rebalance.isAnnotated(Strimzi.Annotation.rebalanceTemplate) else { return }
        guard !rebalance.isAnnotated(Strimzi.Annotation.pause) else {
            return write(["conditions": [condition("ReconciliationPaused")]])
        }
        do throws(StrimziFailure) {
            guard try checkCluster() else { return }
            // Whoever edits the spec asks for a new proposal.
            let isEdited =
                rebalance["status"] != nil
                && rebalance.at("status", "observedGeneration") != rebalance.at("metadata", "generation")
            if isEdited, command != "refresh" { annotate("refresh") }
            try checkSpec()
            try decide(isEdited ? "refresh" : command)
            if command != nil || isEdited, isValid(isEdited ? "refresh" : command) { annotate(nil) }
        } catch {
            fail(error)
        }
    }

    // MARK: What must be there

    private func checkCluster() throws(StrimziFailure) -> Bool {
        guard let cluster = rebalance.label(Strimzi.Label.cluster) else {
            throw .invalidResource(
                "Resource lacks label 'strimzi.io/cluster': No cluster related to a possible rebalance."
            )
        }
        guard let kafka else {
            throw StrimziFailure(
                reason: "NoSuchResourceException",
                message:
                    "Kafka resource '\(cluster)' identified by label 'strimzi.io/cluster' does not exist in namespace "
                    + "\(rebalance.objectNamespace)."
            )
        }
        guard kafka.hasReadyCondition || state == "Ready" else { throw .runtime(Self.notReady) }
        guard kafka.at("spec", "cruiseControl") != nil else { throw .invalidResource(Self.noCruiseControl) }
        return true
    }

    private static let notReady = "Kafka cluster is not Ready"
    private static let noCruiseControl = "Kafka resource lacks 'cruiseControl' declaration"
    private static let unreachable = "CruiseControlRetriableConnectionException"

    private func checkSpec() throws(StrimziFailure) {
        if ["add-brokers", "remove-brokers"].contains(mode), spec.brokers.isEmpty {
            throw .illegalArgument("The brokers list is mandatory when using the \(mode) rebalancing mode")
        }
        if mode == "remove-disks", spec["moveReplicasOffVolumes"]?.array?.isEmpty != false {
            throw .illegalArgument(
                "The brokers and volume IDs list is mandatory when using the \(mode) rebalancing mode"
            )
        }
        let goals = spec["goals"]?.array?.compactMap(\.string) ?? []
        if mode == "full", spec["rebalanceDisk"]?.bool == true, !goals.isEmpty {
            throw .illegalArgument(
                "The goals list should be empty when using the `rebalanceDisk: true` configuration for intra-broker disk "
                    + "balancing"
            )
        }
    }

    private static let hardGoals = [
        "RackAwareGoal", "MinTopicLeadersPerBrokerGoal", "ReplicaCapacityGoal", "DiskCapacityGoal",
        "NetworkInboundCapacityGoal", "NetworkOutboundCapacityGoal", "CpuCapacityGoal",
    ]

    /// What Cruise Control itself refuses.
    private func askCruiseControl() throws(StrimziFailure) {
        guard (cruiseControl?.at("status", "readyReplicas")?.integer ?? 0) > 0 else {
            throw StrimziFailure(
                reason: Self.unreachable,
                message: "Failed to connect to Cruise Control server of \(kafka?.objectName ?? "")"
            )
        }
        let goals = spec["goals"]?.array?.compactMap(\.string) ?? []
        let missing = Self.hardGoals.filter { !goals.contains($0) }
        guard goals.isEmpty || missing.isEmpty || spec["skipHardGoalCheck"]?.bool == true else {
            throw rest(
                "Missing hard goals [\(missing.joined(separator: ", "))] in the provided goals: "
                    + "[\(goals.joined(separator: ", "))]. Add skip_hard_goal_check=true parameter to ignore this sanity check."
            )
        }
        if isFailing { throw rest("Rebalance failed, as was asked for") }
    }

    private var isFailing: Bool {
        RequestedFailure.isAsked("rebalance", on: rebalance)
            || kafka.map { RequestedFailure.isAsked("rebalance", on: $0) } ?? false
    }

    private func rest(_ message: String) -> StrimziFailure {
        StrimziFailure(reason: "CruiseControlRestException", message: "Error for request: \(message)")
    }

    // MARK: States

    private mutating func decide(_ command: String?) throws(StrimziFailure) {
        switch state {
        case "New", "ReconciliationPaused": try propose()
        case "PendingProposal": try pending(command)
        case "ProposalReady": try proposed(command)
        case "Rebalancing": try rebalancing(command)
        case "NotReady": try recover(command)
        default: command == "refresh" ? try propose() : stay(command)
        }
    }

    /// Asks for a proposal, which there is none of before enough has been measured.
    private mutating func propose() throws(StrimziFailure) {
        try askCruiseControl()
        timers.forget(rebalance.objectUID)
        decision.counted.append(.rebalances)
        writePending()
    }

    private mutating func pending(_ command: String?) throws(StrimziFailure) {
        if command == "stop" { return write(["conditions": [condition("Stopped")]]) }
        if command == "refresh" { return try propose() }
        try askCruiseControl()
        guard rebalance.at("status", "sessionId") != nil else {
            guard isMeasured else { return stay(command) }
            return writePending()
        }
        guard isOver("proposal", Delays.Base.proposal) else { return stay(command) }
        makeMap(progress: nil)
        write(result(condition("ProposalReady"), session: true))
    }

    private mutating func proposed(_ command: String?) throws(StrimziFailure) {
        if command == "refresh" { return try propose() }
        guard command == "approve" || rebalance.isAnnotated(Strimzi.Annotation.autoApproval) else {
            return stay(command)
        }
        try askCruiseControl()
        guard !siblings.contains(where: { $0.rebalanceState == "Rebalancing" }) else {
            throw rest("Cannot execute new proposals while there is an ongoing execution.")
        }
        makeMap(progress: 0)
        write(result(condition("Rebalancing"), session: true))
    }

    private mutating func rebalancing(_ command: String?) throws(StrimziFailure) {
        if command == "stop" { return write(["conditions": [condition("Stopped")]]) }
        if command == "refresh" { return try propose() }
        try askCruiseControl()
        if RequestedFailure.isAsked("rebalance-hang", on: rebalance) { return stay(command) }
        guard isOver("movement", Delays.Base.dataMovement) else { return stay(command) }
        moveReplicas()
        makeMap(progress: 100)
        write(result(condition("Ready"), session: false))
    }

    /// Begins anew when what it failed for was no fault of its own; otherwise it waits for `refresh`.
    private mutating func recover(_ command: String?) throws(StrimziFailure) {
        let former = rebalance.condition("NotReady")
        let isPassing = heals(former?["reason"]?.string ?? "", former?["message"]?.string ?? "")
        guard command == "refresh" || isPassing else { return stay(command) }
        try propose()
    }

    private func heals(_ reason: String, _ message: String) -> Bool {
        [Self.notReady, Self.noCruiseControl].contains(message) || message.hasPrefix("Resource lacks label")
            || reason == Self.unreachable
    }

    // MARK: Cruise Control

    /// Whether it has measured long enough to propose anything.
    private var isMeasured: Bool {
        let since = cruiseControl?.condition("Available")?["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
        guard let since else { return false }
        let length = delays.microseconds(Delays.Base.metricsCollection, for: "metrics")
        return since.adding(microseconds: length) <= now
    }

    private var session: JSONValue? {
        guard isMeasured else { return nil }
        let hash = stableHash(of: [.string(rebalance.objectUID), rebalance.at("metadata", "resourceVersion") ?? .null])
        return .string("\(String(hash, radix: 16))-cruise-control")
    }

    private mutating func isOver(_ stage: String, _ base: Int64) -> Bool {
        let length = delays.microseconds(base, for: "\(rebalance.objectKey) \(stage)")
        return timers.end(stage, of: rebalance.objectUID, lasting: length, now: now) <= now
    }

    /// Where the replicas are once the data has moved.
    private mutating func moveReplicas() {
        let brokers = spec.brokers
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            guard let id = name.nodeID, node.at("data", "server.config")?.string?.contains("broker") == true else {
                continue
            }
            let holds = node.annotation(Strimzi.Annotation.holdsReplicas) != nil
            let wanted: Bool
            switch mode {
            case "add-brokers": wanted = holds || brokers.contains(id)
            case "remove-brokers": wanted = holds && !brokers.contains(id)
            case "full": wanted = holds || spec["rebalanceDisk"]?.bool != true
            default: wanted = holds
            }
            guard wanted != holds else { continue }
            let annotations: JSONValue = [Strimzi.Annotation.holdsReplicas: wanted ? "true" : .null]
            decision.actions.append(
                .patch(
                    ObjectReference(.configMap, rebalance.objectNamespace, name),
                    ["metadata": ["annotations": annotations]]
                )
            )
        }
    }

    /// The ConfigMap of the same name tells of the load and the progress.
    private mutating func makeMap(progress: Int?) {
        var data: JSONValue = ["brokerLoad.json": "{}"]
        if let progress {
            data["completedByteMovementPercentage"] = .string(String(progress))
            data["estimatedTimeToCompletionInMinutes"] = progress == 100 ? "0" : "1"
            data["executorState.json"] = .string(
                progress == 100
                    ? "{\"state\":\"NO_TASK_IN_PROGRESS\"}"
                    : "{\"state\":\"INTER_BROKER_REPLICA_MOVEMENT_TASK_IN_PROGRESS\"}"
            )
        }
        let map = ObjectReference(.configMap, rebalance.objectKey)
        let labels: JSONValue = [
            Strimzi.Label.kind: "KafkaRebalance", Strimzi.Label.name: .string(rebalance.objectName),
        ]
        let metadata: JSONValue = [
            "name": .string(rebalance.objectName), "namespace": .string(rebalance.objectNamespace), "labels": labels,
            "ownerReferences": [Strimzi.owner(rebalance, .kafkaRebalance)],
        ]
        // Created or changed: whichever does not apply changes nothing.
        decision.actions.append(
            .create(.configMap, ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data])
        )
        decision.actions.append(.patch(map, ["data": data]))
    }

    // MARK: Writing

    private func result(_ condition: JSONValue, session keeps: Bool) -> JSONValue {
        var status: JSONValue = [
            "conditions": [condition],
            "optimizationResult": [
                "afterBeforeLoadConfigMap": .string(rebalance.objectName), "numReplicaMovements": 12,
                "numLeaderMovements": 4, "dataToMoveMB": 128, "monitoredPartitionsPercentage": 100,
                "onDemandBalancednessScoreBefore": 78.5, "onDemandBalancednessScoreAfter": 91.2,
            ],
            "progress": ["rebalanceProgressConfigMap": .string(rebalance.objectName)],
        ]
        if keeps { status["sessionId"] = rebalance.at("status", "sessionId") ?? session }
        return status
    }

    private func condition(_ type: String) -> JSONValue { KafkaStatus.condition(type, nil, nil, now) }

    private mutating func writePending() {
        var status: JSONValue = ["conditions": [condition("PendingProposal")]]
        status["sessionId"] = session
        write(status)
    }

    private mutating func fail(_ failure: StrimziFailure) {
        needsTick = heals(failure.reason, failure.message)
        write(["conditions": [KafkaStatus.condition("NotReady", failure.reason, failure.message, now)]])
    }

    /// Keeps the state, and tells of a command that it does not take.
    private mutating func stay(_ command: String?) {
        needsTick = ["PendingProposal", "ProposalReady", "Rebalancing"].contains(state)
        let current = rebalance["status"] ?? [:]
        var conditions = current["conditions"]?.array?.filter { $0["type"]?.string != "Warning" } ?? []
        if let command, !isValid(command) {
            let message =
                "Wrong annotation value: \(command). The rebalance resource supports the following annotations in \(state) "
                + "state: [\((Self.commands[state] ?? []).joined(separator: ", "))]"
            conditions.insert(KafkaStatus.condition("Warning", "InvalidAnnotation", message, now), at: 0)
        }
        var status = current
        status["conditions"] = .array(conditions)
        write(status)
    }

    private static let commands: [String: [String]] = [
        "PendingProposal": ["stop", "refresh"], "ProposalReady": ["approve", "refresh"],
        "Rebalancing": ["stop", "refresh"], "Stopped": ["refresh"], "NotReady": ["refresh"], "Ready": ["refresh"],
    ]

    private func isValid(_ command: String?) -> Bool {
        command.map { Self.commands[state]?.contains($0) ?? true } ?? true
    }

    private mutating func annotate(_ command: String?) {
        let value = command.map(JSONValue.string) ?? .null
        decision.actions.append(.patch(place, ["metadata": ["annotations": [Strimzi.Annotation.rebalance: value]]]))
    }

    private mutating func write(_ status: JSONValue) {
        var status = status
        status["observedGeneration"] = rebalance.at("metadata", "generation")
        guard let patch = KafkaStatus.patch(from: rebalance["status"], to: status) else { return }
        if status.at("conditions")?[0]?["type"]?.string != "NotReady" { needsTick = true }
        decision.actions.append(.patchStatus(place, patch))
    }
}
