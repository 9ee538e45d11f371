package import JSON
package import KubernetesAPI

/// What happens to the children when a DatabaseCluster is deleted.
package enum DeletionPolicy: String, Sendable, Hashable, CaseIterable {
    /// Children and data go.
    case delete = "Delete"
    /// Children go, volumes and backups stay.
    case retain = "Retain"
    /// Deletion is refused.
    case protect = "Protect"
}

/// What a person wants a database to be; field names and meanings are the API's.
///
/// Fields with one right default are never nil; an optional one is nil when the person said nothing.
package struct DatabaseClusterSpec: Sendable, Equatable {
    package var engine: Engine
    package var provider: ProviderName?
    package var version: String?
    /// Members that hold data, at least 1.
    package var clusterSize: Int
    package var shards: Int?
    /// A class of the ``SizeLadder``; never together with ``resources``.
    package var size: String?
    package var resources: ResourceRequirements?
    /// Per member.
    package var storage: Quantity
    package var storageClassName: String?
    /// Names occur once.
    package var config: [ConfigParameter]
    package var proxy: ProxySpec?
    package var expose: ExposeSpec
    package var monitoring: MonitoringSpec?
    package var podSchedulingPolicy: PodSchedulingPolicy?
    package var backup: BackupSpec?
    package var dataSource: DataSource?
    package var stopped: Bool
    package var deletionPolicy: DeletionPolicy
    package var operations: OperationsSpec
    /// Nil means that what the operator would change by itself, and what disturbs, waits for a person.
    package var maintenance: MaintenanceSpec?
    /// Free form; an object, empty when nothing is given.
    ///
    /// The provider validates it.
    package var providerOptions: JSONValue

    /// The provider that was named, or the engine's default.
    package var effectiveProvider: ProviderName { provider ?? engine.defaultProvider }

    /// What a spec is that says only what it must.
    package init(engine: Engine, storage: Quantity) {
        self.engine = engine
        self.storage = storage
        clusterSize = Default.clusterSize
        config = []
        expose = ExposeSpec()
        stopped = false
        deletionPolicy = .delete
        operations = OperationsSpec()
        providerOptions = .object([:])
    }

    /// Reads a spec and applies the schema's defaults; throws with the field's path inside the spec.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        self.init(
            engine: try fields.required("engine", Decode.word),
            storage: try fields.required("storage", Decode.quantity)
        )
        provider = try fields.optional("provider", Decode.word)
        version = try fields.string("version")
        clusterSize = try fields.integer("clusterSize") ?? clusterSize
        shards = try fields.integer("shards")
        size = try fields.string("size")
        resources = try fields.optional("resources", Decode.resources)
        storageClassName = try fields.string("storageClassName")
        config = try fields.list("config", Decode.parameter)
        stopped = try fields.bool("stopped") ?? false
        deletionPolicy = try fields.optional("deletionPolicy", Decode.word) ?? deletionPolicy
        providerOptions = try fields.optional("providerOptions", Decode.object) ?? providerOptions
        try readParts(of: fields)
    }

    private mutating func readParts(of fields: FieldReader) throws(JSONError) {
        proxy = try fields.optional("proxy") { (part) throws(JSONError) in try ProxySpec(from: part) }
        expose = try fields.optional("expose") { (part) throws(JSONError) in try ExposeSpec(from: part) } ?? expose
        monitoring = try fields.optional("monitoring") { (part) throws(JSONError) in try MonitoringSpec(from: part) }
        podSchedulingPolicy = try fields.optional("podSchedulingPolicy") { (part) throws(JSONError) in
            try PodSchedulingPolicy(from: part)
        }
        backup = try fields.optional("backup") { (part) throws(JSONError) in try BackupSpec(from: part) }
        dataSource = try fields.optional("dataSource") { (part) throws(JSONError) in try DataSource(from: part) }
        operations =
            try fields.optional("operations") { (part) throws(JSONError) in try OperationsSpec(from: part) }
            ?? operations
        maintenance = try fields.optional("maintenance") { (part) throws(JSONError) in try MaintenanceSpec(from: part) }
    }
}

/// The schema's defaults, which decoding applies too.
enum Default {
    static let clusterSize = 3
    static let proxyReplicas = 2
    static let scrapeInterval = "30s"
    static let backupsKept = 7
    static let historyLimit = 3
    static let operationTimeout = 600
    static let maxRetries = 3
    static let secondsAfterFinished = 3600
    static let preconditionDeadline = 600
}

extension Decode {
    /// An object of any shape, as a value.
    static func object(_ element: JSONElement) throws(JSONError) -> JSONValue {
        guard element.kind == .object else { throw unexpected(element, wanted: "An object") }
        return element.value()
    }
}
