import JSON

/// Short forms for the schemas of built-in kinds.
///
/// They name the fields that people and controllers write here, and leave room for the rest: a place that is open keeps
/// what it does not know.
enum Shape {
    static let string: JSONValue = ["type": "string"]
    static let integer: JSONValue = ["type": "integer"]
    static let boolean: JSONValue = ["type": "boolean"]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let microTime: JSONValue = ["type": "string"]
    static let intOrString: JSONValue = ["x-kubernetes-int-or-string": true]
    static let strings: JSONValue = ["type": "array", "items": string]
    static let stringMap: JSONValue = ["type": "object", "additionalProperties": string]
    static let quantities: JSONValue = ["type": "object", "additionalProperties": intOrString]
    /// Any object, owned field by field.
    static let open: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]

    static func string(default standard: String) -> JSONValue { filled(string, .string(standard)) }
    static func integer(default standard: Int64) -> JSONValue { filled(integer, .integer(standard)) }
    static func boolean(default standard: Bool) -> JSONValue { filled(boolean, .bool(standard)) }

    /// A place that the server fills when the object that it is in is there.
    static func filled(_ shape: JSONValue, _ standard: JSONValue) -> JSONValue {
        var shape = shape
        shape["default"] = standard
        return shape
    }

    /// An object with these fields and no others.
    static func object(_ properties: JSONValue, required: [String] = []) -> JSONValue {
        var shape: JSONValue = ["type": "object", "properties": properties]
        if !required.isEmpty { shape["required"] = JSONValue(required) }
        return shape
    }

    /// An object with these fields, and any others.
    static func openObject(_ properties: JSONValue, required: [String] = []) -> JSONValue {
        var shape = object(properties, required: required)
        shape["x-kubernetes-preserve-unknown-fields"] = true
        return shape
    }

    /// A list that is owned and replaced as a whole.
    static func list(_ item: JSONValue) -> JSONValue { ["type": "array", "items": item] }

    /// A list whose items are told apart by some of their fields.
    static func list(_ item: JSONValue, by keys: String...) -> JSONValue {
        [
            "type": "array", "items": item, "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": JSONValue(keys),
        ]
    }

    /// A list of strings without repetition.
    static let set: JSONValue = ["type": "array", "items": string, "x-kubernetes-list-type": "set"]

    /// An object that is owned and replaced as a whole.
    static func atomic(_ shape: JSONValue) -> JSONValue {
        var shape = shape
        shape["x-kubernetes-map-type"] = "atomic"
        return shape
    }

    static let labelSelector = atomic(
        object([
            "matchLabels": stringMap,
            "matchExpressions": list(object(["key": string, "operator": string, "values": strings])),
        ])
    )

    static let conditions = list(
        openObject([
            "type": string, "status": string, "reason": string, "message": string, "lastTransitionTime": time,
            "lastProbeTime": time, "lastUpdateTime": time, "observedGeneration": integer,
        ]),
        by: "type"
    )

    static let objectReference = atomic(
        object([
            "apiVersion": string, "kind": string, "name": string, "namespace": string, "uid": string,
            "resourceVersion": string, "fieldPath": string,
        ])
    )

    /// The whole of a kind: its own fields beside apiVersion, kind and metadata.
    static func kind(_ properties: JSONValue, isOpen: Bool = false) -> JSONValue {
        var properties = properties
        properties["apiVersion"] = string
        properties["kind"] = string
        properties["metadata"] = ["type": "object"]
        return isOpen ? openObject(properties) : object(properties)
    }
}
