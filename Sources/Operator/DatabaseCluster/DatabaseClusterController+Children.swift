import CRDs
import ControllerRuntime
import JSON
import KubernetesAPI
import KubernetesClient
import Logging
import Providers
import Synchronization

extension DatabaseClusterController {
    /// Makes the children what they shall be; false when they are already, which costs no request.
    func sync(
        _ cluster: DatabaseCluster,
        _ provider: any Provider,
        _ objects: [DesiredObject],
        _ observed: Observed
    ) async throws -> Bool {
        var wrote = false
        for object in objects {
            let marked = DesiredObject(
                resource: object.resource,
                key: object.key,
                content: AppliedChildren.marked(object.content)
            )
            wrote = try await sync(marked, of: cluster, observed) || wrote
        }
        for deletion in provider.deletions(of: cluster, desired: objects, observed) {
            try await context.writer.carryOut(deletion, for: cluster.metadata.key)
            let target = deletion.target
            applied.withLock { $0.forget(ChildIdentity(resource: target.resource, key: target.key)) }
            tell(cluster, "Deleted", "\(target.resource.kind) \(target.key.name) is no longer wanted")
            wrote = true
        }
        return wrote
    }

    private func sync(_ object: DesiredObject, of cluster: DatabaseCluster, _ observed: Observed) async throws -> Bool {
        let identity = ChildIdentity(resource: object.resource, key: object.key)
        let child = observed.child(object.resource, named: object.key.name)
        let live = child?.body as? DynamicObject
        let action = applied.withLock { applied in
            applied.action(
                for: identity,
                intent: object.content,
                live: live.map { live in LiveChild(version: live.metadata.resourceVersion) { live.content } }
            )
        }
        guard action != .none else { return false }
        do {
            if action == .create { try await refuseForeign(object, of: cluster) }
            let answer = try await context.writer.apply(
                object,
                fieldManager: FieldManager.cluster,
                for: cluster.metadata.key
            )
            applied.withLock { $0.note(identity, intent: object.content, answer: answer) }
            let version = answer.at("metadata", "resourceVersion")?.string
            tell(action, object, of: cluster, hasChanged: version != live?.metadata.resourceVersion)
            return version != live?.metadata.resourceVersion
        } catch let error as APIError {
            throw ChildWriteFailure(
                cause: .server(error),
                resource: object.resource,
                key: object.key,
                isDrift: action.isDrift
            )
        }
    }

    /// An object of that name that we did not make is never taken over.
    private func refuseForeign(_ object: DesiredObject, of cluster: DatabaseCluster) async throws {
        guard let bytes = try await context.client.get(object.resource, object.key) else { return }
        let found = try DynamicObject(resource: object.resource, try JSONValue(parsing: bytes))
        guard !ChildLabels.isOurs(found.metadata, cluster: cluster.metadata.name) else { return }
        throw ChildWriteFailure(
            cause: .refusal(
                Refusal(
                    "NameTaken",
                    "\(object.resource.kind) \(object.key.name) exists already and is not this cluster's: "
                        + "choose another name for the DatabaseCluster, or remove that object"
                )
            ),
            resource: object.resource,
            key: object.key,
            isDrift: false
        )
    }

    private func tell(_ action: ChildAction, _ object: DesiredObject, of cluster: DatabaseCluster, hasChanged: Bool) {
        let name = "\(object.resource.kind) \(object.key.name)"
        switch action {
        case .create: tell(cluster, "Created", "\(name) was created")
        case .edit(let differences):
            let fields = differences.filter { !$0.path.contains(AppliedChildren.annotation) }
            tell(cluster, "Updated", "\(name): \(Self.list(fields))")
        case .putBack(let differences) where hasChanged:
            for type in Set(differences.map { DriftType(path: $0.path) }) { context.metrics.driftPutBack(type) }
            Logger.current.notice(
                "drift_put_back",
                metadata: ["child": "\(name)", "fields": "\(Self.list(differences))"]
            )
            context.tell(
                .warning,
                "DriftPutBack",
                "Reconcile",
                "\(name) was changed by hand and put back: \(Self.list(differences))",
                about: DatabaseCluster.resource,
                cluster.metadata
            )
        case .putBack, .none: break
        }
    }

    private static func list(_ differences: [FieldDifference]) -> String {
        let shown = differences.prefix(5).map(\.description).joined(separator: "; ")
        return differences.count > 5 ? "\(shown); and \(differences.count - 5) more" : shown
    }

    private func tell(_ cluster: DatabaseCluster, _ reason: String, _ note: String) {
        context.tell(.normal, reason, "Reconcile", note, about: DatabaseCluster.resource, cluster.metadata)
    }
}

extension ChildAction {
    var isDrift: Bool {
        if case .putBack = self { true } else { false }
    }
}
