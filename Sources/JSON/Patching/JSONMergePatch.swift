/// JSON merge patch (RFC 7386): an object says what to change, `null` what to remove; lists are replaced.
package enum JSONMergePatch {
    /// The target with the patch applied.
    package static func apply(_ patch: JSONValue, to target: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var fields = target.object ?? JSONObject()
        for change in changes {
            if case .null = change.value {
                fields[change.name] = nil
            } else {
                fields[change.name] = apply(change.value, to: fields[change.name] ?? .null)
            }
        }
        return .object(fields)
    }

    /// The smallest patch that makes `to` out of `from`; nil when they are equal.
    ///
    /// A merge patch cannot write `null`: fields that are `null` in `to` come out removed.
    package static func difference(from: JSONValue, to: JSONValue) -> JSONValue? {
        guard from != to else { return nil }
        guard case .object(let old) = from, case .object(let new) = to else { return to }
        var changes = JSONObject()
        for field in old where new[field.name] == nil { changes[field.name] = .some(.null) }
        for field in new {
            if let before = old[field.name] {
                if let change = difference(from: before, to: field.value) { changes[field.name] = change }
            } else {
                changes[field.name] = field.value
            }
        }
        return .object(changes)
    }
}
