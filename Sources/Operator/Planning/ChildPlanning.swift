import CRDs
import JSON
import KubernetesAPI
import Providers

/// Finds the writes by which the children of a cluster would become what they shall be; the same rendering as doing it.
struct ChildPlanning {
    let provider: any Provider
    let observed: Observed

    /// What came of looking for the writes.
    enum Answer: Equatable {
        case plan(WritePlan)
        /// The provider must know these first.
        case need([Need])
    }

    /// The writes of the cluster controller for that cluster.
    ///
    /// - Parameter former: the cluster as the children were rendered for it; what its rendering has and the new one has
    ///   not is taken away. Nil when nothing was rendered before.
    func plan(for cluster: DatabaseCluster, former: DatabaseCluster?) -> Answer {
        let missing = provider.missingKinds(for: cluster, observed)
        guard missing.isEmpty else { return .plan(.refused([Self.notInstalled(missing)])) }
        let refusals = provider.validate(cluster, observed)
        guard refusals.isEmpty else { return .plan(.refused(refusals)) }
        switch provider.preReconcile(cluster, observed) {
        case .need(let needs): return .need(needs)
        case .prepare(let intents):
            return .plan(
                WritePlan(
                    writes: intents.map { write(of: $0, for: cluster) },
                    notes: ["the children would be written after that"]
                )
            )
        case .wait(_, let message, _): return .plan(WritePlan(notes: ["nothing would be written yet: \(message)"]))
        case .proceed: return .plan(rendered(cluster, former: former))
        }
    }

    private static func notInstalled(_ kinds: [ResourceType]) -> Refusal {
        let names = kinds.map { "\($0.kind).\($0.group)" }.sorted().joined(separator: ", ")
        return Refusal(
            "NotInstalled",
            "the API server does not serve \(names), or the operator may not read it: install the database operator that "
                + "belongs to it, or grant the rights of config/rbac/role.yaml"
        )
    }

    private func rendered(_ cluster: DatabaseCluster, former: DatabaseCluster?) -> WritePlan {
        let before = former.map { provider.desiredObjects(for: $0, observed) } ?? []
        let objects = provider.desiredObjects(for: cluster, observed)
        var plan = WritePlan()
        for object in objects {
            let old = before.first { $0.resource == object.resource && $0.key == object.key }
            switch write(of: object, before: old, for: cluster) {
            case .success(let write?): plan.writes.append(write)
            case .success(nil): break
            case .failure(let refusal): return .refused([refusal])
            }
        }
        plan.writes += provider.deletions(of: cluster, desired: objects, observed).map { write(of: $0, for: cluster) }
        if cluster.isPaused {
            plan.notes.append("paused by annotation \(APIGroup.reconcileAnnotation): writes to children wait")
        }
        if plan.writes.isEmpty { plan.notes.append("the children are as they shall be; nothing would be written") }
        return plan
    }

    private func write(
        of object: DesiredObject,
        before: DesiredObject?,
        for cluster: DatabaseCluster
    ) -> Result<PlannedWrite?, Refusal> {
        guard let live = observed.child(object.resource, named: object.key.name) else {
            return .success(creation(of: object, for: cluster))
        }
        guard ChildOwnership(live.metadata, of: cluster.metadata) != .foreign else {
            return .failure(
                Refusal(
                    "NameTaken",
                    "\(object.resource.kind) \(object.key.name) exists already and is not this cluster's"
                )
            )
        }
        let content = (live.body as? DynamicObject)?.content ?? .object([:])
        var changes = FieldChange.all(from: content, to: object.content)
        if let before {
            // What only the former rendering has, as it stands now.
            changes += FieldChange.all(from: object.content, to: before.content).compactMap { lost in
                guard lost.before == nil, let value = content.value(at: lost.path) else { return nil }
                return FieldChange(lost.path, from: value, to: nil)
            }
        }
        // What is held back of a new rendering stays so, whatever else is written.
        let held = RenderingMarks(live.metadata).heldHashes(of: provider.rendering) ?? []
        changes.removeAll { held.contains($0.hash) }
        guard !changes.isEmpty else { return .success(nil) }
        return .success(PlannedWrite(.apply, object.resource, object.key, judged(changes, object, for: cluster)))
    }

    private func judged(
        _ changes: [FieldChange],
        _ object: DesiredObject,
        for cluster: DatabaseCluster
    )
        -> [PlannedChange]
    {
        changes.map { change in
            let act = ChildChange(object.resource, object.key, .field(change))
            return PlannedChange(change: change, disruption: provider.disruption(of: act, on: cluster, observed))
        }
    }

    private func creation(
        of object: DesiredObject,
        for cluster: DatabaseCluster,
        as verb: PlannedWrite.Verb = .create
    )
        -> PlannedWrite
    {
        let act = ChildChange(object.resource, object.key, .creation)
        return PlannedWrite(
            verb,
            object.resource,
            object.key,
            FieldChange.leaves(of: object.content["spec"] ?? .object([:]), at: ["spec"])
                .map { PlannedChange(change: $0, disruption: .none) },
            disruption: provider.disruption(of: act, on: cluster, observed)
        )
    }
}

// MARK: - Intents

extension ChildPlanning {
    /// One write that an operation, or the removal of what is not wanted any more, would make.
    func write(of intent: Intent, for cluster: DatabaseCluster) -> PlannedWrite {
        let (resource, key) = intent.target
        switch intent {
        case .create(let object): return creation(of: object, for: cluster)
        case .apply(let object, _):
            guard let live = content(resource, key) else { return creation(of: object, for: cluster) }
            let changes = FieldChange.all(from: live, to: object.content)
            return PlannedWrite(.apply, resource, key, judged(changes, object, for: cluster))
        case .patch(_, _, let format, let body, _, _):
            let live = content(resource, key) ?? .object([:])
            let changes = format == .merge ? Self.merged(body, into: live) : Self.patched(body, live)
            let object = DesiredObject(resource: resource, key: key, content: live)
            return PlannedWrite(.patch, resource, key, judged(changes, object, for: cluster))
        case .copySecret: return PlannedWrite(.create, resource, key)
        case .delete(_, _, let propagation, _, _):
            let act = ChildChange(resource, key, .deletion(propagation))
            return PlannedWrite(.delete, resource, key, disruption: provider.disruption(of: act, on: cluster, observed))
        }
    }

    private func content(_ resource: ResourceType, _ key: ObjectKey) -> JSONValue? {
        (observed.child(resource, named: key.name)?.body as? DynamicObject)?.content
    }

    /// RFC 7386: the leaves of the patch, null for what is taken away.
    private static func merged(_ body: JSONValue, into live: JSONValue) -> [FieldChange] {
        FieldChange.leaves(of: body, at: []).compactMap { leaf in
            let before = live.value(at: leaf.path)
            let after = leaf.after.flatMap { $0.isNull ? nil : $0 }
            return before == after ? nil : FieldChange(leaf.path, from: before, to: after)
        }
    }

    /// RFC 6902: what is tested is not changed.
    private static func patched(_ body: JSONValue, _ live: JSONValue) -> [FieldChange] {
        (body.array ?? []).compactMap { step in
            guard let pointer = step["path"]?.string, let verb = step["op"]?.string, verb != "test" else { return nil }
            let path = pointer.split(separator: "/").map {
                String($0).replacing("~1", with: "/").replacing("~0", with: "~")
            }
            return FieldChange(path, from: live.value(at: path), to: verb == "remove" ? .none : step["value"])
        }
    }
}

extension FieldChange {
    /// All fields of an object that is made new; lists, and objects without fields, count as one.
    static func leaves(of value: JSONValue, at path: [String]) -> [FieldChange] {
        guard case .object(let fields) = value, !fields.isEmpty else {
            return [FieldChange(path, from: nil, to: value)]
        }
        return fields.flatMap { leaves(of: $0.value, at: path + [$0.name]) }
    }
}
