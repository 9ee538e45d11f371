import CRDs
import JSON
import KubernetesAPI

/// A new pod for one member, whose child operator makes again what is deleted.
///
/// The child keeps the old pod's uid, so that the new one is never deleted for the same request.
struct PodRestart {
    let operation: OperationContext
    /// The kind of the child.
    let resource: ResourceType
    let child: ObjectMeta
    let member: String
    /// The member's pod as it is now; nil while there is none.
    let pod: Pod?

    /// What this attempt has noted on the child; nil before it has asked for anything.
    var record: OperationRecord? { OperationRecord(child, of: operation) }

    /// - Parameter maker: who makes the pod again, as the end of a sentence.
    func answer(madeAgainBy maker: String) -> OperationAnswer {
        let record = record
        guard let pod else {
            return record == nil
                ? .refused(Refusal("MemberCannotStart", "\(member) has no pod to restart; request a RebuildInstance"))
                : .intents([], log: "\(member) is being restarted")
        }
        // The pod of after the restart is left alone.
        if let old = record?["pod"]?.string, old != pod.metadata.uid {
            return .intents([], log: "\(member) was restarted")
        }
        return .intents(
            [
                OperationRecord(operation, ["pod": .string(pod.metadata.uid)]).intent(resource, child),
                .delete(.pod, pod.metadata.key, uid: pod.metadata.uid),
            ],
            log: "deleted pod \(member), which \(maker)"
        )
    }

    /// What is missing until it has another pod than the one that was deleted; nil when nothing is.
    var missing: OperationReport? {
        guard let old = record?["pod"]?.string, pod.map({ $0.metadata.uid == old }) ?? true else { return nil }
        return .running(percent: 0, waitingFor: "\(member) to have another pod")
    }
}
