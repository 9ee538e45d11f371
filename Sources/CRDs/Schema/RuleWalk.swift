package import JSON

extension Schema {
    /// The rules that do not hold for a value of this schema, in the order of their places.
    ///
    /// - Parameters:
    ///   - value: The object as it is to be stored, with defaults applied.
    ///   - old: The object that it replaces, or nil when it is new; rules about changes run only then.
    package func violations(new value: JSONValue, old: JSONValue?) -> [FieldViolation] {
        var found: [FieldViolation] = []
        check(value, old, at: "", into: &found)
        return found
    }

    private func check(_ value: JSONValue, _ old: JSONValue?, at path: String, into found: inout [FieldViolation]) {
        for rule in rules where !rule.holds(value, old) {
            found.append(rule.violation(by: value, at: path))
        }
        for property in properties {
            guard let part = value[property.name], !part.isNull else { continue }
            let place = path.isEmpty ? property.name : "\(path).\(property.name)"
            property.schema.check(part, old?[property.name], at: place, into: &found)
        }
    }

    /// Every rule with the path of its place in the schema, the root's being empty; items of lists as `[*]`.
    package var placedRules: [(path: String, rule: Rule)] {
        var found = rules.map { (path: "", rule: $0) }
        for property in properties {
            found += property.schema.placedRules.map { (".\(property.name)\($0.path)", $0.rule) }
        }
        for item in items { found += item.placedRules.map { ("[*]\($0.path)", $0.rule) } }
        return found
    }
}

extension Rule {
    fileprivate func holds(_ value: JSONValue, _ old: JSONValue?) -> Bool {
        switch (check, old) {
        case (.value(let holds), _): holds(value)
        case (.transition(let holds), let old?) where !old.isNull: holds(value, old)
        case (.transition, _): true
        }
    }

    fileprivate func violation(by value: JSONValue, at path: String) -> FieldViolation {
        let field = path + (fieldPath ?? "")
        let trimmed = path.isEmpty && fieldPath != nil ? String(field.dropFirst()) : field
        let reason = reason ?? .invalid
        let isShown = value.object == nil && value.array == nil && reason == .invalid
        return FieldViolation(
            field: trimmed.isEmpty ? "<nil>" : trimmed,
            reason: reason,
            message: message,
            value: isShown ? .some(value) : .none
        )
    }
}
