import JSON

/// Strategic merge patch: a merge patch in which lists of built-in kinds merge by their keys.
///
/// The keys come from the kind's schema. The directives `$patch`, `$retainKeys`, `$setElementOrder/…` and
/// `$deleteFromPrimitiveList/…` are those that kubectl's three-way merge writes.
enum StrategicMergePatch {
    static func apply(_ patch: JSONValue, to object: JSONValue, _ schema: StructuralSchema?) -> JSONValue {
        var patch = patch
        var result = object
        // Metadata has no schema of its own there.
        if let metadata = patch["metadata"], metadata.object != nil {
            result["metadata"] = mergeMetadata(metadata, into: object["metadata"] ?? [:])
            patch["metadata"] = nil
        }
        return merge(patch, into: result, schema)
    }

    private static func mergeMetadata(_ patch: JSONValue, into metadata: JSONValue) -> JSONValue {
        var patch = patch
        var result = metadata
        for (field, keys) in [("ownerReferences", ["uid"]), ("finalizers", [])] {
            let deleted = patch["$deleteFromPrimitiveList/\(field)"]?.array ?? []
            let order = patch["$setElementOrder/\(field)"]?.array
            patch["$deleteFromPrimitiveList/\(field)"] = nil
            patch["$setElementOrder/\(field)"] = nil
            let items = patch[field]
            if items?.isNull == true { continue }
            guard items != nil || !deleted.isEmpty else { continue }
            patch[field] = nil
            let present = (result[field]?.array ?? []).filter { !deleted.contains($0) }
            let merged = merge(items?.array ?? [], into: present, keys: keys, nil)
            let sorted = order.map { sort(merged, by: $0, keys: keys) } ?? merged
            result[field] = sorted.isEmpty ? Optional.none : .array(sorted)
        }
        return merge(patch, into: result, nil)
    }

    private static func merge(_ patch: JSONValue, into target: JSONValue, _ schema: StructuralSchema?) -> JSONValue {
        guard case .object(var fields) = patch else { return patch }
        switch fields["$patch"]?.string {
        case "replace":
            fields["$patch"] = nil
            return .object(fields)
        case "delete": return [:]
        default: break
        }
        var result = target.object ?? JSONObject()
        if let retained = fields["$retainKeys"]?.array?.compactMap(\.string) {
            for name in result.names where !retained.contains(name) { result[name] = nil }
        }
        for field in fields {
            if field.name.hasPrefix("$") {
                applyDirective(field, to: &result, schema)
                continue
            }
            if field.value.isNull {
                result[field.name] = nil
                continue
            }
            let below = schema?.schema(of: field.name)
            if case .array(let items) = field.value {
                result[field.name] = mergeList(items, into: result[field.name]?.array ?? [], below)
            } else if field.value.object != nil {
                result[field.name] = merge(field.value, into: result[field.name] ?? [:], below)
            } else {
                result[field.name] = field.value
            }
        }
        // The order is set last, when the items are there.
        for field in fields where field.name.hasPrefix("$setElementOrder/") {
            let name = String(field.name.dropFirst("$setElementOrder/".count))
            guard let items = result[name]?.array, let order = field.value.array else { continue }
            result[name] = .array(sort(items, by: order, keys: keys(schema?.schema(of: name)) ?? []))
        }
        return .object(result)
    }

    private static func applyDirective(
        _ field: JSONObject.Field,
        to result: inout JSONObject,
        _ schema: StructuralSchema?
    ) {
        let prefix = "$deleteFromPrimitiveList/"
        guard field.name.hasPrefix(prefix), let deleted = field.value.array else { return }
        let name = String(field.name.dropFirst(prefix.count))
        guard let items = result[name]?.array else { return }
        result[name] = .array(items.filter { !deleted.contains($0) })
    }

    private static func keys(_ schema: StructuralSchema?) -> [String]? {
        switch schema?.listType {
        case .map(let keys): keys
        case .set: []
        default: nil
        }
    }

    private static func mergeList(
        _ patch: [JSONValue],
        into target: [JSONValue],
        _ schema: StructuralSchema?
    ) -> JSONValue {
        guard let keys = keys(schema) else { return .array(patch) }
        if patch.contains(where: { $0["$patch"] == "replace" }) {
            return .array(patch.filter { $0["$patch"] == nil })
        }
        return .array(merge(patch, into: target, keys: keys, schema?.items))
    }

    /// Merges the items with the same keys and appends the others; without keys the items themselves are the keys.
    private static func merge(
        _ patch: [JSONValue],
        into target: [JSONValue],
        keys: [String],
        _ schema: StructuralSchema?
    ) -> [JSONValue] {
        var result = target
        for item in patch {
            let position = result.firstIndex { isSame($0, item, keys) }
            switch (item["$patch"]?.string, position) {
            case ("delete", let position?): result.remove(at: position)
            case ("delete", nil): break
            case (_, let position?): result[position] = merge(item, into: result[position], schema)
            case (_, nil): result.append(item)
            }
        }
        return result
    }

    /// Whether two items are one: their keys agree, as far as the patch names them.
    private static func isSame(_ item: JSONValue, _ patch: JSONValue, _ keys: [String]) -> Bool {
        guard !keys.isEmpty else { return item == patch }
        let named = keys.filter { patch[$0] != nil }
        return !named.isEmpty && named.allSatisfy { item[$0] == patch[$0] }
    }

    /// The items in that order, then those that it does not name.
    private static func sort(_ items: [JSONValue], by order: [JSONValue], keys: [String]) -> [JSONValue] {
        func rank(_ item: JSONValue) -> Int { order.firstIndex { isSame(item, $0, keys) } ?? order.count }
        return items.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(
            \.element
        )
    }
}
