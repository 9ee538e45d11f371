import CRDs
import JSON
import KubernetesAPI

/// Other members and other resources.
///
/// A request of KubeDB's with both blocks is taken without a word and does what its type says, leaving the other half.
/// So there are two of them, one after the other; where the combined one is wished to be tried first, what it leaves is
/// asked for after it.
struct KubeDBScaling {
    private let state: KubeDBOperationState
    private let horizontal: KubeDBHorizontalScaling
    private let vertical: KubeDBVerticalScaling

    init(_ state: KubeDBOperationState) {
        self.state = state
        horizontal = KubeDBHorizontalScaling(state)
        vertical = KubeDBVerticalScaling(state)
    }

    /// Both in one request; nil unless that is wished for and both have something to do.
    private var combined: KubeDBStep? {
        guard state.options.triesCombinedScaling, let members = horizontal.native, let resources = vertical.native
        else { return nil }
        let step = KubeDBStep(
            state,
            "scale",
            "VerticalScaling",
            ["horizontalScaling": members, "verticalScaling": resources]
        )
        return step.isThere || (horizontal.lacking != nil && vertical.lacking != nil) ? step : nil
    }

    private var halves: [(step: KubeDBStep, lacking: String?)] {
        [(horizontal.step, horizontal.lacking), (vertical.step, vertical.lacking)].compactMap { step, lacking in
            step.map { ($0, lacking) }
        }
    }

    /// What comes first; nil when there is nothing to do.
    private var first: KubeDBStep? {
        let steps = [combined].compactMap(\.self) + halves.map(\.step)
        return steps.first(where: \.isThere) ?? combined ?? halves.first { $0.lacking != nil }?.step
    }

    private var fields: [SpecChange.Field] { horizontal.fields + vertical.fields }

    func answer() -> OperationAnswer {
        if let refusal = state.notRunning ?? horizontal.refusal ?? vertical.refusal { return .refused(refusal) }
        let fields = fields
        let log = [horizontal.log, vertical.log].filter { !$0.isEmpty }.joined(separator: ", ")
        guard let first else { return state.answerWithoutStep(fields, log: log, effectReport()) }
        return state.answer(by: first, fields, log: log)
    }

    /// The API server refuses the combined one: it is the horizontal half then, and the other follows.
    func substitute(for write: Intent) -> Intent? {
        guard let combined, write == combined.intent else { return nil }
        return horizontal.step?.intent
    }

    func report() -> OperationReport {
        let steps = [combined].compactMap(\.self) + halves.map(\.step)
        for step in steps where step.isThere {
            switch step.fate {
            case .absent, .done: continue
            case .under(let way, let isBegun):
                if isBegun, let refusal = state.memberThatCannotStart { return .failed(refusal) }
                return .running(percent: percent, waitingFor: way)
            case .ended(let report): return report
            }
        }
        return reportOfRest(steps)
    }

    /// All that were made are done: what they have left is asked for now.
    private func reportOfRest(_ steps: [KubeDBStep]) -> OperationReport {
        for (step, lacking) in halves {
            guard let lacking else { continue }
            let made = [combined, step].compactMap(\.self).filter(\.isThere)
            guard made.allSatisfy(isWritten) else { return .running(percent: percent, waitingFor: lacking) }
            guard !step.isThere else { return .retryable(step.broken(lacking)) }
            if let blocked = state.blocked { return .running(percent: percent, waitingFor: blocked.message) }
            return .further([step.intent], log: step.log)
        }
        return effectReport()
    }

    /// Whether what KubeDB has called successful must show in the database's object by now.
    private func isWritten(_ step: KubeDBStep) -> Bool {
        guard case .done(let request) = step.fate, let ended = request.endedAt else { return true }
        return state.operation.observed.now - ended >= KubeDBStep.timeToBeWritten
    }

    private func effectReport() -> OperationReport {
        let (members, resources) = (horizontal.effect, vertical.effect)
        if let missing = members.missing ?? resources.missing ?? state.unsettled {
            return .running(percent: percent, waitingFor: missing)
        }
        return .succeeded(evidence: members.evidence + resources.evidence + ["the \(state.engine.kind) is Ready"])
    }

    private var percent: Int {
        let (members, resources) = (horizontal.effect, vertical.effect)
        return OperationReport.percent(members.done + resources.done, of: members.all + resources.all)
    }
}
