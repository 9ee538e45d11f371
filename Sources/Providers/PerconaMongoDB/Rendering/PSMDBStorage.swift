import CRDs
import JSON
import KubernetesAPI

/// A BackupStorage in the words of Percona's operator for MongoDB.
struct PSMDBStorage {
    private let storage: BackupStorage
    /// Without slashes at its ends.
    private let prefix: String
    private let forcesPathStyle: Bool?

    /// A path that starts with `/` counts from the bucket, any other from the storage's prefix; refuses a storage that
    /// Percona's operator cannot use.
    init(_ storage: BackupStorage, path: String, _ options: PSMDBOptions) throws(Refusal) {
        self.storage = storage
        let joined = path.hasPrefix("/") ? path : "\(storage.spec.prefix)/\(path)"
        prefix = joined.split(separator: "/").joined(separator: "/")
        forcesPathStyle = options.forcesPathStyle
        if let refusal = Self.refusal(of: storage) { throw refusal }
    }

    private static func refusal(of storage: BackupStorage) -> Refusal? {
        let name = storage.metadata.name
        func refused(_ words: String) -> Refusal {
            Refusal("BackupStorageUnsupported", "BackupStorage \(name) \(words)")
        }
        switch storage.spec.type {
        case .s3: return nil
        case .gcs:
            return refused(
                "is of type gcs, for which Percona's agents take other keys than a BackupStorage has; use type s3 with "
                    + "endpoint https://storage.googleapis.com and an HMAC key with provider percona-psmdb"
            )
        case .filesystem:
            return refused(
                "is a filesystem, which would have to be mounted in every pod; use s3 or azure with provider percona-psmdb"
            )
        case .azure:
            if storage.spec.credentialsSecret == nil {
                return refused(
                    "needs a credentialsSecret with \(storage.spec.type.credentialKeys.joined(separator: " and "))"
                )
            }
            return storage.spec.verifyTLS
                ? nil : refused("says verifyTLS: false, which Percona's agents have for s3 only; set it to true")
        }
    }

    /// The field of its kind, `s3` or `azure`, with what leads there.
    var location: (name: String, value: JSONValue) {
        let isAzure = storage.spec.type == .azure
        var fields: JSONObject = [isAzure ? "container" : "bucket": .string(storage.spec.bucket)]
        if !prefix.isEmpty { fields["prefix"] = .string(prefix) }
        fields["credentialsSecret"] = storage.spec.credentialsSecret.map(JSONValue.string)
        fields["endpointUrl"] = storage.spec.endpoint.map(JSONValue.string)
        guard !isAzure else { return ("azure", .object(fields)) }
        fields["region"] = storage.spec.region.map(JSONValue.string)
        if !storage.spec.verifyTLS { fields["insecureSkipTLSVerify"] = true }
        fields["forcePathStyle"] = forcesPathStyle.map(JSONValue.bool)
        return ("s3", .object(fields))
    }

    /// An entry of `backup.storages`, without the mark of the main one.
    var entry: JSONObject { ["type": .string(storage.spec.type.rawValue), location.name: location.value] }

    /// Where the backup of that name lies, as Percona's operator writes it.
    func destination(_ backup: String) -> String {
        let folder = prefix.isEmpty ? storage.spec.bucket : "\(storage.spec.bucket)/\(prefix)"
        return "\(storage.spec.type.rawValue)://\(folder)/\(backup)"
    }
}
