import JSON

extension StructuralSchema {
    /// Removes the fields that the schema of a whole object does not know.
    ///
    /// `apiVersion`, `kind` and `metadata` are always known at the root. Returns the paths of what was removed as the
    /// API server words them (`spec.ports[0].name`), sorted.
    func prune(_ value: inout JSONValue) -> [String] {
        var unknown: [String] = []
        prune(&value, at: "", isResource: true, &unknown)
        return unknown.sorted()
    }

    private func prune(_ value: inout JSONValue, at path: String, isResource: Bool, _ unknown: inout [String]) {
        switch value {
        case .object(let fields): prune(fields, of: &value, at: path, isResource: isResource, &unknown)
        case .array(let elements):
            guard let items else { return }
            var changed: [JSONValue]?
            for (index, element) in elements.enumerated() where element.isContainer {
                let count = unknown.count
                var item = element
                items.prune(&item, at: "\(path)[\(index)]", isResource: items.isEmbeddedResource, &unknown)
                if unknown.count != count {
                    changed = changed ?? elements
                    changed?[index] = item
                }
            }
            if let changed { value = .array(changed) }
        default: break
        }
    }

    private func prune(
        _ fields: JSONObject,
        of value: inout JSONValue,
        at path: String,
        isResource: Bool,
        _ unknown: inout [String]
    ) {
        for field in fields {
            if isResource, field.name == "apiVersion" || field.name == "kind" { continue }
            let fieldPath = path.isEmpty ? field.name : path + "." + field.name
            if isResource, field.name == "metadata" {
                var metadata = field.value
                let count = unknown.count
                MetadataFields.prune(&metadata, at: fieldPath, &unknown)
                if unknown.count != count { value[field.name] = metadata }
                continue
            }
            if let schema = schema(of: field.name) {
                guard field.value.isContainer else { continue }
                let count = unknown.count
                var changed = field.value
                schema.prune(&changed, at: fieldPath, isResource: schema.isEmbeddedResource, &unknown)
                if unknown.count != count { value[field.name] = changed }
            } else if !preservesUnknownFields, !allowsAnyAdditionalProperties {
                unknown.append(fieldPath)
                value[field.name] = nil
            }
        }
    }
}

/// The fields of object metadata.
enum MetadataFields {
    private static let known: Set<String> = [
        "annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers",
        "generateName", "generation", "labels", "managedFields", "name", "namespace", "ownerReferences",
        "resourceVersion", "selfLink", "uid",
    ]
    private static let knownOfOwner: Set<String> = [
        "apiVersion", "blockOwnerDeletion", "controller", "kind", "name", "uid",
    ]

    static func prune(_ metadata: inout JSONValue, at path: String, _ unknown: inout [String]) {
        for name in metadata.object?.names ?? [] where !known.contains(name) {
            unknown.append(path + "." + name)
            metadata[name] = nil
        }
        guard case .array(var owners)? = metadata["ownerReferences"] else { return }
        let count = unknown.count
        for index in owners.indices {
            for name in owners[index].object?.names ?? [] where !knownOfOwner.contains(name) {
                unknown.append("\(path).ownerReferences[\(index)].\(name)")
                owners[index][name] = nil
            }
        }
        if unknown.count != count { metadata["ownerReferences"] = .array(owners) }
    }
}
