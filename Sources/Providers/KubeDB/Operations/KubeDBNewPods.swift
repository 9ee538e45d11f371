import CRDs
import JSON
import KubernetesAPI

/// Whether every pod is another one than before KubeDB was asked.
///
/// Which pods there were is noted before: ages are whole seconds, in which one may go and come.
struct KubeDBNewPods {
    private let state: KubeDBOperationState

    init(_ state: KubeDBOperationState) { self.state = state }

    /// The answer with the note before its writes; one that writes nothing as it is.
    ///
    /// - Parameter facts: what else is noted.
    func noted(in answer: OperationAnswer, with facts: JSONObject = [:]) -> OperationAnswer {
        guard case .intents(let intents, let log) = answer, let database = state.database else { return answer }
        var facts = facts
        facts["pods"] = JSONValue(state.pods.map(\.metadata.uid))
        let record = state.record ?? OperationRecord(state.operation, facts)
        let note = record.intent(state.engine.database, database.metadata)
        return .intents([note] + intents, log: log)
    }

    private func isNew(_ pod: Pod) -> Bool {
        guard let old = state.record?["pods"]?.array else { return false }
        return !old.contains(.string(pod.metadata.uid))
    }

    var effect: KubeDBEffect {
        guard state.record != nil else {
            return KubeDBEffect(
                done: 0,
                all: max(1, state.pods.count),
                missing:
                    "annotation \(OperationRecord.annotation) of \(state.engine.kind) \(state.name), by which its old "
                    + "pods are known",
                evidence: []
            )
        }
        let done = state.pods.filter { isNew($0) && $0.isReady }
        let old = state.pods.first { !isNew($0) }
        return KubeDBEffect(
            done: done.count,
            all: state.pods.count,
            missing: old.map { "member \($0.metadata.name) to be made anew" },
            evidence: done.map { "\($0.metadata.name) was made anew after the request and is ready" }
        )
    }
}
