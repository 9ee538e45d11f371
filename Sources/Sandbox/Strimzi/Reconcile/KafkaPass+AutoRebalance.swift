import JSON
import KubernetesAPI

/// Rebalances that the operator makes itself when brokers come or go (`KafkaAutoRebalancingReconciler`).
extension KafkaPass {
    private enum Mode: String {
        case add = "add-brokers"
        case remove = "remove-brokers"
    }

    private enum State: String {
        case idle = "Idle"
        case scaleDown = "RebalanceOnScaleDown"
        case scaleUp = "RebalanceOnScaleUp"
    }

    /// Writes new brokers down before anything is done, so that a failure does not lose them.
    ///
    /// Upstream does so whether or not it is to rebalance; only a success takes it back.
    mutating func noteNewBrokers(_ model: KafkaModel) {
        let former = kafka.at("status", "autoRebalance")
        let waiting = former?["modes"]?.array?.first { $0["mode"]?.string == Mode.remove.rawValue }
        let state = former?["state"]?.string.flatMap { State(rawValue: $0) } ?? .idle
        let added = addedBrokers(model, former)
        var status = Self.status(state, Set(waiting?.brokers ?? []), added, now)
        status["lastTransitionTime"] = former?["lastTransitionTime"] ?? .string(now.description)
        run.status["autoRebalance"] = status
    }

    mutating func rebalanceAutomatically() throws(StrimziFailure) -> Step {
        let model = try model
        guard kafka.at("spec", "cruiseControl", "autoRebalance") != nil else {
            run.status["autoRebalance"] = Optional.none
            return .goOn
        }
        let former = kafka.at("status", "autoRebalance")
        let state = former?["state"]?.string.flatMap { State(rawValue: $0) } ?? .idle
        let added = addedBrokers(model, former)
        let blocked = model.blocked
        run.status["autoRebalance"] = former ?? Self.status(.idle, [], [], now)
        switch state {
        case .idle: try begin(blocked, added)
        case .scaleDown: try follow(.remove, blocked: blocked, added: added)
        case .scaleUp: try follow(.add, blocked: blocked, added: added)
        }
        if run.status.at("autoRebalance", "state")?.string != State.idle.rawValue { needsTick = true }
        return .goOn
    }

    /// The brokers that are new and not yet filled, those of earlier reconciliations among them.
    private func addedBrokers(_ model: KafkaModel, _ former: JSONValue?) -> Set<Int> {
        let new = Set(model.added.filter(\.isBroker).map(\.id))
        let isNewCluster = Set(model.brokers.map(\.id)).isSubset(of: new)
        let waiting = former?["modes"]?.array?.first { $0["mode"]?.string == Mode.add.rawValue }
        return (isNewCluster ? [] : new).union(waiting?.brokers ?? [])
    }

    private mutating func begin(_ blocked: Set<Int>, _ added: Set<Int>) throws(StrimziFailure) {
        if !blocked.isEmpty {
            try create(.remove, blocked, .scaleDown, blocked, added)
        } else if !added.isEmpty {
            try create(.add, added, .scaleUp, blocked, added)
        }
    }

    private mutating func follow(_ mode: Mode, blocked: Set<Int>, added: Set<Int>) throws(StrimziFailure) {
        let name = Strimzi.autoRebalance(run.name, mode.rawValue)
        guard let rebalance = view.others[reference(.kafkaRebalance, name)] else {
            return set(.idle, [], added)
        }
        let wanted = mode == .remove ? blocked : added
        let current = Set(rebalance.at("spec")?.brokers ?? [])
        let isOther = !wanted.isEmpty && wanted != current
        switch rebalance.rebalanceState ?? "New" {
        case "Ready":
            if mode == .add, !blocked.isEmpty { return try replace(rebalance, blocked, added) }
            if isOther { return refresh(rebalance, wanted, mode, blocked, added) }
            delete(rebalance)
            if mode == .remove, !added.isEmpty {
                try create(.add, added, .scaleUp, [], added)
            } else {
                set(.idle, [], [])
            }
        case "New", "PendingProposal", "ProposalReady", "Rebalancing":
            if mode == .add, !blocked.isEmpty { return try replace(rebalance, blocked, added) }
            if isOther { refresh(rebalance, wanted, mode, blocked, added) }
        case "NotReady":
            if mode == .add, isOther { return refresh(rebalance, wanted, mode, blocked, added) }
            delete(rebalance)
            // A failed drain leaves no trace but that it begins again.
            set(.idle, [], mode == .add ? added : [])
        case let other: throw .runtime("Unexpected state \(other)")
        }
    }

    /// A scale-down does not wait for the filling of new brokers.
    private mutating func replace(_ rebalance: JSONValue, _ blocked: Set<Int>, _ added: Set<Int>) throws(StrimziFailure)
    {
        delete(rebalance)
        try create(.remove, blocked, .scaleDown, blocked, blocked == added ? [] : added)
    }

    private mutating func create(
        _ mode: Mode,
        _ brokers: Set<Int>,
        _ state: State,
        _ blocked: Set<Int>,
        _ added: Set<Int>
    ) throws(StrimziFailure) {
        let configurations = kafka.at("spec", "cruiseControl", "autoRebalance")?.array ?? []
        guard let configuration = configurations.first(where: { $0["mode"]?.string == mode.rawValue }) else {
            throw .runtime("No auto-rebalancing configuration specified for mode \(mode.rawValue)")
        }
        var spec: JSONValue = [:]
        if let template = configuration.at("template", "name")?.string {
            // A template that is not there is told in the operator's log alone, and nothing is moved.
            guard let found = view.others[reference(.kafkaRebalance, template)] else { return set(.idle, [], []) }
            spec = found["spec"] ?? [:]
        }
        spec["mode"] = .string(mode.rawValue)
        spec["brokers"] = .array(brokers.sorted().map { JSONValue($0) })
        act(
            .create(
                .kafkaRebalance,
                [
                    "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaRebalance",
                    "metadata": [
                        "name": .string(Strimzi.autoRebalance(run.name, mode.rawValue)),
                        "namespace": .string(run.namespace), "labels": [Strimzi.Label.cluster: .string(run.name)],
                        "annotations": [Strimzi.Annotation.autoApproval: "true"],
                        "finalizers": [.string(Strimzi.Finalizer.autoRebalancing)],
                    ],
                    "spec": spec,
                ]
            )
        )
        set(state, blocked, added)
    }

    private mutating func refresh(
        _ rebalance: JSONValue,
        _ brokers: Set<Int>,
        _ mode: Mode,
        _ blocked: Set<Int>,
        _ added: Set<Int>
    ) {
        let ids = JSONValue.array(brokers.sorted().map { JSONValue($0) })
        let annotations: JSONValue = [Strimzi.Annotation.rebalance: "refresh"]
        act(
            .patch(
                reference(.kafkaRebalance, rebalance.objectName),
                ["metadata": ["annotations": annotations], "spec": ["brokers": ids]]
            )
        )
        set(mode == .add ? .scaleUp : .scaleDown, blocked, added)
    }

    private mutating func delete(_ rebalance: JSONValue) {
        let place = reference(.kafkaRebalance, rebalance.objectName)
        act(.patch(place, rebalance.patchRemoving(finalizer: Strimzi.Finalizer.autoRebalancing)))
        act(.delete(place))
    }

    private mutating func set(_ state: State, _ blocked: Set<Int>, _ added: Set<Int>) {
        run.status["autoRebalance"] = Self.status(state, blocked, added, now)
    }

    private static func status(_ state: State, _ blocked: Set<Int>, _ added: Set<Int>, _ now: Timestamp) -> JSONValue {
        let modes: [JSONValue] = [(Mode.remove, blocked), (.add, added)].filter { !$0.1.isEmpty }.map { mode, brokers in
            ["mode": .string(mode.rawValue), "brokers": .array(brokers.sorted().map { JSONValue($0) })]
        }
        var status: JSONValue = ["state": .string(state.rawValue), "lastTransitionTime": .string(now.description)]
        if !modes.isEmpty { status["modes"] = .array(modes) }
        return status
    }
}

extension JSONValue {
    /// Of a KafkaRebalance's spec, or of a mode in a Kafka's status: the ids of the brokers.
    var brokers: [Int] { self["brokers"]?.array?.compactMap { $0.integer.map { Int($0) } } ?? [] }

    /// Of a KafkaRebalance: the one condition that is its state.
    var rebalanceState: String? {
        let states: Set<String> = [
            "New", "PendingProposal", "ProposalReady", "Rebalancing", "Stopped", "NotReady", "Ready",
            "ReconciliationPaused",
        ]
        return at("status", "conditions")?.array?.compactMap { $0["type"]?.string }.first(where: states.contains)
    }
}
