import JSON
package import KubernetesAPI

/// Which backups are made, and where they go.
package struct BackupSpec: Sendable, Equatable {
    package var enabled: Bool
    /// A BackupStorage in the cluster's namespace.
    package var storage: String?
    /// Names occur once.
    package var schedules: [BackupSchedule]
    package var pointInTimeRecovery: Bool

    package init(
        enabled: Bool = true,
        storage: String? = nil,
        schedules: [BackupSchedule] = [],
        pointInTimeRecovery: Bool = false
    ) {
        self.enabled = enabled
        self.storage = storage
        self.schedules = schedules
        self.pointInTimeRecovery = pointInTimeRecovery
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        enabled = try fields.bool("enabled") ?? true
        storage = try fields.string("storage")
        schedules = try fields.list("schedules") { (item) throws(JSONError) in try BackupSchedule(from: item) }
        pointInTimeRecovery = try fields.bool("pointInTimeRecovery") ?? false
    }
}

/// One recurring backup.
package struct BackupSchedule: Sendable, Hashable {
    package var name: String
    /// Five cron fields, in UTC.
    package var schedule: String
    /// How many backups to keep, at least 1.
    package var retention: Int

    package init(name: String, schedule: String, retention: Int = 7) {
        self.name = name
        self.schedule = schedule
        self.retention = retention
    }

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        name = try fields.requiredString("name")
        schedule = try fields.requiredString("schedule")
        retention = try fields.integer("retention") ?? Default.backupsKept
    }
}

/// Where the first data of a new cluster comes from.
package enum DataSource: Sendable, Equatable {
    /// A backup by the name that a cluster's status shows.
    case backup(name: String)
    /// A running cluster of this namespace: as it is now, or as its archive had it at a time.
    case cluster(name: String, pointInTime: Timestamp?)
    /// Backups that some other installation wrote into a BackupStorage.
    case external(storage: String, path: String, backupID: String?)

    init(from element: JSONElement) throws(JSONError) {
        let fields = try FieldReader(element)
        let sources = [
            try fields.optional("backup", DataSource.readBackup),
            try fields.optional("cluster", DataSource.readCluster),
            try fields.optional("external", DataSource.readExternal),
        ].compactMap(\.self)
        guard sources.count == 1, let source = sources.first else {
            throw JSONError(message: "Exactly one of backup, cluster and external must be given.")
        }
        self = source
    }

    private static func readBackup(_ element: JSONElement) throws(JSONError) -> DataSource {
        .backup(name: try FieldReader(element).requiredString("name"))
    }

    private static func readCluster(_ element: JSONElement) throws(JSONError) -> DataSource {
        let fields = try FieldReader(element)
        return .cluster(
            name: try fields.requiredString("name"),
            pointInTime: try fields.optional("pointInTime", Decode.timestamp)
        )
    }

    private static func readExternal(_ element: JSONElement) throws(JSONError) -> DataSource {
        let fields = try FieldReader(element)
        return .external(
            storage: try fields.requiredString("storage"),
            path: try fields.requiredString("path"),
            backupID: try fields.string("backupID")
        )
    }
}
