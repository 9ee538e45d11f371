import JSON

extension StructuralSchema {
    /// The items that occur twice in lists of type set or map.
    func duplicateItems(in value: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        collectDuplicates(value, at: "", &errors)
        return errors
    }

    private func collectDuplicates(_ value: JSONValue, at path: String, _ errors: inout [FieldError]) {
        guard hasKeyedLists else { return }
        switch value {
        case .object(let fields):
            for field in fields where field.value.isContainer {
                guard let schema = schema(of: field.name), schema.hasKeyedLists else { continue }
                schema.collectDuplicates(field.value, at: path.isEmpty ? field.name : path + "." + field.name, &errors)
            }
        case .array(let elements):
            var seen: Set<JSONValue> = []
            for (index, element) in elements.enumerated() {
                let place = "\(path)[\(index)]"
                if let key = key(of: element), !seen.insert(key).inserted { errors.append(.duplicate(place, key)) }
                items?.collectDuplicates(element, at: place, &errors)
            }
        default: break
        }
    }

    /// What makes an item of this list unique; nil where every item may stand.
    private func key(of element: JSONValue) -> JSONValue? {
        switch listType {
        case .atomic: return nil
        case .set: return element
        case .map(let keys):
            var key = JSONObject()
            for name in keys { key[name] = element[name] }
            return .object(key)
        }
    }
}
