extension JSONElement {
    /// This value and all below it, as values that outlive the document.
    package func value() -> JSONValue { value(omitting: []) }

    /// The same without the field at that path of names, as `value(omitting: "metadata", "managedFields")`.
    package func value(omitting path: StaticString...) -> JSONValue { value(omitting: path[...]) }

    private func value(omitting path: ArraySlice<StaticString>) -> JSONValue {
        switch kind {
        case .null: return .null
        case .bool: return .bool(bool ?? false)
        case .integer: return .integer(integer ?? 0)
        case .double: return .double(double ?? 0)
        case .string: return .string(text.string)
        case .array: return .array(items())
        case .object: return .object(fields(omitting: path))
        }
    }

    private func items() -> [JSONValue] {
        var items: [JSONValue] = []
        forEachItem { item in items.append(item.value(omitting: [])) }
        return items
    }

    private func fields(omitting path: ArraySlice<StaticString>) -> JSONObject {
        var fields: [JSONObject.Field] = []
        forEachField { key, element in
            if let first = path.first, first ~= key {
                guard path.count > 1 else { return }
                fields.append(.init(name: key.string, value: element.value(omitting: path.dropFirst())))
            } else {
                fields.append(.init(name: key.string, value: element.value(omitting: [])))
            }
        }
        return JSONObject(unordered: fields)
    }
}

extension JSONElement {
    /// The paths, as "spec.items[0].name", of fields that occur more than once in their object; each path once.
    ///
    /// They are what the API server reports with `fieldValidation=Strict`.
    package func duplicateFields() -> [String] {
        var found: [String] = []
        collectDuplicateFields(at: "", into: &found)
        return found
    }

    private func collectDuplicateFields(at path: String, into found: inout [String]) {
        for name in repeatedNames() { found.append(path.isEmpty ? name : "\(path).\(name)") }
        forEachField { key, element in
            guard element.kind == .object || element.kind == .array else { return }
            element.collectDuplicateFields(at: path.isEmpty ? key.string : "\(path).\(key.string)", into: &found)
        }
        var index = 0
        forEachItem { element in
            element.collectDuplicateFields(at: "\(path)[\(index)]", into: &found)
            index += 1
        }
    }

    private func repeatedNames() -> [String] {
        var last: JSONKey?
        var isInOrder = true
        forEachField { key, _ in
            if let last { isInOrder = unsafe isInOrder && ByteOrder.compare(last.bytes, key.bytes) < 0 }
            last = key
        }
        guard !isInOrder else { return [] }
        var names: [String] = []
        forEachField { key, _ in names.append(key.string) }
        names.sort(by: ByteOrder.precedes)
        var repeated: [String] = []
        for (name, next) in zip(names, names.dropFirst()) where ByteOrder.areEqual(name, next) {
            if repeated.last.map({ ByteOrder.areEqual($0, name) }) != true { repeated.append(name) }
        }
        return repeated
    }
}
