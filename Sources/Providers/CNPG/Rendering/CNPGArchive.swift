import CRDs
import JSON
import KubernetesAPI

/// Where a cluster's backups and WAL go.
///
/// The folder must be empty when a cluster starts to archive, else PostgreSQL does not come up ("Expected empty
/// archive"). So it carries the cluster's uid, because a cluster of the same name may have been there before, and the
/// major version, because the WAL of one cannot be read by the other.
struct CNPGArchive {
    let names: CNPGNames
    /// What all folders of this cluster start with.
    let base: String

    static let pluginName = "barman-cloud.cloudnative-pg.io"

    init(_ cluster: DatabaseCluster) {
        names = CNPGNames(cluster)
        base = "\(cluster.metadata.name)-\(cluster.metadata.uid.prefix(8))"
    }

    static func folder(base: String, major: Int) -> String { "\(base)-\(major)" }

    /// The item of a Cluster's `plugins`.
    func plugin(major: Int) -> JSONValue {
        [
            "name": .string(Self.pluginName), "enabled": true, "isWALArchiver": true,
            "parameters": [
                "barmanObjectName": .string(names.objectStore),
                "serverName": .string(Self.folder(base: base, major: major)),
            ],
        ]
    }

    /// How a new cluster reads another one's archive; the item of `externalClusters` named ``sourceName``.
    static func source(store: String, folder: String) -> JSONValue {
        [
            "name": .string(sourceName),
            "plugin": [
                "name": .string(pluginName),
                "parameters": ["barmanObjectName": .string(store), "serverName": .string(folder)],
            ],
        ]
    }

    static let sourceName = "origin"

    /// The retention that the schedules mean: the plugin keeps what a window of days needs, not a number of backups, so
    /// the window is as long as the wanted number of backups takes, of the schedule for which that is longest.
    static func retention(of schedules: [BackupSchedule]) -> String? {
        let day = 86_400
        let days = schedules.compactMap { schedule in
            CronSchedule(schedule.schedule)?.meanInterval.map { max(1, (schedule.retention * $0 + day - 1) / day) }
        }
        return days.max().map { "\($0)d" }
    }
}

extension CNPGArchive {
    /// The `configuration` of an ObjectStore; a refusal when this provider cannot use such a place.
    ///
    /// A path that starts with `/` counts from the bucket, any other from the storage's prefix.
    static func configuration(
        of storage: BackupStorage,
        path: String = "",
        _ options: CNPGOptions
    ) throws(Refusal) -> JSONObject {
        let name = storage.metadata.name
        guard storage.spec.verifyTLS || options.endpointCA != nil else {
            throw Refusal(
                "BackupStorageUnsupported",
                "BackupStorage \(name) says verifyTLS: false, which provider cnpg cannot do; name the Secret with the "
                    + "endpoint's CA in providerOptions.backup.endpointCA and set verifyTLS: true"
            )
        }
        let location = self.path(storage.spec.prefix, path)
        var configuration = JSONObject()
        switch storage.spec.type {
        case .s3:
            configuration["destinationPath"] = .string("s3://\(storage.spec.bucket)\(location)")
            configuration["endpointURL"] = storage.spec.endpoint.map(JSONValue.string)
        case .gcs:
            configuration["destinationPath"] = .string("gs://\(storage.spec.bucket)\(location)")
        case .azure:
            guard let endpoint = storage.spec.endpoint else {
                throw Refusal(
                    "BackupStorageUnsupported",
                    "BackupStorage \(name) needs an endpoint such as https://ACCOUNT.blob.core.windows.net: "
                        + "provider cnpg addresses azure containers by it"
                )
            }
            let host = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
            configuration["destinationPath"] = .string("\(host)/\(storage.spec.bucket)\(location)")
        case .filesystem:
            throw Refusal(
                "BackupStorageUnsupported",
                "BackupStorage \(name) is a filesystem, and provider cnpg writes backups to s3, gcs and azure only"
            )
        }
        let (field, credentials) = credentials(of: storage)
        configuration[field] = credentials
        configuration["endpointCA"] = options.endpointCA
        if let compression = options.walCompression { configuration["wal"] = ["compression": .string(compression)] }
        if let compression = options.dataCompression { configuration["data"] = ["compression": .string(compression)] }
        return configuration
    }

    private static func credentials(of storage: BackupStorage) -> (field: String, JSONValue) {
        let key = { (name: String) -> JSONValue in
            ["name": .string(storage.spec.credentialsSecret ?? ""), "key": .string(name)]
        }
        let hasSecret = storage.spec.credentialsSecret != nil
        switch storage.spec.type {
        case .gcs:
            return (
                "googleCredentials",
                hasSecret ? ["applicationCredentials": key("GOOGLE_APPLICATION_CREDENTIALS")] : ["gkeEnvironment": true]
            )
        case .azure:
            return (
                "azureCredentials",
                hasSecret
                    ? [
                        "storageAccount": key("AZURE_STORAGE_ACCOUNT_NAME"),
                        "storageKey": key("AZURE_STORAGE_ACCOUNT_KEY"),
                    ] : ["inheritFromAzureAD": true]
            )
        case .s3, .filesystem:
            return (
                "s3Credentials",
                hasSecret
                    ? ["accessKeyId": key("AWS_ACCESS_KEY_ID"), "secretAccessKey": key("AWS_SECRET_ACCESS_KEY")]
                    : ["inheritFromIAMRole": true]
            )
        }
    }

    /// The spec of an ObjectStore.
    ///
    /// The region goes to the plugin's sidecar: the store's own field for it only takes a reference to a Secret.
    static func storeSpec(
        _ configuration: JSONObject,
        region: String?,
        retention: String?
    ) -> JSONValue {
        var spec: JSONObject = ["configuration": .object(configuration)]
        spec["retentionPolicy"] = retention.map(JSONValue.string)
        if let region {
            spec["instanceSidecarConfiguration"] = ["env": [["name": "AWS_REGION", "value": .string(region)]]]
        }
        return .object(spec)
    }

    /// Both parts without empty segments, each segment with a slash in front; empty for the top.
    private static func path(_ prefix: String, _ path: String) -> String {
        let joined = path.hasPrefix("/") ? path : "\(prefix)/\(path)"
        return joined.split(separator: "/").map { "/\($0)" }.joined()
    }
}
