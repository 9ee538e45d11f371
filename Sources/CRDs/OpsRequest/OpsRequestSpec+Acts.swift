import JSON
package import KubernetesAPI

extension OpsRequestSpec {
    /// A backup now.
    package struct Backup: Sendable, Hashable {
        /// The backup's name; nil means the request's.
        package var name: String?
        /// A BackupStorage; nil means the cluster's.
        package var storage: String?

        package init(name: String? = nil, storage: String? = nil) {
            self.name = name
            self.storage = storage
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            name = try fields.string("name")
            storage = try fields.string("storage")
        }
    }

    /// Data of an earlier time; at least one of backup and point in time is given.
    package struct Restore: Sendable, Hashable {
        package var backup: String?
        package var pointInTime: Timestamp?
        /// The name of a new DatabaseCluster; nil means in place, where the provider can.
        package var into: String?

        package init(backup: String? = nil, pointInTime: Timestamp? = nil, into: String? = nil) {
            self.backup = backup
            self.pointInTime = pointInTime
            self.into = into
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            backup = try fields.string("backup")
            pointInTime = try fields.optional("pointInTime", Decode.timestamp)
            into = try fields.string("into")
        }
    }

    /// Another primary.
    package struct Switchover: Sendable, Hashable {
        /// A member; nil means that the provider picks.
        package var target: String?

        package init(target: String? = nil) { self.target = target }

        init(from element: JSONElement) throws(JSONError) {
            let target = try FieldReader(element).string("target")
            self.target = target?.isEmpty == true ? nil : target
        }
    }

    /// One member made new from the others.
    package struct RebuildInstance: Sendable, Hashable {
        package var instance: String

        package init(instance: String) { self.instance = instance }

        init(from element: JSONElement) throws(JSONError) {
            instance = try FieldReader(element).requiredString("instance")
        }
    }

    /// One of the provider's own named operations.
    package struct Custom: Sendable, Hashable {
        package var operation: String
        package var parameters: [String: String]

        package init(operation: String, parameters: [String: String] = [:]) {
            self.operation = operation
            self.parameters = parameters
        }

        init(from element: JSONElement) throws(JSONError) {
            let fields = try FieldReader(element)
            operation = try fields.requiredString("operation")
            parameters = try fields.stringMap("parameters")
        }
    }
}
