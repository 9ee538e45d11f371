import JSON

/// What makes a schema structural, so that it can prune and default (KEP-1170), and what else definitions refuse.
enum StructuralRules {
    private static let refusedKeywords = [
        "$ref", "definitions", "dependencies", "patternProperties", "additionalItems", "id", "$schema",
    ]

    /// What is wrong with a version's schema.
    static func errors(in schema: JSONValue, at path: String) -> [FieldError] {
        var errors: [FieldError] = []
        if schema["type"]?.string != "object" {
            let type = schema["type"] ?? ""
            errors.append(
                schema["type"] == nil
                    ? .required(path + ".type", "must not be empty at the root")
                    : .invalid(path + ".type", type, "must be object at the root")
            )
        }
        collect(schema, path, isRoot: true, depth: 0, &errors)
        if errors.isEmpty {
            do {
                _ = try StructuralSchema(compiling: schema)
            } catch {
                errors.append(.invalid(path, "", error.description))
            }
        }
        return errors
    }

    private static func collect(
        _ schema: JSONValue,
        _ path: String,
        isRoot: Bool,
        depth: Int,
        _ errors: inout [FieldError]
    ) {
        guard depth < 128 else { return }
        let isFree = schema["x-kubernetes-preserve-unknown-fields"]?.bool ?? false
        let isIntOrString = schema["x-kubernetes-int-or-string"]?.bool ?? false
        let type = schema["type"]?.string ?? ""
        if type.isEmpty, !isFree, !isIntOrString, !isRoot {
            errors.append(.required(path + ".type", "must not be empty for specified object fields"))
        }
        if !type.isEmpty, isIntOrString {
            let detail = "must be empty if x-kubernetes-int-or-string is true"
            errors.append(.invalid(path + ".type", .string(type), detail))
        }
        for keyword in refusedKeywords where schema[keyword] != nil {
            errors.append(.forbidden(path + "." + keyword, "\(keyword) is not supported"))
        }
        if schema["uniqueItems"]?.bool == true {
            let detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
            errors.append(.forbidden(path + ".uniqueItems", detail))
        }
        if schema["additionalProperties"]?.bool == false {
            errors.append(.forbidden(path + ".additionalProperties", "additionalProperties cannot be set to false"))
        }
        if schema["properties"]?.object?.isEmpty == false, schema["additionalProperties"] != nil {
            let detail = "additionalProperties and properties are mutual exclusive"
            errors.append(.forbidden(path + ".additionalProperties", detail))
        }
        listErrors(schema, path, type, &errors)
        for field in schema["properties"]?.object ?? JSONObject() {
            let below = path + ".properties[\(field.name)]"
            collect(field.value, below, isRoot: false, depth: depth + 1, &errors)
        }
        for keyword in ["items", "additionalProperties"] {
            guard let below = schema[keyword], below.object != nil else { continue }
            collect(below, path + "." + keyword, isRoot: false, depth: depth + 1, &errors)
        }
    }

    private static func listErrors(_ schema: JSONValue, _ path: String, _ type: String, _ errors: inout [FieldError]) {
        if type == "array", schema["items"]?.object == nil, schema["x-kubernetes-preserve-unknown-fields"] == nil {
            errors.append(.required(path + ".items", "must be specified"))
        }
        guard let listType = schema["x-kubernetes-list-type"]?.string else { return }
        let types = ["atomic", "map", "set"]
        if !types.contains(listType) {
            errors.append(.notSupported(path + ".x-kubernetes-list-type", .string(listType), supported: types))
        }
        if type != "array" {
            let detail = "must be array if x-kubernetes-list-type is specified"
            errors.append(.invalid(path + ".type", .string(type), detail))
        }
        guard listType == "map" else { return }
        let keysPath = path + ".x-kubernetes-list-map-keys"
        let keys = (schema["x-kubernetes-list-map-keys"]?.array ?? []).compactMap(\.string)
        if keys.isEmpty {
            errors.append(.required(keysPath, "must not be empty if x-kubernetes-list-type is map"))
        }
        for (index, key) in keys.enumerated() where schema["items"]?["properties"]?[key] == nil {
            let detail = "entries must all be names of item properties"
            errors.append(.invalid("\(keysPath)[\(index)]", .string(key), detail))
        }
    }
}
