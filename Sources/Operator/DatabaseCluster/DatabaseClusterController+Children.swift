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
        _ children: RenderedChildren,
        _ observed: Observed
    ) async throws -> Bool {
        var wrote = false
        for intent in children.intents {
            wrote = try await sync(intent, of: cluster, provider, observed) || wrote
        }
        for deletion in children.deletions {
            let target = deletion.target
            do {
                try await context.writer.carryOut(deletion, for: cluster.metadata.key)
            } catch let error as APIError {
                throw ChildWriteFailure(cause: .server(error), resource: target.resource, key: target.key)
            }
            applied.withLock {
                $0[cluster.metadata.key]?.forget(ChildIdentity(resource: target.resource, key: target.key))
            }
            tell(cluster, "Deleted", "\(target.resource.kind) \(target.key.name) is no longer wanted")
            wrote = true
        }
        return wrote
    }

    private func sync(
        _ intent: MarkedIntent,
        of cluster: DatabaseCluster,
        _ provider: any Provider,
        _ observed: Observed
    ) async throws -> Bool {
        var object = intent.object
        let identity = ChildIdentity(resource: object.resource, key: object.key)
        let live = observed.child(object.resource, named: object.key.name)?.body as? DynamicObject
        let action = applied.withLock { applied in
            applied[cluster.metadata.key, default: AppliedChildren()].action(
                for: identity,
                intent: intent,
                live: live.map { LiveChild($0) }
            )
        }
        guard action != .none else { return false }
        object.content = intent.content
        do {
            // The store shows only what carries our label; what has the name without it is looked for.
            let found = if let live { live.metadata } else { try await lookUp(object) }
            if let found, let cause = obstacle(found, object, of: cluster) {
                throw failure(cause, object)
            }
            if object.isBoundToVersion, let live {
                object.content["metadata"]?["resourceVersion"] = .string(live.metadata.resourceVersion)
            }
            if action.isDrift, let cause = brake(identity, action, of: cluster) {
                throw failure(cause, object, isDrift: true)
            }
            let answer = try await context.writer.apply(
                object,
                fieldManager: FieldManager.cluster,
                // What somebody creates under that name in this very moment is not taken over either.
                force: found != nil,
                for: cluster.metadata.key
            )
            let version = answer.metadata.resourceVersion
            let hasChanged = version != found?.resourceVersion
            applied.withLock {
                let answer = LiveChild(answer.metadata) { answer.content }
                $0[cluster.metadata.key]?.note(identity, intent: intent, answer: answer)
                // Without a new generation, and with nothing of ours but bookkeeping changed, there is nothing to be seen.
                let isVisible = answer.metadata.generation != found?.generation || action.changesMore
                guard hasChanged, case .edit = action, isVisible else { return }
                $0[cluster.metadata.key]?.edited(identity, version: version, now: .now)
            }
            tell(action, object, of: cluster, provider, hasChanged: hasChanged)
            return hasChanged
        } catch let error as APIError {
            throw failure(.server(error), object, isDrift: action.isDrift)
        }
    }

    private func failure(
        _ cause: ChildWriteFailure.Cause,
        _ object: DesiredObject,
        isDrift: Bool = false
    ) -> ChildWriteFailure {
        ChildWriteFailure(cause: cause, resource: object.resource, key: object.key, isDrift: isDrift)
    }

    private func lookUp(_ object: DesiredObject) async throws -> ObjectMeta? {
        guard let bytes = try await context.client.get(object.resource, object.key) else { return nil }
        return try JSONDocument.decode(bytes) { (root) throws(JSONError) in
            try ObjectMeta(from: root["metadata"] ?? root)
        }
    }

    /// Why an object that is there must not be written; nil when it is this cluster's own.
    private func obstacle(
        _ found: ObjectMeta,
        _ object: DesiredObject,
        of cluster: DatabaseCluster
    ) -> ChildWriteFailure.Cause? {
        let name = "\(object.resource.kind) \(object.key.name)"
        switch ChildOwnership(found, of: cluster.metadata) {
        case .foreign:
            return .refusal(
                Refusal(
                    "NameTaken",
                    "\(name) exists already and is not this cluster's: choose another name for the DatabaseCluster, "
                        + "or remove that object"
                )
            )
        case .predecessors:
            return .obstacle(
                Refusal("PredecessorLeaving", "\(name) of an earlier DatabaseCluster of this name has to go first")
            )
        case .ours where found.isBeingDeleted:
            return .obstacle(Refusal("ChildLeaving", "\(name) is being deleted; it is made again when it is gone"))
        case .ours: return nil
        }
    }

    private func brake(
        _ identity: ChildIdentity,
        _ action: ChildAction,
        of cluster: DatabaseCluster
    ) -> ChildWriteFailure.Cause? {
        guard case .putBack(let differences) = action else { return nil }
        let isAllowed = applied.withLock {
            $0[cluster.metadata.key, default: AppliedChildren()].mayPutBack(identity, now: .now)
        }
        guard !isAllowed else { return nil }
        return .obstacle(
            Refusal(
                "FoughtOver",
                "\(identity.resource.kind) \(identity.key.name) is changed again as soon as it is put back "
                    + "(\(Self.list(differences))): find out who does it, or change the DatabaseCluster instead"
            )
        )
    }

    private func tell(
        _ action: ChildAction,
        _ object: DesiredObject,
        of cluster: DatabaseCluster,
        _ provider: any Provider,
        hasChanged: Bool
    ) {
        let name = "\(object.resource.kind) \(object.key.name)"
        switch action {
        case .create: tell(cluster, "Created", "\(name) was created")
        case .edit(let differences):
            let fields = differences.filter { !$0.isBookkeeping }
            let isRendering = differences.contains { $0.path.hasSuffix(RenderingMarks.rendering) }
            // Fields that are no longer intended are in no difference: applying without them lets them go.
            let what =
                isRendering
                ? "it is as this version of the operator renders it" : "fields that are no longer wanted were let go"
            tell(cluster, "Updated", "\(name): \(fields.isEmpty ? what : Self.list(fields))")
        case .putBack(let differences) where hasChanged:
            let types = differences.map { provider.driftType(of: $0.path, in: object.resource) }
            for type in Set(types) { context.metrics.driftPutBack(type) }
            for (difference, type) in zip(differences, types) {
                difference.log(child: name, type, to: Logger.current)
            }
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

    /// Whether fields change that are not the operator's own notes.
    var changesMore: Bool {
        if case .edit(let differences) = self { differences.contains { !$0.isBookkeeping } } else { false }
    }
}
