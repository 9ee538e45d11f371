import JSON
import KubernetesAPI

/// Keeps `metadata.managedFields` of one kind, and carries out server-side apply (KEP-555).
///
/// Pure: made for a kind and a subresource, it turns objects into objects. Whole objects go in and come out; the caller
/// fills defaults, validates, and drops what a subresource does not write.
struct FieldManagement: Sendable {
    private let type: FieldType
    private let apiVersion: String
    private let kind: String
    private let subresource: String
    /// What a write through this address cannot change, so that it never owns it.
    private let ignored: FieldPathSet
    private let emptyObject: JSONValue

    /// - Parameters:
    ///   - schema: The schema of a custom kind; nil for a kind that comes with Kubernetes.
    ///   - apiVersion: The version written, such as `v1` or `postgresql.cnpg.io/v1`.
    ///   - hasStatus: Whether the kind has a status subresource, so that the main address does not write the status.
    ///   - subresource: `status`, `scale`, or nil for the main address.
    init(schema: StructuralSchema?, apiVersion: String, kind: String, hasStatus: Bool, subresource: String?) {
        type = schema.map(FieldType.resource) ?? .builtIn(.root)
        self.apiVersion = apiVersion
        self.kind = kind
        self.subresource = subresource ?? ""
        ignored =
            switch subresource {
            case "status": FieldPathSet(fields: [["metadata"], ["spec"]])
            case nil: hasStatus ? FieldPathSet(fields: [["status"]]) : FieldPathSet()
            default: FieldPathSet()
            }
        emptyObject = schema == nil ? BuiltInType.emptyObject(kind: kind) : [:]
    }

    /// Lays a configuration over the stored object, or creates the object from it.
    ///
    /// Places that this manager applied before, leaves out now and nobody else owns are removed. An apply that changes
    /// nothing gives back the stored object, times of managed fields included.
    func apply(
        live: JSONValue?,
        applied: JSONValue,
        manager: String,
        force: Bool,
        now: Timestamp
    ) throws(ApplyFailure) -> JSONValue {
        guard !manager.isEmpty else { throw .missingManager }
        guard applied.at("metadata", "managedFields").map(\.isNull) ?? true else { throw .managedFieldsGiven }
        try checkTypes(of: applied)

        let (before, given) = FieldManagement.separated(live ?? ["metadata": [:]])
        var managed = ManagedFields(given) ?? ManagedFields()
        if managed.entries.isEmpty, live != nil {
            managed = recording(before: emptyObject, after: before, managed, by: "before-first-apply", now: now)
        }

        var writer = entry(manager, operation: "Apply", now: now)
        let last = managed.entries.first { $0.isSameWriter(as: writer) }
        let claimed = FieldPathSet(claimedBy: applied, type).subtractingTrees(ignored)
        writer.places = claimed
        managed.set(writer)
        var after = FieldMerge.merge(before, applied, type)
        if let last { removeGivenUp(last.places, from: &after, claimed: claimed, managed) }

        let isChanged = after != before
        if isChanged {
            let changes = FieldComparison(from: before, to: after, type).outside(of: ignored)
            let written = changes.modified.union(changes.added)
            if !force { try refuseConflicts(written, managed, writer) }
            managed.take(written.union(changes.removed), fromAllBut: writer)
        }
        writer.places = claimed.subtracting(FieldManagement.neverOwned)
        if let last, !isChanged { writer.time = last.time }
        managed.set(writer)
        return FieldManagement.joined(after, managed)
    }

    /// Records a create (without `before`), an update or a patch: the manager owns what it changed.
    ///
    /// Managed fields that the new object carries are taken when they can be read, a single empty entry forgets all of
    /// them, and otherwise those of the stored object stand.
    func update(before: JSONValue?, after: JSONValue, manager: String, now: Timestamp) -> JSONValue {
        let (old, stored) = FieldManagement.separated(before ?? emptyObject)
        let (new, given) = FieldManagement.separated(after)
        var managed = ManagedFields(stored) ?? ManagedFields()
        if subresource.isEmpty, let given {
            if given == [[:]] {
                managed = ManagedFields()
            } else if let carried = ManagedFields(given), !carried.entries.isEmpty {
                managed = carried
            }
        }
        let recorded = recording(before: old, after: new, managed, by: manager, now: now)
        return FieldManagement.joined(new, recorded)
    }

    private func recording(
        before: JSONValue,
        after: JSONValue,
        _ managed: ManagedFields,
        by manager: String,
        now: Timestamp
    ) -> ManagedFields {
        let changes = FieldComparison(from: before, to: after, type).outside(of: ignored)
        let written = changes.modified.union(changes.added)
        var managed = managed
        var writer = entry(manager, operation: "Update", now: now)
        let last = managed.entries.first { $0.isSameWriter(as: writer) }
        managed.take(written.union(changes.removed), fromAllBut: nil)
        let kept = last?.places.subtracting(changes.removed) ?? FieldPathSet()
        let gained = written.subtracting(FieldManagement.neverOwned)
        writer.places = kept.union(gained)
        if gained.isEmpty, let last { writer.time = last.time }
        managed.set(writer)
        managed.joinOldestUpdaters()
        return managed
    }

    /// Takes out what was applied before and is not now, unless someone owns it or it was never applied.
    private func removeGivenUp(
        _ last: FieldPathSet,
        from object: inout JSONValue,
        claimed: FieldPathSet,
        _ managed: ManagedFields
    ) {
        guard !last.subtracting(claimed).isEmpty else { return }
        let applied = last.withDeclaredParents(type)
        let owned = managed.entries.reduce(FieldPathSet()) { $0.union($1.places) }.withDeclaredParents(type)
        let all = FieldPathSet(claimedBy: object, type).withDeclaredParents(type)
        func left(_ removed: FieldPathSet) -> JSONValue { FieldMerge.removing(removed, from: object, type) ?? [:] }
        let pruned = FieldPathSet(claimedBy: left(applied), type).withDeclaredParents(type)
        let withOwned = left(all.subtracting(pruned.union(owned)))
        let remaining = FieldPathSet(claimedBy: withOwned, type).withDeclaredParents(type)
        object = left(all.subtracting(remaining).intersection(applied))
    }

    private func refuseConflicts(
        _ written: FieldPathSet,
        _ managed: ManagedFields,
        _ writer: ManagedFields.Entry
    ) throws(ApplyFailure) {
        var conflicts: [ApplyFailure.Conflict] = []
        for entry in managed.entries where !entry.isSameWriter(as: writer) {
            for path in entry.places.intersection(written).paths {
                conflicts.append(ApplyFailure.Conflict(owner: entry.shown, path: path))
            }
        }
        if !conflicts.isEmpty { throw .conflicts(conflicts) }
    }

    private func checkTypes(of applied: JSONValue) throws(ApplyFailure) {
        guard let problem = TypeCheck.problem(in: applied, type) else { return }
        let name = applied.at("metadata", "name")?.string ?? ""
        let namespace = applied.at("metadata", "namespace")?.string ?? ""
        let gvk = apiVersion.contains("/") ? apiVersion : "/" + apiVersion
        throw .untyped(
            "failed to create typed patch object (\(namespace)/\(name); \(gvk), Kind=\(kind)): \(problem)"
        )
    }

    private func entry(_ manager: String, operation: String, now: Timestamp) -> ManagedFields.Entry {
        ManagedFields.Entry(
            manager: manager,
            operation: operation,
            apiVersion: apiVersion,
            subresource: subresource,
            time: now.description,
            places: FieldPathSet()
        )
    }

    private static func separated(_ object: JSONValue) -> (object: JSONValue, managedFields: JSONValue?) {
        guard let managed = object["metadata"]?["managedFields"] else { return (object, nil) }
        var bare = object
        bare["metadata"]?["managedFields"] = nil
        return (bare, managed)
    }

    private static func joined(_ object: JSONValue, _ managed: ManagedFields) -> JSONValue {
        var object = object
        var metadata = object["metadata"] ?? [:]
        metadata["managedFields"] = managed.json
        object["metadata"] = metadata
        return object
    }

    /// What identifies an object or is the server's own.
    private static let neverOwned = FieldPathSet(fields: [
        ["apiVersion"], ["kind"], ["metadata"], ["metadata", "name"], ["metadata", "namespace"], ["metadata", "uid"],
        ["metadata", "creationTimestamp"], ["metadata", "selfLink"], ["metadata", "clusterName"],
        ["metadata", "generation"], ["metadata", "managedFields"], ["metadata", "resourceVersion"],
    ])
}
