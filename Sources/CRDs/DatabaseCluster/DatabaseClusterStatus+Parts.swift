package import JSON
package import KubernetesAPI

/// What a member does in its cluster.
package enum MemberRole: String, Sendable, Hashable, CaseIterable {
    case primary
    case replica
    case arbiter
    case mongos
    case configServer
    case broker
    case controller
    case data
    case unknown
}

/// One member as it is now.
package struct MemberStatus: Sendable, Hashable {
    /// The pod's name.
    package var name: String
    package var role: MemberRole
    package var ready: Bool

    package init(name: String, role: MemberRole, ready: Bool) {
        self.name = name
        self.role = role
        self.ready = ready
    }

    var json: JSONValue {
        ["name": .string(name), "role": .string(role.rawValue), "ready": .bool(ready)]
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        name = try fields.requiredString("name")
        role = try fields.string("role").flatMap(MemberRole.init(rawValue:)) ?? .unknown
        ready = try fields.bool("ready") ?? false
    }
}

/// What really runs; a field is nil while it is not known.
package struct CurrentState: Sendable, Equatable {
    package var clusterSize: Int?
    package var shards: Int?
    /// The class that the running resources have, when there is one.
    package var size: String?
    package var resources: ResourceRequirements?
    /// The smallest capacity of the data volumes.
    package var storage: Quantity?

    package init() {}

    package var json: JSONValue {
        var fields = JSONObject()
        fields["clusterSize"] = clusterSize.map { JSONValue($0) }
        fields["shards"] = shards.map { JSONValue($0) }
        fields["size"] = size.map(JSONValue.string)
        fields["resources"] = resources.flatMap { .unlessEmpty($0.json) }
        fields["storage"] = storage.map { .string($0.description) }
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        clusterSize = try fields.integer("clusterSize")
        shards = try fields.integer("shards")
        size = try fields.string("size")
        resources = try fields.optional("resources", Decode.resources)
        storage = try fields.optional("storage", Decode.quantity)
    }
}

/// Where clients connect, as `host:port`.
package struct EndpointsStatus: Sendable, Hashable {
    package var primary: String?
    package var replica: String?
    package var proxy: String?
    package var external: String?

    package init(
        primary: String? = nil,
        replica: String? = nil,
        proxy: String? = nil,
        external: String? = nil
    ) {
        self.primary = primary
        self.replica = replica
        self.proxy = proxy
        self.external = external
    }

    var json: JSONValue {
        var fields = JSONObject()
        fields["primary"] = primary.map(JSONValue.string)
        fields["replica"] = replica.map(JSONValue.string)
        fields["proxy"] = proxy.map(JSONValue.string)
        fields["external"] = external.map(JSONValue.string)
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        primary = try fields.string("primary")
        replica = try fields.string("replica")
        proxy = try fields.string("proxy")
        external = try fields.string("external")
    }
}

/// What is known of a cluster's backups.
package struct BackupStatus: Sendable, Hashable {
    package var lastSuccessfulTime: Timestamp?
    package var lastBackupName: String?
    package var firstRecoverabilityPoint: Timestamp?
    /// How many schedules are in force.
    package var schedules: Int

    package init(
        lastSuccessfulTime: Timestamp? = nil,
        lastBackupName: String? = nil,
        firstRecoverabilityPoint: Timestamp? = nil,
        schedules: Int = 0
    ) {
        self.lastSuccessfulTime = lastSuccessfulTime
        self.lastBackupName = lastBackupName
        self.firstRecoverabilityPoint = firstRecoverabilityPoint
        self.schedules = schedules
    }

    var json: JSONValue {
        var fields = JSONObject()
        fields["lastSuccessfulTime"] = lastSuccessfulTime.map { .string($0.description) }
        fields["lastBackupName"] = lastBackupName.map(JSONValue.string)
        fields["firstRecoverabilityPoint"] = firstRecoverabilityPoint.map { .string($0.description) }
        fields["schedules"] = JSONValue(schedules)
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        lastSuccessfulTime = try fields.optional("lastSuccessfulTime", Decode.timestamp)
        lastBackupName = try fields.string("lastBackupName")
        firstRecoverabilityPoint = try fields.optional("firstRecoverabilityPoint", Decode.timestamp)
        schedules = try fields.integer("schedules") ?? 0
    }
}

/// Whether metrics were asked for, and whether they can be scraped.
package struct MonitoringStatus: Sendable, Hashable {
    package var enabled: Bool
    package var ready: Bool

    package init(enabled: Bool, ready: Bool) {
        self.enabled = enabled
        self.ready = ready
    }

    var json: JSONValue { ["enabled": .bool(enabled), "ready": .bool(ready)] }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        enabled = try fields.bool("enabled") ?? false
        ready = try fields.bool("ready") ?? false
    }
}

/// How many proxies there are, and how many of them are ready.
package struct ProxyStatus: Sendable, Hashable {
    package var replicas: Int
    package var readyReplicas: Int

    package init(replicas: Int, readyReplicas: Int) {
        self.replicas = replicas
        self.readyReplicas = readyReplicas
    }

    var json: JSONValue { ["replicas": JSONValue(replicas), "readyReplicas": JSONValue(readyReplicas)] }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        replicas = try fields.integer("replicas") ?? 0
        readyReplicas = try fields.integer("readyReplicas") ?? 0
    }
}

/// An object of another operator that works for one of ours, in the same namespace.
package struct ObjectReference: Sendable, Hashable {
    package var apiVersion: String
    package var kind: String
    package var name: String
    package var uid: String?

    package init(apiVersion: String, kind: String, name: String, uid: String? = nil) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
    }

    package var json: JSONValue {
        var fields: JSONObject = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name),
        ]
        fields["uid"] = uid.map(JSONValue.string)
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        apiVersion = try fields.requiredString("apiVersion")
        kind = try fields.requiredString("kind")
        name = try fields.requiredString("name")
        uid = try fields.string("uid")
    }
}

/// The operation that works on a cluster now.
package struct RunningOperation: Sendable, Hashable {
    /// The OpsRequest's name.
    package var name: String
    package var type: OpsRequestType
    /// Percent.
    package var progress: Int

    package init(name: String, type: OpsRequestType, progress: Int) {
        self.name = name
        self.type = type
        self.progress = progress
    }

    var json: JSONValue {
        ["name": .string(name), "type": .string(type.rawValue), "progress": JSONValue(progress)]
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        name = try fields.requiredString("name")
        type = try fields.required("type", Decode.word)
        progress = try fields.integer("progress") ?? 0
    }
}
