import CRDs
import JSON
import KubernetesAPI

/// The restore by which a new cluster gets its first data, once it runs.
struct PSMDBInitialRestore {
    /// What the PerconaServerMongoDBRestore says beside the cluster's name.
    var spec: JSONObject
    /// The storage that it reads from, which must be in the cluster's spec too.
    var storage: (name: String, entry: JSONObject)
    /// What the data can be read with; nil while not known.
    var version: PerconaVersion?
    /// The Secret with the users that come along with the data; nil when it is not known.
    var users: String?
}

/// The outcome of looking for the data source.
enum PSMDBDataSource {
    /// None is asked for.
    case none
    /// The data is there; the restore is never looked for again, whatever becomes of its object.
    case done
    /// The restore has succeeded, and that is to be put on record.
    case finished
    case ready(PSMDBInitialRestore)
    case need([Need])
    case wait(Refusal)
    /// The restore has failed; it is left for a look at it.
    case failed(Refusal)

    /// The condition by which a cluster remembers that its data is there, should somebody take the annotation away.
    static let condition = "DataRestored"

    init(_ cluster: DatabaseCluster, child: PSMDBCluster?, _ observed: Observed) {
        guard let source = cluster.spec.dataSource else {
            self = .none
            return
        }
        if child?.metadata.annotations[PSMDBAnnotation.restored] != nil
            || child != nil && cluster.status.conditions.isTrue(Self.condition)
        {
            self = .done
            return
        }
        if let restore = observed.child(.psmdbRestore, named: cluster.metadata.name)?.body as? PSMDBRestoreObject,
            let child, !restore.isOlder(than: child.metadata)
        {
            if restore.isCompleted {
                self = .finished
                return
            }
            if restore.isFailed {
                self = .failed(Self.failure(of: restore))
                return
            }
        }
        var search = PSMDBSourceSearch(cluster, observed)
        self = search.resolve(source)
    }

    private static func failure(of restore: PSMDBRestoreObject) -> Refusal {
        Refusal(
            "RestoreFailed",
            "PerconaServerMongoDBRestore \(restore.metadata.name), by which the cluster should get its data, has failed: "
                + "\(restore.error.isEmpty ? "no cause is given" : restore.error). Delete it to have it done again, or "
                + "delete the DatabaseCluster"
        )
    }

    /// Whether the cluster must be able to restore: what is done needs no storage any more.
    var restore: PSMDBInitialRestore? { if case .ready(let restore) = self { restore } else { nil } }

    /// Whether the first data is still on its way.
    var isUnderWay: Bool {
        switch self {
        case .none, .done: false
        default: true
        }
    }
}

/// Collects what is needed to describe a data source.
struct PSMDBSourceSearch {
    private let cluster: DatabaseCluster
    private let observed: Observed
    private let names: PSMDBNames
    private var needs: [Need] = []

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        names = PSMDBNames(cluster)
    }

    mutating func resolve(_ source: DataSource) -> PSMDBDataSource {
        do throws(Refusal) {
            let found =
                switch source {
                case .backup(let name): try backup(name)
                case .cluster(let name, let time?): try pointInTime(of: name, time)
                case .cluster(let name, nil): throw Self.cloneRefusal(name)
                case .external(let storage, let path, let backupID): try external(storage, path, backupID)
                }
            guard needs.isEmpty, let found else { return .need(needs) }
            return .ready(found)
        } catch {
            return .wait(error)
        }
    }

    /// Percona's operator copies no running cluster.
    static func cloneRefusal(_ name: String) -> Refusal {
        Refusal(
            "DataSourceUnsupported",
            "provider percona-psmdb cannot clone the running cluster \(name); request a Backup of it and name that in "
                + "dataSource.backup, or give dataSource.cluster.pointInTime"
        )
    }

    /// The object, or nil when it is absent or has only now been asked for.
    private mutating func look(_ resource: ResourceType, _ name: String) -> JSONValue? {
        let key = names.key(name)
        if let answer = observed.answer(resource, key) { return answer }
        needs.append(.object(resource, key))
        return nil
    }

    private mutating func backup(_ name: String) throws(Refusal) -> PSMDBInitialRestore? {
        guard let answer = look(.psmdbBackup, name) else {
            guard needs.isEmpty else { return nil }
            throw Refusal(
                "BackupNotFound",
                "PerconaServerMongoDBBackup \(name), from which the data shall come, is not there; backups that outlived "
                    + "their object are reached with dataSource.external"
            )
        }
        guard let backup = PSMDBBackup.kind.read(answer), backup.isCompleted else {
            let words =
                PSMDBBackup.kind.read(answer).map { ", but \($0.stateText)\($0.error.isEmpty ? "" : ": \($0.error)")" }
                ?? ""
            throw Refusal(
                "BackupNotCompleted",
                "PerconaServerMongoDBBackup \(name), from which the data shall come, is not completed\(words)"
            )
        }
        return try restore(of: backup, answer, pointInTime: nil)
    }

    private mutating func pointInTime(of name: String, _ time: Timestamp) throws(Refusal) -> PSMDBInitialRestore? {
        let list = Need.list(.psmdbBackup, namespace: names.namespace, labelSelector: "")
        guard let found = observed.answers[list] else {
            needs.append(list)
            return nil
        }
        let objects: [JSONValue] = if case .objects(let objects) = found { objects } else { [] }
        let backups = objects.compactMap { object in PSMDBBackup.kind.read(object).map { (object: object, backup: $0) }
        }
        .filter { $0.backup.cluster == name }
        let base = try PSMDBPointInTime(backups.map(\.backup), of: name, now: observed.now).base(for: time)
        guard let pair = backups.first(where: { $0.backup.metadata.name == base.metadata.name }) else { return nil }
        return try restore(of: pair.backup, pair.object, pointInTime: time)
    }

    /// By where it lies and not by its name: another cluster's name would be looked for below the new one's own folder.
    private mutating func restore(
        of backup: PSMDBBackup,
        _ object: JSONValue,
        pointInTime time: Timestamp?
    ) throws(Refusal) -> PSMDBInitialRestore? {
        let origin = look(.psmdbCluster, backup.cluster)
        guard needs.isEmpty else { return nil }
        let live = origin.flatMap { PSMDBCluster($0) }
        let entry = live?.storages[backup.storageName]?.object ?? [:]
        let known = ["s3", "azure", "gcs", "minio"]
        let place = known.lazy.compactMap { type -> (String, JSONValue)? in
            guard let value = object["status"]?[type] ?? entry[type], value.object?.isEmpty == false else { return nil }
            return (type, value)
        }.first
        guard let destination = backup.destination, let place else {
            throw Refusal(
                "BackupLocationUnknown",
                "PerconaServerMongoDBBackup \(backup.metadata.name) does not tell where it lies; reach it with "
                    + "dataSource.external"
            )
        }
        var source: JSONObject = ["destination": .string(destination), place.0: place.1]
        if !backup.type.isEmpty { source["type"] = .string(backup.type) }
        var spec: JSONObject = ["backupSource": .object(source)]
        if let time { spec["pitr"] = ["type": "date", "date": .string(time.perconaDate)] }
        return PSMDBInitialRestore(
            spec: spec,
            storage: (backup.storageName, ["type": .string(place.0), place.0: place.1]),
            version: live?.runningVersion ?? live?.version,
            users: live?.usersSecret ?? PSMDBNames(namespace: names.namespace, cluster: backup.cluster).users
        )
    }

    private mutating func external(
        _ storageName: String,
        _ path: String,
        _ backupID: String?
    ) throws(Refusal) -> PSMDBInitialRestore? {
        let answer = look(BackupStorage.resource, storageName)
        guard needs.isEmpty else { return nil }
        let segments = path.split(separator: "/").map(String.init)
        guard let name = backupID ?? segments.last else {
            throw Refusal(
                "InvalidPath",
                "dataSource.external needs a backupID, or a path whose last part is the backup"
            )
        }
        let folder = (backupID == nil ? segments.dropLast() : segments[...]).joined(separator: "/")
        let storage = try PSMDBStorage(
            try BackupStorage.read(named: storageName, answer),
            path: path.hasPrefix("/") ? "/\(folder)" : folder,
            PSMDBOptions(cluster)
        )
        let (field, location) = storage.location
        return PSMDBInitialRestore(
            spec: [
                "backupSource": [
                    "type": "logical", "destination": .string(storage.destination(name)), field: location,
                ]
            ],
            storage: (storageName, storage.entry)
        )
    }
}
