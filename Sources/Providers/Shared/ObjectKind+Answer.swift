import JSON
import KubernetesAPI

extension ObjectKind {
    /// Reads one from the answer to a ``Need``; nil when it is none.
    func read(_ answer: JSONValue) -> Object? { try? decode(answer.serialized()) }
}
