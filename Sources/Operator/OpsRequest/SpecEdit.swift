import CRDs
import JSON
import KubernetesAPI
import Providers

/// What an operation has changed in a cluster's spec, field by field: how each stood before, and as it was written.
///
/// It is what `status.previous` and `status.applied` hold, so that a later look, by another process too, can take back
/// what is still the operation's doing, and nothing else.
struct SpecEdit: Equatable {
    struct Field: Equatable {
        /// Nil when it was not set.
        let before: JSONValue?
        /// Nil when it was removed.
        let after: JSONValue?
    }

    private(set) var fields: [String: Field] = [:]

    var isEmpty: Bool { fields.isEmpty }

    /// No change.
    init() {}

    /// What a change does to a spec.
    ///
    /// - Throws: ``JSONError`` when the change would leave a spec that nobody can read.
    init(of spec: DatabaseClusterSpec, by change: SpecChange) throws(JSONError) {
        let before = OperableFields(of: spec).values
        let after = OperableFields(of: try spec.merging(change.patch)).values
        for name in Set(before.keys).union(after.keys) where !OperableFields.isSame(name, before[name], after[name]) {
            fields[name] = Field(before: before[name], after: after[name])
        }
    }

    /// What is on record of earlier.
    init(_ status: OpsRequestStatus) {
        guard let applied = status.applied, let previous = status.previous else { return }
        let (before, after) = (OperableFields(json: previous).values, OperableFields(json: applied).values)
        for name in Set(before.keys).union(after.keys) {
            fields[name] = Field(before: before[name], after: after[name])
        }
    }

    /// Puts on record what was changed, beside what was before; of a field that is there already the new edit counts.
    func record(in status: inout OpsRequestStatus) {
        var all = SpecEdit(status)
        all.fields.merge(fields) { $1 }
        status.previous = Self.json(all.fields.mapValues(\.before))
        status.applied = Self.json(all.fields.mapValues(\.after))
    }

    private static func json(_ values: [String: JSONValue?]) -> JSONValue {
        var json = OperableFields(values.compactMapValues(\.self)).json
        let unset = values.filter { $0.value == nil }.keys.sorted()
        if !unset.isEmpty { json["unset"] = JSONValue(unset) }
        return json
    }
}

extension SpecEdit {
    /// How a spec stands to the edit, some time after it.
    struct Standing: Equatable {
        /// Fields that are as the operation wrote them, by name.
        var own: [String] = []
        /// Fields that somebody has given another value since, as sentences.
        var edited: [String] = []
    }

    /// Sorts the fields by whether they still have the value that the operation wrote.
    ///
    /// A field that is as it was before counts as neither.
    func standing(in spec: DatabaseClusterSpec) -> Standing {
        let now = OperableFields(of: spec).values
        var standing = Standing()
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) {
            if OperableFields.isSame(name, now[name], field.after) {
                standing.own.append(name)
            } else if !OperableFields.isSame(name, now[name], field.before) {
                standing.edited.append("\(name) is \(Self.text(now[name])), not \(Self.text(field.after))")
            }
        }
        return standing
    }

    /// The fields that are not as the operation wrote them, as sentences; empty while all are.
    func lost(in spec: DatabaseClusterSpec) -> [String] { sentences(on: spec) { $0.after } }

    /// The fields that are not as they were before, as sentences; empty when all are.
    func unrestored(in spec: DatabaseClusterSpec) -> [String] { sentences(on: spec) { $0.before } }

    private func sentences(on spec: DatabaseClusterSpec, wanted: (Field) -> JSONValue?) -> [String] {
        let now = OperableFields(of: spec).values
        return fields.sorted { $0.key < $1.key }
            .filter { !OperableFields.isSame($0.key, now[$0.key], wanted($0.value)) }
            .map { "\($0.key) is \(Self.text(now[$0.key])), not \(Self.text(wanted($0.value)))" }
    }

    /// The merge patch of the spec that gives these fields their values of before.
    func restoring(_ names: [String], in spec: DatabaseClusterSpec) -> JSONValue {
        let now = OperableFields(of: spec)
        var restored = now
        for name in names { restored.values[name] = fields[name]?.before }
        return JSONMergePatch.difference(from: now.json, to: restored.json) ?? [:]
    }

    /// What restoring these fields means, as in `clusterSize 5 → 3`.
    func sentence(restoring names: [String]) -> String {
        names.map { "\($0) \(Self.text(fields[$0]?.after)) → \(Self.text(fields[$0]?.before))" }.joined(separator: ", ")
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value else { return "unset" }
        return value.string ?? value.description
    }
}
