import CRDs
import JSON
import KubernetesAPI

/// Stop and Start, by the database's `halted`, which follows from the spec's `stopped`.
struct KubeDBStop {
    private let state: KubeDBOperationState
    private let halts: Bool
    private var spec: DatabaseClusterSpec { state.cluster.spec }

    init(_ state: KubeDBOperationState, halts: Bool) {
        self.state = state
        self.halts = halts
    }

    func answer() -> OperationAnswer {
        if let refusal { return .refused(refusal) }
        guard spec.stopped == halts else {
            // A request of KubeDB's that is under way would stay so on a database that is halted.
            if let blocked = state.blocked { return .notYet(blocked) }
            return .specChange(
                SpecChange(
                    [("stopped", .bool(spec.stopped), .bool(halts))],
                    log: "stopped \(spec.stopped) → \(halts)"
                )
            )
        }
        if case .succeeded(let evidence, _) = report() {
            return .alreadySo(
                message: "the cluster \(halts ? "is stopped" : "runs") already: \(evidence.joined(separator: ", "))"
            )
        }
        return .intents([], log: "stopped is \(halts) already; waiting for the members")
    }

    private var refusal: Refusal? {
        guard state.database != nil else { return state.absent }
        guard halts, state.options.isEphemeral else { return nil }
        return Refusal(
            "EphemeralStorage",
            "the members of \(state.engine.kind) \(state.name) have no volumes: stopped, they would lose their data"
        )
    }

    func report() -> OperationReport {
        guard let database = state.database else {
            return .running(percent: 0, waitingFor: "the \(state.engine.kind) to be there")
        }
        return halts ? reportOfStop(database) : reportOfStart(database)
    }

    private func reportOfStop(_ database: KubeDBDatabase) -> OperationReport {
        let members = database.members
        let percent = OperationReport.percent(members - state.pods.count, of: members)
        guard database.isToldToHalt else {
            return .running(percent: 0, waitingFor: "KubeDB to be told to halt \(state.name)")
        }
        guard state.pods.isEmpty, database.phase == "Halted" else {
            return .running(
                percent: percent,
                waitingFor: "\(state.pods.count) members to stop (KubeDB says \(database.phase))"
            )
        }
        return .succeeded(evidence: [
            "no member pod is left", "\(state.claims.count) volumes are kept",
            "the phase of \(database.engine.kind) is Halted",
        ])
    }

    private func reportOfStart(_ database: KubeDBDatabase) -> OperationReport {
        let members = database.members
        let ready = state.pods.count(where: \.isReady)
        let percent = OperationReport.percent(ready, of: members)
        guard !database.isToldToHalt else { return .running(percent: 0, waitingFor: "KubeDB to be told to go on") }
        if let missing = state.unsettled { return .running(percent: percent, waitingFor: missing) }
        return .succeeded(evidence: [
            "\(ready) of \(members) members are ready", "the \(database.engine.kind) is Ready",
        ])
    }
}
