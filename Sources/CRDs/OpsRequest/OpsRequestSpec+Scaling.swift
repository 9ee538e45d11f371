package import JSON
package import KubernetesAPI

extension OpsRequestSpec {
    /// More or fewer members; at least one of the two is given.
    package struct HorizontalScaling: Sendable, Hashable {
        /// Members that hold data, at least 1.
        package var replicas: Int?
        package var shards: Int?

        package init(replicas: Int? = nil, shards: Int? = nil) {
            self.replicas = replicas
            self.shards = shards
        }

        package var json: JSONValue {
            var fields = JSONObject()
            fields["replicas"] = replicas.map { JSONValue($0) }
            fields["shards"] = shards.map { JSONValue($0) }
            return .object(fields)
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            replicas = try fields.integer("replicas")
            shards = try fields.integer("shards")
        }
    }

    /// Other processor and memory; exactly one of size and resources is given.
    package struct VerticalScaling: Sendable, Equatable {
        package var size: String?
        package var resources: ResourceRequirements?
        /// A part of the cluster by the provider's name for it; empty means the members that hold data.
        package var component: String

        package init(size: String? = nil, resources: ResourceRequirements? = nil, component: String = "") {
            self.size = size
            self.resources = resources
            self.component = component
        }

        package var json: JSONValue {
            var fields = JSONObject()
            fields["size"] = size.map(JSONValue.string)
            fields["resources"] = resources?.json
            fields["component"] = .unlessEmpty(component)
            return .object(fields)
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            size = try fields.string("size")
            resources = try fields.optional("resources", Decode.resources)
            component = try fields.string("component") ?? ""
        }
    }

    /// Larger volumes.
    package struct VolumeExpansion: Sendable, Equatable {
        /// Per member, at least 1Gi.
        package var storage: Quantity

        package init(storage: Quantity) { self.storage = storage }

        package var json: JSONValue { ["storage": .string(storage.description)] }

        init(from element: JSONElement) throws(JSONError) {
            storage = try FieldReader(element).required("storage", Decode.quantity)
        }
    }

    /// Other engine parameters; at least one of the two lists has items.
    package struct Reconfiguring: Sendable, Hashable {
        /// Parameters to set.
        package var config: [ConfigParameter]
        /// Parameters that go back to their default.
        package var remove: [String]

        package init(config: [ConfigParameter] = [], remove: [String] = []) {
            self.config = config
            self.remove = remove
        }

        package var json: JSONValue {
            var fields = JSONObject()
            fields["config"] = .unlessEmpty(config.map(\.json))
            fields["remove"] = .unlessEmpty(remove)
            return .object(fields)
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            config = try fields.list("config", Decode.parameter)
            remove = try fields.strings("remove")
        }
    }

    /// Another version of the engine.
    package struct Upgrade: Sendable, Hashable {
        package var version: String

        package init(version: String) { self.version = version }

        package var json: JSONValue { ["version": .string(version)] }

        init(from element: JSONElement) throws(JSONError) {
            version = try FieldReader(element).requiredString("version")
        }
    }
}
