import JSON

extension FieldPathSet {
    /// The places that an applied configuration claims.
    init(claimedBy value: JSONValue, _ type: FieldType) {
        self.init()
        switch (type.form(of: value), value) {
        case (.fields, .object(let fields)):
            for member in fields {
                let field = type.field(member.name)
                var places = FieldPathSet(claimedBy: member.value, field.type)
                let isHollow = member.value.isNull || member.value.object?.isEmpty == true
                if isHollow || !field.isDeclared { places.isMember = true }
                attach(places, at: PathElement.field(member.name))
            }
        case (.set, .array(let items)):
            for item in items { attach(FieldPathSet(isMember: true), at: PathElement.value(item)) }
        case (.list(let keys), .array(let items)):
            for item in items {
                guard let element = PathElement.item(item, keys: keys) else { continue }
                var places = FieldPathSet(claimedBy: item, type.item)
                places.isMember = true
                attach(places, at: element)
            }
        case (.fields, _), (.set, _), (.list, _): break
        case (.leaf, _): isMember = true
        }
    }

    /// Every place of a value, containers included, as a write that adds the value owns them.
    init(allOf value: JSONValue, _ type: FieldType) {
        self.init(isMember: true)
        switch (type.form(of: value), value) {
        case (.fields, .object(let fields)):
            for member in fields {
                let places = FieldPathSet(allOf: member.value, type.field(member.name).type)
                attach(places, at: PathElement.field(member.name))
            }
        case (.set, .array(let items)):
            for item in items { attach(FieldPathSet(isMember: true), at: PathElement.value(item)) }
        case (.list(let keys), .array(let items)):
            for item in items {
                guard let element = PathElement.item(item, keys: keys) else { continue }
                attach(FieldPathSet(allOf: item, type.item), at: element)
            }
        default: break
        }
    }
}

/// What a write changed.
struct FieldComparison: Sendable {
    var added = FieldPathSet()
    var removed = FieldPathSet()
    var modified = FieldPathSet()

    init() {}

    init(from old: JSONValue, to new: JSONValue, _ type: FieldType) {
        // A null container holds as little as an empty one.
        let shape = old.isContainer ? old : new
        let isEmpty = !old.hasMembers && !new.hasMembers
        let isMixed = old.isContainer && new.isContainer && (old.object == nil) != (new.object == nil)
        let isReplaced = !(old.isContainer || old.isNull) || !(new.isContainer || new.isNull)
        switch type.form(of: shape) {
        case .fields where !isEmpty && !isMixed && !isReplaced:
            compareFields(old.object ?? JSONObject(), new.object ?? JSONObject(), type)
        case .set where !isEmpty && !isMixed && !isReplaced:
            compareItems(old.array ?? [], new.array ?? [], type) { PathElement.value($0) }
        case .list(let keys) where !isEmpty && !isMixed && !isReplaced:
            compareItems(old.array ?? [], new.array ?? [], type) { PathElement.item($0, keys: keys) }
        default:
            if old != new { modified.isMember = true }
        }
    }

    private mutating func compareFields(_ old: JSONObject, _ new: JSONObject, _ type: FieldType) {
        for member in new {
            let field = type.field(member.name).type
            let element = PathElement.field(member.name)
            if let before = old[member.name] {
                attach(FieldComparison(from: before, to: member.value, field), at: element)
            } else {
                added.attach(FieldPathSet(allOf: member.value, field), at: element)
            }
        }
        for member in old where new[member.name] == nil {
            let places = FieldPathSet(allOf: member.value, type.field(member.name).type)
            removed.attach(places, at: PathElement.field(member.name))
        }
    }

    private mutating func compareItems(
        _ old: [JSONValue],
        _ new: [JSONValue],
        _ type: FieldType,
        _ element: (JSONValue) -> String?
    ) {
        var before: [String: JSONValue] = [:]
        for item in old { if let element = element(item) { before[element] = item } }
        for item in new {
            guard let element = element(item) else { continue }
            if let earlier = before.removeValue(forKey: element) {
                attach(FieldComparison(from: earlier, to: item, type.item), at: element)
            } else {
                added.attach(FieldPathSet(allOf: item, type.item), at: element)
            }
        }
        for (element, item) in before { removed.attach(FieldPathSet(allOf: item, type.item), at: element) }
    }

    private mutating func attach(_ below: FieldComparison, at element: String) {
        added.attach(below.added, at: element)
        removed.attach(below.removed, at: element)
        modified.attach(below.modified, at: element)
    }

    /// What was changed outside of the given trees.
    func outside(of ignored: FieldPathSet) -> FieldComparison {
        var result = FieldComparison()
        result.added = added.subtractingTrees(ignored)
        result.removed = removed.subtractingTrees(ignored)
        result.modified = modified.subtractingTrees(ignored)
        return result
    }
}

extension JSONValue {
    /// Whether this is an object with fields or an array with items.
    var hasMembers: Bool {
        switch self {
        case .object(let fields): !fields.isEmpty
        case .array(let items): !items.isEmpty
        default: false
        }
    }
}
