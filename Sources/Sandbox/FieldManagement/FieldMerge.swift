import JSON

/// Merging an applied configuration into an object, and taking places out of one.
enum FieldMerge {
    /// The object with the configuration laid over it; lists of type set and map unite, keeping their order.
    static func merge(_ live: JSONValue, _ applied: JSONValue, _ type: FieldType) -> JSONValue {
        switch (type.form(of: applied), live, applied) {
        case (.fields, .object(var fields), .object(let appliedFields)):
            for member in appliedFields {
                let before = fields[member.name]
                fields[member.name] =
                    before.map { merge($0, member.value, type.field(member.name).type) } ?? member.value
            }
            return .object(fields)
        case (.set, .array(let items), .array(let appliedItems)):
            return .array(merge(items, appliedItems, type.item) { PathElement.value($0) })
        case (.list(let keys), .array(let items), .array(let appliedItems)):
            return .array(merge(items, appliedItems, type.item) { PathElement.item($0, keys: keys) })
        // A null container adds nothing to one with members.
        case (.fields, .object, .null), (.set, .array, .null), (.list, .array, .null):
            return live.hasMembers ? live : applied
        default: return applied
        }
    }

    /// Items of both lists: the applied ones in their order, the others where they stood before those that follow.
    private static func merge(
        _ live: [JSONValue],
        _ applied: [JSONValue],
        _ type: FieldType,
        _ element: (JSONValue) -> String?
    ) -> [JSONValue] {
        let liveElements = live.map { element($0) ?? "" }
        let appliedElements = applied.map { element($0) ?? "" }
        let places = Dictionary(liveElements.enumerated().map { ($1, $0) }) { first, _ in first }
        let claimed = Set(appliedElements)
        var shared = appliedElements.filter { places[$0] != nil }[...]
        var merged: Set<String> = []
        var result: [JSONValue] = []
        var left = 0
        var right = 0
        func take(_ index: Int) {
            let element = appliedElements[index]
            merged.insert(element)
            result.append(places[element].map { FieldMerge.merge(live[$0], applied[index], type) } ?? applied[index])
            if shared.first == element { shared.removeFirst() }
        }
        while left < live.count || right < applied.count {
            if left < live.count, right < applied.count {
                if liveElements[left] == appliedElements[right] {
                    take(right)
                    left += 1
                    right += 1
                    continue
                }
                // An item that both have, but whose turn comes later.
                if claimed.contains(liveElements[left]), let next = shared.first, next != liveElements[left] {
                    left += 1
                    continue
                }
            }
            if left < live.count {
                if !claimed.contains(liveElements[left]) {
                    result.append(live[left])
                    left += 1
                    continue
                }
                if merged.contains(liveElements[left]) { left += 1 }
            }
            if right < applied.count {
                take(right)
                right += 1
            }
        }
        return result
    }

    /// The value without the places; nil when nothing is left of a container that had members.
    static func removing(_ places: FieldPathSet, from value: JSONValue, _ type: FieldType) -> JSONValue? {
        guard !places.isEmpty, value.hasMembers else { return value }
        switch (type.form(of: value), value) {
        case (.fields, .object(var fields)):
            for child in places.children where child.element.utf8.first == UInt8(ascii: "f") {
                let name = String(child.element.dropFirst(2))
                guard let member = fields[name] else { continue }
                fields[name] = remaining(of: member, child.places, type.field(name).type)
            }
            return fields.isEmpty ? .none : .some(.object(fields))
        case (.set, .array(let items)):
            return list(items.compactMap { item in keep(item, places[PathElement.value(item)], type.item) })
        case (.list(let keys), .array(let items)):
            return list(
                items.compactMap { item in
                    keep(item, PathElement.item(item, keys: keys).flatMap { places[$0] }, type.item)
                }
            )
        default: return value
        }
    }

    private static func keep(_ item: JSONValue, _ places: FieldPathSet?, _ type: FieldType) -> JSONValue? {
        guard let places else { return item }
        if !places.isMember, item.hasMembers { return removing(places, from: item, type) ?? .object(JSONObject()) }
        return remaining(of: item, places, type)
    }

    /// A value behind a place: nothing when the place itself is taken out.
    private static func remaining(of value: JSONValue, _ places: FieldPathSet, _ type: FieldType) -> JSONValue? {
        if places.isMember { return .none }
        return removing(places, from: value, type)
    }

    private static func list(_ items: [JSONValue]) -> JSONValue? { items.isEmpty ? .none : .some(.array(items)) }
}
