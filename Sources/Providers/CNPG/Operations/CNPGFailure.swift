import CRDs
import KubernetesAPI

/// Why an operation cannot succeed any more, read from what the child operator and the kubelet say.
extension CNPGOperationState {
    /// What CloudNativePG will not get out of by itself; nil while it may.
    ///
    /// There is no observed generation: of an operation that may start in such a state, what was so before counts only
    /// after a time in which CloudNativePG must have looked.
    var brokenCluster: Refusal? {
        guard let child, CNPGPhase(child.phase) == .broken else { return nil }
        let mayBeOld =
            operation.request.spec.force || CNPGOperations.phases(of: operation.request.spec.type).contains(.failed)
        guard !mayBeOld || hasHad(Self.timeToBeSeen) else { return nil }
        let reason = child.phaseReason.isEmpty ? "" : ": \(child.phaseReason)"
        return Refusal("ChildFailed", "CloudNativePG says \"\(child.phase)\(reason)\"")
    }

    /// By then CloudNativePG has looked at what was written.
    static let timeToBeSeen = Duration.seconds(30)
}
