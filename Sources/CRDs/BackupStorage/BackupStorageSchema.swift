package import JSON

extension BackupStorage {
    /// The schema of the kind; what `config/crd` and `kubectl explain` show.
    package static let schema = Schema.object(
        "A place for backups that the DatabaseClusters of its namespace may name.",
        [
            "apiVersion": .string("The group and version of this representation.", length: 0...253),
            "kind": .string("The kind of this object.", length: 0...63),
            "metadata": .metadata,
            "spec": spec,
            "status": .object(
                "Whether the place can be used.",
                [
                    "observedGeneration": .observedGeneration(),
                    "conditions": .conditions("Ready."),
                    "usedBy": .integer("How many DatabaseClusters name it.", 0...1_000_000),
                ]
            ),
        ],
        required: ["spec"]
    )

    private static let spec = Schema.object(
        "Where backups go and how to get there.",
        [
            "type": .word(BackupStorageType.self, "What kind of place it is."),
            "bucket": .string(
                "The bucket (s3, gcs), the container (azure), or the directory (filesystem).",
                length: 1...255
            ),
            "prefix": .string("A path inside the bucket.", length: 0...512, default: ""),
            "region": .string("The bucket's region, for s3.", length: 1...63),
            "endpoint": .string(
                "The service's URL, for anything but the cloud's own.",
                length: 1...2048,
                pattern: "^https?://"
            ),
            "credentialsSecret": .name(
                "The Secret with the credentials. Keys: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3, "
                    + "GOOGLE_APPLICATION_CREDENTIALS for gcs, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY "
                    + "for azure; filesystem needs none. Without it the identity of the pods is used."
            ),
            "verifyTLS": .boolean("Whether the endpoint's certificate is checked.", default: true),
        ],
        required: ["type", "bucket"]
    )
}

/// The rules that a BackupStorage must hold to, beyond types and bounds.
package enum BackupStorageRules {
    /// The rules that do not hold; empty when the object may be stored.
    ///
    /// See ``Schema/violations(new:old:)``.
    package static func validate(new: JSONValue, old: JSONValue?) -> [FieldViolation] {
        BackupStorage.schema.violations(new: new, old: old)
    }
}
