import KubernetesAPI

extension Refusal {
    /// Why a VolumeExpansion is not taken back.
    static let storageCannotShrink = Refusal(
        "StorageCannotShrink",
        "volumes do not shrink, so the larger storage stays in the spec"
    )
}

/// Deletes the members that cannot start, for the child operator to make them again by the spec that was restored.
///
/// Only when the child says what it said before: a new pod would be no better until then.
enum Recreation {
    /// - Parameter limit: pods made after it are left alone; nil when none are.
    static func intents(of pods: [Pod], madeUntil limit: Timestamp?) -> [Intent] {
        pods
            .filter { pod in
                if let limit {
                    guard let created = pod.metadata.creationTimestamp, created <= limit else { return false }
                }
                return !pod.isReady && !pod.metadata.isBeingDeleted
                    && pod.container(in: MemberFailures.outOfService) != nil
            }
            .map { .delete(.pod, $0.metadata.key, uid: $0.metadata.uid) }
    }
}
