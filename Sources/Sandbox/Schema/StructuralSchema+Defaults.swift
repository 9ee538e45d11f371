import JSON

extension StructuralSchema {
    /// Fills in the defaults of fields that are absent, or null where null is not allowed.
    ///
    /// Nulls that are not allowed and have no default are removed, as the API server does on every read of a request,
    /// and numbers without a fraction become integers, as they are once they were stored.
    func applyDefaults(to value: inout JSONValue) {
        fillDefaults(&value)
        dropRefusedNulls(&value)
        if let stored = value.withStoredNumbers { value = stored }
    }

    private func fillDefaults(_ value: inout JSONValue) {
        guard hasDefaults else { return }
        switch value {
        case .object(var fields):
            value = .null
            for (name, standard) in properties.defaulted {
                let isRefusedNull = fields[name] == .null && properties[name]?.isNullable == false
                if fields[name] == nil || isRefusedNull { fields[name] = standard }
            }
            for name in fields.names {
                guard let schema = schema(of: name), schema.hasDefaults, var field = fields[name] else { continue }
                let isDeclared = properties[name] != nil
                if !isDeclared, field.isNull, !schema.isNullable, let standard = schema.defaultValue {
                    field = standard
                }
                schema.fillDefaults(&field)
                fields[name] = field
            }
            value = .object(fields)
        case .array(var elements):
            guard let items, items.hasDefaults else { return }
            value = .null
            for index in elements.indices {
                if elements[index].isNull, !items.isNullable, let standard = items.defaultValue {
                    elements[index] = standard
                }
                items.fillDefaults(&elements[index])
            }
            value = .array(elements)
        default: break
        }
    }

    private func dropRefusedNulls(_ value: inout JSONValue) {
        switch value {
        case .object(let fields):
            var refused: [String] = []
            for field in fields {
                if field.value.isNull {
                    if properties[field.name]?.isNullable == false { refused.append(field.name) }
                } else if field.value.isContainer, let schema = schema(of: field.name) {
                    var changed = field.value
                    schema.dropRefusedNulls(&changed)
                    if changed != field.value { value[field.name] = changed }
                }
            }
            for name in refused { value[name] = nil }
        case .array(let elements):
            guard let items else { return }
            var changed = elements
            for index in changed.indices where changed[index].isContainer { items.dropRefusedNulls(&changed[index]) }
            if changed != elements { value = .array(changed) }
        default: break
        }
    }
}

extension JSONValue {
    var isContainer: Bool {
        switch self {
        case .object, .array: true
        default: false
        }
    }

    /// The value with every number that has no fraction as an integer; nil when that changes nothing.
    fileprivate var withStoredNumbers: JSONValue? {
        switch self {
        case .double(let number): return Int64(exactly: number).map(JSONValue.integer)
        case .array(var items):
            var isChanged = false
            for index in items.indices {
                guard let stored = items[index].withStoredNumbers else { continue }
                items[index] = stored
                isChanged = true
            }
            return isChanged ? .some(.array(items)) : .none
        case .object(var fields):
            var isChanged = false
            for field in fields {
                guard let stored = field.value.withStoredNumbers else { continue }
                fields[field.name] = stored
                isChanged = true
            }
            return isChanged ? .some(.object(fields)) : .none
        default: return .none
        }
    }
}
