import CRDs
import KubernetesAPI

/// An operation that is one of KubeDB's requests.
///
/// KubeDB's word that a request was successful is not enough: the database's object must have what was wished for, and
/// so must the members.
protocol KubeDBNativeOperation {
    var state: KubeDBOperationState { get }

    /// Why it is not done; nil when it can be.
    var refusal: Refusal? { get }

    /// What must be known before it can be refused or done.
    var needs: [Need] { get }

    /// What the cluster's spec says, and shall say; empty when it does, or is not about it.
    var fields: [SpecChange.Field] { get }

    /// For people, such as `clusterSize 3 → 5`.
    var log: String { get }

    /// The request; nil while there is no database.
    var step: KubeDBStep? { get }

    /// Whether it is done whatever the database's object says, as it leaves nothing there.
    var isAct: Bool { get }

    /// What the database's object does not have yet, as what is waited for; nil when it has all.
    var lacking: String? { get }

    /// What the members show of it.
    var effect: KubeDBEffect { get }

    func answer() -> OperationAnswer
    func report() -> OperationReport
}

/// What the members show of an operation.
struct KubeDBEffect {
    /// How many have it, of how many.
    let done: Int
    let all: Int
    /// What is still to be seen; nil when all of it is.
    let missing: String?
    let evidence: [String]
}

extension KubeDBNativeOperation {
    var needs: [Need] { [] }
    var fields: [SpecChange.Field] { [] }
    var isAct: Bool { false }
    var lacking: String? { nil }

    func answer() -> OperationAnswer { answerByRequest() }
    func report() -> OperationReport { reportOfRequest() }

    /// Has KubeDB do it.
    func answerByRequest() -> OperationAnswer {
        if let refusal = state.notRunning { return .refused(refusal) }
        let needs = needs
        guard needs.isEmpty else { return .need(needs) }
        if let refusal { return .refused(refusal) }
        guard let step else { return .refused(state.absent) }
        let fields = fields
        guard isAct || lacking != nil || step.isThere else {
            return state.answerWithoutStep(fields, log: log, effectReport(since: nil))
        }
        return state.answer(by: step, fields, log: log)
    }

    /// A request that was filed a moment ago may not have been seen yet, so the server is asked before it counts as gone.
    private func reportOfAbsence(of step: KubeDBStep) -> OperationReport {
        switch state.operation.observed.answers[step.need] {
        case nil: .need([step.need])
        case .absent?: .retryable(step.lost)
        case .object?, .objects?, .keys?, .fingerprint?:
            .running(percent: 0, waitingFor: "\(step.engine.operation.kind) \(step.name) to be seen")
        }
    }

    /// What has become of KubeDB's request, and of what it was for.
    func reportOfRequest() -> OperationReport {
        let needs = needs
        guard needs.isEmpty else { return .need(needs) }
        guard let step else { return .running(percent: 0, waitingFor: "the \(state.engine.kind) to be there") }
        return report(of: step)
    }

    private func report(of step: KubeDBStep) -> OperationReport {
        switch step.fate {
        case .absent:
            guard !isAct, lacking == nil else { return reportOfAbsence(of: step) }
            return effectReport(since: nil)
        case .under(let way, let isBegun):
            if isBegun, let refusal = state.memberThatCannotStart { return .failed(refusal) }
            let effect = effect
            let percent = isBegun ? 10 + OperationReport.percent(effect.done, of: effect.all) * 8 / 10 : 0
            return .running(percent: percent, waitingFor: way)
        case .done(let request):
            guard let lacking else { return effectReport(since: request) }
            guard let ended = request.endedAt, state.operation.observed.now - ended >= KubeDBStep.timeToBeWritten else {
                return .running(percent: 90, waitingFor: lacking)
            }
            return .retryable(step.broken(lacking))
        case .ended(let report): return report
        }
    }

    /// - Parameter request: what KubeDB has carried out; nil when that was before, or by somebody else.
    private func effectReport(since request: KubeDBRequest?) -> OperationReport {
        let effect = effect
        let percent = max(request == nil ? 0 : 90, OperationReport.percent(effect.done, of: effect.all))
        if let missing = effect.missing ?? state.unsettled { return .running(percent: percent, waitingFor: missing) }
        let words = request.map { ["\(state.engine.operation.kind) \($0.metadata.name) is Successful"] } ?? []
        return .succeeded(evidence: effect.evidence + words + ["the \(state.engine.kind) is Ready"])
    }
}

extension KubeDBOperationState {
    /// Has KubeDB do a step, once it has nothing else to do.
    func answer(by step: KubeDBStep, _ fields: [SpecChange.Field], log: String) -> OperationAnswer {
        // One that is there already is our own, made just before a stop.
        if !step.isThere, let blocked { return .notYet(blocked) }
        guard !fields.isEmpty else { return .intents([step.intent], log: step.log) }
        return .specChange(SpecChange(fields, log: "\(log), \(step.log)", intents: [step.intent]))
    }

    /// The database's object says already what was asked for.
    ///
    /// - Parameter effect: what the members show of it.
    func answerWithoutStep(
        _ fields: [SpecChange.Field],
        log: String,
        _ effect: @autoclosure () -> OperationReport
    ) -> OperationAnswer {
        guard fields.isEmpty else { return .specChange(SpecChange(fields, log: log)) }
        if case .succeeded(let evidence, _) = effect() {
            return .alreadySo(message: evidence.joined(separator: ", "))
        }
        return .intents([], log: "the \(engine.kind) says so already; waiting for the members")
    }
}

extension KubeDBStep {
    /// What the server itself has under its name.
    var need: Need {
        .object(engine.operation, ObjectKey(namespace: operation.cluster.metadata.namespace, name: name))
    }

    /// KubeDB writes its result into the database's object before it calls a request successful; the two are seen by
    /// different watches.
    static let timeToBeWritten = Duration.seconds(15)

    var lost: Refusal {
        Refusal("NativeRequestGone", "\(engine.operation.kind) \(name) was deleted before it was done")
    }

    /// Successful, and the database does not have it.
    func broken(_ lacking: String) -> Refusal {
        Refusal(
            "NotCarriedOut",
            "\(engine.operation.kind) \(name) is Successful and has not done all: it was still waited for \(lacking)"
        )
    }
}
