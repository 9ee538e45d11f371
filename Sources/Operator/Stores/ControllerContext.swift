import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Providers

/// What both controllers see and act through.
struct ControllerContext: Sendable {
    let client: KubernetesClient
    let providers: ProviderFactory
    let stores: Stores
    let writer: IntentWriter
    let needs: NeedReader
    let events: EventRecorder
    let metrics: OperatorMetrics
    /// The safety net behind the events that start all work.
    let interval: Duration
    /// Held by whichever controller works on a cluster, for as long as it does.
    let locks = KeyedLock<ObjectKey>()

    var pending: PendingWrites { writer.pending }

    /// Writes the status when it differs, on condition that the object is still the one that was looked at.
    ///
    /// - Throws: a conflict when it is not; the look is then repeated on the newer object.
    /// - Returns: the version that the write has made of exactly the given one; nil when there was nothing to write.
    @discardableResult
    func writeStatus(
        _ resource: ResourceType,
        _ metadata: ObjectMeta,
        from old: JSONValue,
        to new: JSONValue,
        for cluster: ObjectKey
    ) async throws -> String? {
        guard let difference = JSONMergePatch.difference(from: old, to: new) else { return nil }
        let bytes = try await client.patch(
            resource,
            metadata.key,
            type: .merge,
            ["metadata": ["resourceVersion": .string(metadata.resourceVersion)], "status": difference],
            fieldManager: FieldManager.status,
            subresource: "status"
        )
        return try writer.note(bytes, resource, for: cluster) { $0["metadata"]?["resourceVersion"]?.string }
    }

    /// Tells people about an object, as `kubectl describe` shows it.
    func tell(
        _ severity: EventNote.Severity,
        _ reason: String,
        _ action: String,
        _ note: String,
        about resource: ResourceType,
        _ metadata: ObjectMeta
    ) {
        events.record(
            EventNote(severity, reason: reason, action: action, note: note, regarding: EventSubject(resource, metadata))
        )
    }
}
