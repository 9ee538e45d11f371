package import JSON

extension StructuralSchema {
    /// Fills in the defaults of fields that are absent, or null where null is not allowed.
    ///
    /// Nulls that are not allowed and have no default are removed, as the API server does on every read of a request.
    package func applyDefaults(to value: inout JSONValue) {
        fillDefaults(&value)
        dropRefusedNulls(&value)
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
}
