package import JSON
import KubernetesAPI

/// The part of a DatabaseCluster's spec that operations write, each field under one name.
///
/// The names are the API's; a parameter of `config` is a field of its own, called `config.NAME`. A field that is not set
/// is not there. The same fields make up `previous` and `applied` of an OpsRequest's status.
package struct OperableFields: Sendable, Equatable {
    /// By name.
    package var values: [String: JSONValue]

    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    /// What a spec says.
    package init(of spec: DatabaseClusterSpec) {
        values = [
            "clusterSize": JSONValue(spec.clusterSize), "storage": spec.storage.json, "stopped": .bool(spec.stopped),
        ]
        values["shards"] = spec.shards.map { JSONValue($0) }
        values["size"] = spec.size.map(JSONValue.string)
        values["resources"] = spec.resources?.json
        values["version"] = spec.version.map(JSONValue.string)
        for parameter in spec.config { values[Self.parameter + parameter.name] = .string(parameter.value) }
    }

    static let parameter = "config."

    /// The fields as an object in the shape of a spec; names of parameters are in order.
    package var json: JSONValue {
        var object = JSONObject()
        var config: [JSONValue] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            if name.hasPrefix(Self.parameter) {
                config.append(["name": .string(String(name.dropFirst(Self.parameter.count))), "value": value])
            } else {
                object[name] = value
            }
        }
        object["config"] = .unlessEmpty(config)
        return .object(object)
    }

    /// Reads what ``json`` gives; anything else in the object is skipped.
    package init(json: JSONValue) {
        values = [:]
        for field in json.object ?? [:] {
            switch field.name {
            case "config":
                for item in field.value.array ?? [] {
                    guard let name = item["name"]?.string else { continue }
                    values[Self.parameter + name] = item["value"]
                }
            case "unset": continue
            default: values[field.name] = field.value
            }
        }
    }
}

extension OperableFields {
    /// Whether two values of a field mean the same; nil is a field that is not set.
    ///
    /// Amounts are compared as such: `1Gi` is `1024Mi`.
    package static func isSame(_ name: String, _ left: JSONValue?, _ right: JSONValue?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left == right || (name == "storage" || name == "resources") && isSameAmount(left, right)
    }

    private static func isSameAmount(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = left.object, let right = right.object {
            return left.names == right.names
                && left.allSatisfy { field in right[field.name].map { isSameAmount(field.value, $0) } ?? false }
        }
        guard let left = left.string.flatMap(Quantity.init), let right = right.string.flatMap(Quantity.init) else {
            return left == right
        }
        return left == right
    }
}

extension DatabaseClusterSpec {
    /// The spec as a merge patch of it would leave the fields that operations write; the patch's other fields are skipped.
    ///
    /// Throws ``JSONError`` with the field's path when the result could not be read.
    package func merging(_ patch: JSONValue) throws(JSONError) -> DatabaseClusterSpec {
        let merged = JSONMergePatch.apply(patch, to: OperableFields(of: self).json)
        var fields = JSONObject(
            merged.object?.filter { Self.operable.contains($0.name) }.map { ($0.name, $0.value) } ?? []
        )
        fields["engine"] = .string(engine.rawValue)
        let changed = try JSONDocument.decode(JSONValue.object(fields).serialized()) { (element) throws(JSONError) in
            try DatabaseClusterSpec(from: element)
        }
        var spec = self
        spec.clusterSize = changed.clusterSize
        spec.shards = changed.shards
        spec.size = changed.size
        spec.resources = changed.resources
        spec.storage = changed.storage
        spec.version = changed.version
        spec.stopped = changed.stopped
        spec.config = changed.config
        return spec
    }

    private static let operable: Set = [
        "clusterSize", "shards", "size", "resources", "storage", "version", "stopped", "config",
    ]
}
