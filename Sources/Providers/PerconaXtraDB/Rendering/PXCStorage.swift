import CRDs
import JSON
import KubernetesAPI

/// A BackupStorage in the words of Percona's operator, which has no field for a prefix: it goes into the bucket.
struct PXCStorage {
    private let storage: BackupStorage
    private let path: String

    /// A path that starts with `/` counts from the bucket, any other from the storage's prefix; refuses a storage that
    /// Percona's operator cannot use.
    init(_ storage: BackupStorage, path: String) throws(Refusal) {
        self.storage = storage
        let joined = path.hasPrefix("/") ? path : "\(storage.spec.prefix)/\(path)"
        self.path = joined.split(separator: "/").map { "/\($0)" }.joined()
        if let refusal = Self.refusal(of: storage) { throw refusal }
    }

    private static func refusal(of storage: BackupStorage) -> Refusal? {
        let name = storage.metadata.name
        switch storage.spec.type {
        case .s3, .azure: break
        case .gcs:
            return Refusal(
                "BackupStorageUnsupported",
                "BackupStorage \(name) is of type gcs, which provider percona-pxc does not have; use type s3 with endpoint "
                    + "https://storage.googleapis.com and an HMAC key"
            )
        case .filesystem:
            return Refusal(
                "BackupStorageUnsupported",
                "BackupStorage \(name) is a filesystem, and Percona's operator would write each backup to a new volume "
                    + "that knows no directory; use s3 or azure with provider percona-pxc"
            )
        }
        guard storage.spec.credentialsSecret == nil else { return nil }
        return Refusal(
            "BackupStorageUnsupported",
            "BackupStorage \(name) needs a credentialsSecret with \(storage.spec.type.credentialKeys.joined(separator: " and ")): "
                + "the backups of provider percona-pxc take their credentials from a Secret only"
        )
    }

    /// The bucket with the path in it.
    var bucket: String { storage.spec.bucket + path }

    /// The field of its kind, `s3` or `azure`, with what leads there.
    var location: (name: String, value: JSONValue) {
        var fields: JSONObject = [storage.spec.type == .azure ? "container" : "bucket": .string(bucket)]
        fields["credentialsSecret"] = storage.spec.credentialsSecret.map(JSONValue.string)
        fields["endpointUrl"] = storage.spec.endpoint.map(JSONValue.string)
        guard storage.spec.type == .s3 else { return ("azure", .object(fields)) }
        fields["region"] = storage.spec.region.map(JSONValue.string)
        return ("s3", .object(fields))
    }

    /// An entry of `backup.storages`.
    var entry: JSONValue {
        var entry: JSONObject = ["type": .string(storage.spec.type.rawValue), location.name: location.value]
        if !storage.spec.verifyTLS { entry["verifyTLS"] = false }
        return .object(entry)
    }

    /// Where a backup lies, as Percona's operator writes it: in a folder of that name, or with nil in the path itself.
    func destination(_ backup: String?) -> String {
        let folder = "\(storage.spec.type.rawValue)://\(bucket)"
        return backup.map { "\(folder)/\($0)" } ?? folder
    }

    var verifiesTLS: Bool { storage.spec.verifyTLS }
}
