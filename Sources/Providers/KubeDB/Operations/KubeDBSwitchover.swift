import CRDs
import JSON
import KubernetesAPI

/// Another primary, which KubeDB has for PostgreSQL alone, and there as a promotion by force.
struct KubeDBSwitchover: KubeDBNativeOperation {
    let state: KubeDBOperationState
    private let target: String?

    init(_ state: KubeDBOperationState) {
        self.state = state
        target = state.operation.request.spec.switchover?.target
    }

    var isAct: Bool { true }
    var log: String { "asked \(candidate ?? "a replica") to take over" }

    private var record: OperationRecord? { state.record }

    /// Chosen once: after a stop in between, and when it leads, it is still the same.
    private var candidate: String? { target ?? record?["to"]?.string ?? choice?.metadata.name }

    private var primary: Pod? { state.members.first(where: \.isPrimary) }
    private var choice: Pod? { state.members.first { !$0.isPrimary && $0.isReady } }

    var refusal: Refusal? {
        guard state.engine.engine == .postgresql else {
            return Refusal(
                "Unsupported",
                "KubeDB has no switchover for \(state.engine.kind); nothing was changed. A Restart moves the primary as a "
                    + "side effect."
            )
        }
        let members = state.members
        guard members.count > 1 else {
            return Refusal(
                "SingleMember",
                "the cluster has a single member, and nobody can take over from it; scale it to 2 or more first"
            )
        }
        guard state.operation.request.spec.force else {
            return Refusal(
                "ForceRequired",
                "KubeDB's only switchover is a forced promotion, which can lose what the replica has not received yet; "
                    + "file the request with force: true if that may happen"
            )
        }
        guard let candidate else {
            return Refusal("NoCandidate", "no replica is ready to take over; \(state.unsettled ?? "wait until one is")")
        }
        guard let pod = members.first(where: { $0.metadata.name == candidate }) else {
            return state.unknownMember(candidate)
        }
        guard pod.isReady || pod.isPrimary else {
            return Refusal(
                "TargetNotReady",
                "\(candidate) cannot take over: it is not ready\(pod.hindrance.map { " (\($0))" } ?? "")"
            )
        }
        return nil
    }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? refusal { return .refused(refusal) }
        guard let step, let database = state.database, let candidate else { return .refused(state.absent) }
        let leader = primary?.metadata.name
        if leader == candidate, record == nil {
            return state.unsettled == nil
                ? .alreadySo(message: "\(candidate) is the primary already")
                : .notYet(
                    Refusal("ClusterNotReady", "\(candidate) leads; waiting for \(state.unsettled ?? "the others")")
                )
        }
        if !step.isThere, let blocked = state.blocked { return .notYet(blocked) }
        let facts: JSONObject = ["from": .string(leader ?? ""), "to": .string(candidate)]
        let note = (record ?? OperationRecord(state.operation, facts)).intent(state.engine.database, database.metadata)
        return .intents([note, step.intent], log: "\(log) from \(leader ?? "nobody"), \(step.log)")
    }

    var step: KubeDBStep? {
        guard state.database != nil, let candidate else { return nil }
        return KubeDBStep(
            state,
            "failover",
            "ForceFailOver",
            ["forceFailOver": ["candidates": [.string(candidate)]]],
            isCure: true
        )
    }

    var effect: KubeDBEffect {
        let before = record?["from"]?.string ?? ""
        let leader = primary?.metadata.name
        let missing = leader == candidate ? nil : "\(candidate ?? "a replica") to lead instead of \(leader ?? "nobody")"
        return KubeDBEffect(
            done: missing == nil ? 1 : 0,
            all: 1,
            missing: missing,
            evidence: ["the primary is \(leader ?? "")\(before.isEmpty ? "" : ", before it was \(before)")"]
        )
    }
}

extension Pod {
    /// Whether KubeDB has marked it as the member that takes writes; MariaDB's word is another, in capitals.
    var isPrimary: Bool {
        switch metadata.labels[KubeDBLabel.role]?.lowercased() {
        case "primary", "master": true
        default: false
        }
    }
}

extension KubeDBOperationState {
    /// The pods that hold data.
    var members: [Pod] { database.map { pods(of: $0.data.component) } ?? [] }

    /// Refuses a name that no member has, and says which there are.
    func unknownMember(_ member: String) -> Refusal {
        let names = members.map { $0.isPrimary ? "\($0.metadata.name) (primary)" : $0.metadata.name }
        return Refusal(
            "UnknownMember",
            "\(member.isEmpty ? "the empty name" : member) is no member of cluster \(name); its members are "
                + names.joined(separator: ", ")
        )
    }
}
