package import JSON

/// One field that a write changes.
package struct FieldChange: Sendable, Hashable {
    /// The names of the fields that lead to it; a list is one field, whatever its items.
    package let path: [String]
    /// Nil when the field is not there before.
    package let before: JSONValue?
    /// Nil when the field is not there afterwards.
    package let after: JSONValue?

    package init(_ path: [String], from before: JSONValue?, to after: JSONValue?) {
        self.path = path
        self.before = before
        self.after = after
    }

    /// Such as `spec.postgresql.parameters.work_mem`; a name that has dots itself stands in brackets.
    package var pathText: String {
        path.reduce("") { text, name in
            if name.contains(".") { return "\(text)[\(name)]" }
            return text.isEmpty ? name : "\(text).\(name)"
        }
    }
}

extension FieldChange: CustomStringConvertible {
    /// Such as `spec.instances: 3 → 5`, cut where a value is long.
    package var description: String { "\(pathText): \(Self.short(before)) → \(Self.short(after))" }

    private static func short(_ value: JSONValue?) -> String {
        guard let text = value.map({ $0.string ?? $0.description }) else { return "absent" }
        return text.count <= 80 ? text : "\(text.prefix(77))..."
    }
}

extension FieldChange {
    /// The fields of `intended` that stand differently in `live`, in the order of their paths.
    ///
    /// What `intended` does not mention is not looked at. Owner references and finalizers are sets that others add to:
    /// they differ only where an intended item is missing.
    package static func all(from live: JSONValue, to intended: JSONValue) -> [FieldChange] {
        var changes: [FieldChange] = []
        compare(live, intended, at: [], into: &changes)
        return changes
    }

    /// All differences of two values, in both directions.
    package static func between(_ before: JSONValue, _ after: JSONValue, at path: [String]) -> [FieldChange] {
        guard case .object(let old) = before, case .object(let new) = after else {
            return before == after ? [] : [FieldChange(path, from: before, to: after)]
        }
        return Set(old.names + new.names).sorted().flatMap { name -> [FieldChange] in
            let place = path + [name]
            guard let left = old[name], let right = new[name] else {
                return [FieldChange(place, from: old[name], to: new[name])]
            }
            return between(left, right, at: place)
        }
    }

    private static func compare(
        _ live: JSONValue?,
        _ intended: JSONValue,
        at path: [String],
        into changes: inout [FieldChange]
    ) {
        switch (live, intended) {
        case (.object(let liveFields)?, .object(let fields)):
            for field in fields {
                compare(liveFields[field.name], field.value, at: path + [field.name], into: &changes)
            }
        case (.array(let liveItems)?, .array(let items)) where isOpenSet(path):
            let missing = items.filter { item in !liveItems.contains { all(from: $0, to: item).isEmpty } }
            if !missing.isEmpty { changes.append(FieldChange(path, from: live, to: intended)) }
        default:
            if live != intended { changes.append(FieldChange(path, from: live, to: intended)) }
        }
    }

    private static func isOpenSet(_ path: [String]) -> Bool {
        path == ["metadata", "ownerReferences"] || path == ["metadata", "finalizers"]
    }
}

extension JSONValue {
    /// The value at the end of that path; nil when there is none.
    package func value(at path: some Collection<String>) -> JSONValue? {
        path.reduce(Optional(self)) { value, name in value?[name] }
    }

    /// Sets the value at the end of the path, or with nil takes the field away.
    ///
    /// Objects on the way are made where they are missing, and those that become empty go with their last field.
    package mutating func set(_ value: JSONValue?, at path: some Collection<String>) {
        guard let name = path.first else {
            if let value { self = value }
            return
        }
        let rest = path.dropFirst()
        var fields = object ?? JSONObject()
        if rest.isEmpty {
            fields[name] = value
        } else if value != nil || fields[name] != nil {
            var inner = fields[name] ?? .object([:])
            inner.set(value, at: rest)
            fields[name] = value == nil && inner.object?.isEmpty == true ? .none : inner
        }
        self = .object(fields)
    }
}
