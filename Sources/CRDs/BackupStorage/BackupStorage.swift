package import JSON
package import KubernetesAPI

/// A place for backups that clusters of a namespace may name.
package struct BackupStorage: KubernetesObject, Equatable {
    package var metadata: ObjectMeta
    package var spec: BackupStorageSpec
    package var status: BackupStorageStatus

    package static let resource = ResourceType(
        group: APIGroup.name,
        version: APIGroup.version,
        plural: "backupstorages",
        kind: "BackupStorage",
        isNamespaced: true
    )

    package static let kind = ObjectKind<BackupStorage>(resource: resource) { (element) throws(JSONError) in
        try BackupStorage(from: element)
    }

    package init(metadata: ObjectMeta, spec: BackupStorageSpec, status: BackupStorageStatus = .init()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads an object as the API server gives it; see ``DatabaseCluster/init(from:)``.
    package init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        metadata = try fields.required("metadata") { (part) throws(JSONError) in try ObjectMeta(from: part) }
        spec = try fields.required("spec") { (part) throws(JSONError) in try BackupStorageSpec(from: part) }
        status =
            try fields.optional("status") { (part) throws(JSONError) in try BackupStorageStatus(from: part) }
            ?? BackupStorageStatus()
    }

    /// From a manifest's value.
    ///
    /// Throws ``JSONError`` as ``init(from:)`` does.
    package init(_ value: JSONValue) throws(JSONError) { self = try Self.decode(value, as: Self.kind) }
}

/// What kind of place it is.
package enum BackupStorageType: String, Sendable, Hashable, CaseIterable {
    case s3
    case gcs
    case azure
    case filesystem

    /// The keys that a Secret with credentials must have.
    package var credentialKeys: [String] {
        switch self {
        case .s3: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        case .gcs: ["GOOGLE_APPLICATION_CREDENTIALS"]
        case .azure: ["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"]
        case .filesystem: []
        }
    }
}

/// Where backups go and how to get there.
package struct BackupStorageSpec: Sendable, Hashable {
    package var type: BackupStorageType
    /// The bucket, the container, or the directory of a file system.
    package var bucket: String
    /// A path inside the bucket, possibly empty.
    package var prefix: String
    package var region: String?
    /// A URL; nil means the cloud's own.
    package var endpoint: String?
    /// A Secret of the same namespace; nil means the identity of the pods.
    package var credentialsSecret: String?
    package var verifyTLS: Bool

    package init(type: BackupStorageType, bucket: String) {
        self.type = type
        self.bucket = bucket
        prefix = ""
        verifyTLS = true
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        self.init(
            type: try fields.required("type", Decode.word),
            bucket: try fields.requiredString("bucket")
        )
        prefix = try fields.string("prefix") ?? ""
        region = try fields.string("region")
        endpoint = try fields.string("endpoint")
        credentialsSecret = try fields.string("credentialsSecret")
        verifyTLS = try fields.bool("verifyTLS") ?? true
    }
}

/// Whether a place can be used, and how many clusters use it.
package struct BackupStorageStatus: Sendable, Equatable {
    package var observedGeneration: Int64?
    /// A map by type; see `[Condition].set`.
    package var conditions: [Condition] = []
    package var usedBy = 0

    package init() {}

    /// The status as it is written; equal statuses give equal values.
    package var json: JSONValue {
        var fields = JSONObject()
        fields["observedGeneration"] = observedGeneration.map(JSONValue.integer)
        fields["conditions"] = .unlessEmpty(conditions.map(\.json))
        fields["usedBy"] = JSONValue(usedBy)
        return .object(fields)
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        observedGeneration = try fields.integer("observedGeneration").map(Int64.init)
        conditions = try fields.list("conditions", Decode.condition)
        usedBy = try fields.integer("usedBy") ?? 0
    }
}
