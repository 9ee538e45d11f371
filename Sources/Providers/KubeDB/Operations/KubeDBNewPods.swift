import CRDs
import JSON
import KubernetesAPI

/// Whether every pod is another one than before KubeDB was asked.
///
/// Which pods there were is noted before: ages are whole seconds, in which one may go and come.
struct KubeDBNewPods {
    private let state: KubeDBOperationState

    init(_ state: KubeDBOperationState) { self.state = state }

    private var record: OperationRecord? {
        state.database.flatMap { OperationRecord($0.metadata, of: state.operation) }
    }

    /// The answer with the note before its writes; one that writes nothing as it is.
    func noted(in answer: OperationAnswer) -> OperationAnswer {
        guard case .intents(let intents, let log) = answer, let database = state.database else { return answer }
        let facts: JSONObject = ["pods": JSONValue(state.pods.map(\.metadata.uid))]
        let note = (record ?? OperationRecord(state.operation, facts)).intent(state.engine.database, database.metadata)
        return .intents([note] + intents, log: log)
    }

    private func isNew(_ pod: Pod) -> Bool {
        guard let old = record?["pods"]?.array else { return false }
        return !old.contains(.string(pod.metadata.uid))
    }

    var effect: KubeDBEffect {
        guard record != nil else {
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
