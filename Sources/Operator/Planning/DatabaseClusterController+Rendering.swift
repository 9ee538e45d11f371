import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Providers
import Synchronization

extension DatabaseClusterController {
    /// The children as they are to be written now: of what only another rendering brings, nothing that disturbs.
    ///
    /// Reads from the server only children that another rendering has made, once for each change of them.
    func rendered(
        _ objects: [DesiredObject],
        for cluster: DatabaseCluster,
        by provider: any Provider,
        _ look: ClusterLook
    ) async throws -> RenderedChildren {
        let hold = UpdateHold(cluster: cluster, provider: provider, observed: look.observed)
        let deletions = provider.deletions(of: cluster, desired: objects, look.observed)
        let heldDeletions = hold.heldDeletions(deletions)
        let all = RenderedChildren(all: objects, deletions: deletions, rendering: provider.rendering)
        guard !heldDeletions.isEmpty || objects.contains(where: { hold.strange($0) != nil }) else { return all }
        var updates: [ChildUpdate] = []
        for object in objects {
            guard let live = hold.strange(object) else {
                updates.append(ChildUpdate(object, rendering: provider.rendering))
                continue
            }
            updates.append(hold.update(of: object, live, try await changes(of: live, to: object, for: cluster)))
        }
        let children = RenderedChildren(updates, deletions: deletions, heldDeletions: heldDeletions)
        guard let pending = children.pending, try !isReleased(pending, of: cluster, look) else { return all }
        return children
    }

    /// A person who has read what is held lets it through, or the window is open and the database is at rest.
    private func isReleased(_ pending: PendingUpdate, of cluster: DatabaseCluster, _ look: ClusterLook) throws -> Bool {
        if cluster.metadata.annotations[APIGroup.applyPendingAnnotation] == pending.hash { return true }
        guard try hours.timeUntilOpen(cluster.spec.maintenance, now: look.observed.now) == .zero else { return false }
        let phase = look.view.status().phase
        return (phase == .ready || phase == .stopped)
            && context.stores.runningOperation(on: cluster.metadata.key) == nil
    }

    /// When to look again at a cluster of which something is held: when its window opens, at the latest as always.
    func lookAgain(at cluster: DatabaseCluster, noLaterThan later: Outcome) -> Outcome {
        guard case .requeue(let usual) = later,
            let opening = try? hours.timeUntilOpen(cluster.spec.maintenance, now: .now), opening > .zero
        else { return later }
        return .requeue(after: min(opening, usual))
    }

    private func changes(
        of live: DynamicObject,
        to object: DesiredObject,
        for cluster: DatabaseCluster
    ) async throws
        -> [FieldChange]
    {
        let identity = ChildIdentity(resource: object.resource, key: object.key)
        let hash = stableHash(of: object.content)
        let known = applied.withLock { $0[cluster.metadata.key]?.strangeChanges(of: identity, live.metadata, to: hash) }
        if let known { return known }
        let changes: [FieldChange]
        do throws(APIError) {
            // The stores drop the managed fields, without which nobody knows which fields would be let go.
            guard let bytes = try await context.client.get(object.resource, object.key) else { return [] }
            changes = ChildUpdate.changes(of: (try? JSONValue(parsing: bytes)) ?? live.content, to: object)
        } catch {
            throw ChildWriteFailure(cause: .server(error), resource: object.resource, key: object.key)
        }
        applied.withLock {
            $0[cluster.metadata.key, default: AppliedChildren()]
                .note(strange: identity, live.metadata, to: hash, changes)
        }
        return changes
    }
}
