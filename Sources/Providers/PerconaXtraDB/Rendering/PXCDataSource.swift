import CRDs
import JSON
import KubernetesAPI

/// The restore by which a new cluster gets its first data, once it runs.
struct PXCInitialRestore {
    /// Of the PerconaXtraDBClusterRestore.
    let name: String
    /// Its spec; empty when it is done.
    var spec: JSONObject = [:]
    /// Storages that must be in the cluster's spec to read from.
    var storages: JSONObject = [:]
    /// What the data can be read with; nil while not known.
    var version: PerconaVersion?
    var isDone = false
}

/// The outcome of looking for the data source.
enum PXCDataSource {
    /// None is asked for.
    case none
    case ready(PXCInitialRestore)
    case need([Need])
    /// The cluster can be made once this is done.
    case prepare(Intent)
    case wait(Refusal)
    /// The restore has failed; it is left for a look at it.
    case failed(Refusal)

    /// The condition by which a cluster remembers that its data is there, should the annotation go, or its child with it.
    static let condition = "DataRestored"

    /// Once the data is there it is never looked for again, whatever becomes of the restore's object.
    ///
    /// A restore that is older than the child is one of an earlier cluster of that name, and tells nothing of this one.
    init(_ cluster: DatabaseCluster, child: PXCCluster?, _ observed: Observed) {
        guard let source = cluster.spec.dataSource else {
            self = .none
            return
        }
        let name = cluster.metadata.name
        if let done = child?.metadata.annotations[PXCAnnotation.restored] {
            self = .ready(PXCInitialRestore(name: done, isDone: true))
            return
        }
        if cluster.status.conditions.isTrue(Self.condition) {
            self = .ready(PXCInitialRestore(name: name, isDone: true))
            return
        }
        if let child, let restore = observed.child(.pxcRestore, named: name)?.body as? PXCRestoreObject,
            !restore.isOlder(than: child.metadata)
        {
            if restore.isSucceeded {
                self = .ready(PXCInitialRestore(name: name, isDone: true))
                return
            }
            if restore.isFailed {
                self = .failed(Self.failure(of: restore))
                return
            }
        }
        var search = PXCSourceSearch(cluster, observed)
        self = search.resolve(source, isCreated: child != nil)
    }

    private static func failure(of restore: PXCRestoreObject) -> Refusal {
        Refusal(
            "RestoreFailed",
            "PerconaXtraDBClusterRestore \(restore.metadata.name), by which the cluster should get its data, has failed: "
                + "\(restore.comments.isEmpty ? "no cause is given" : restore.comments). Delete it to have it done again, "
                + "or delete the DatabaseCluster"
        )
    }
}

/// Collects what is needed to describe a data source.
struct PXCSourceSearch {
    private let cluster: DatabaseCluster
    private let observed: Observed
    private let names: PXCNames
    private var needs: [Need] = []

    init(_ cluster: DatabaseCluster, _ observed: Observed) {
        self.cluster = cluster
        self.observed = observed
        names = PXCNames(cluster)
    }

    mutating func resolve(_ source: DataSource, isCreated: Bool) -> PXCDataSource {
        do throws(Refusal) {
            let found: (restore: PXCInitialRestore, origin: String?)? =
                switch source {
                case .backup(let name): try backup(name)
                case .cluster(let name, let time?): try pointInTime(of: name, time)
                case .cluster(let name, nil): throw Self.cloneRefusal(name)
                case .external(let storage, let path, let backupID): try external(storage, path, backupID)
                }
            guard needs.isEmpty, let found else { return .need(needs) }
            let copy = isCreated ? nil : try secretCopy(of: found.origin)
            guard needs.isEmpty else { return .need(needs) }
            return copy.map(PXCDataSource.prepare) ?? .ready(found.restore)
        } catch {
            return .wait(error)
        }
    }

    /// XtraBackup copies a backup, never a running server.
    static func cloneRefusal(_ name: String) -> Refusal {
        Refusal(
            "DataSourceUnsupported",
            "provider percona-pxc cannot clone the running cluster \(name); request a Backup of it and name that in "
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

    /// The restored data brings the passwords of Percona's own users along, so the Secret must be there with them: what
    /// Percona's operator would make up would fit nothing.
    private mutating func secretCopy(of origin: String?) throws(Refusal) -> Intent? {
        let wanted = Need.secretKeys(names.key(names.secret))
        let source = origin.map { Need.secretKeys(names.key($0)) }
        switch (observed.answers[wanted], source.flatMap { observed.answers[$0] }) {
        case (.keys, _): return nil
        case (nil, let known):
            needs.append(wanted)
            if let source, known == nil { needs.append(source) }
            return nil
        case (_, nil):
            guard let source else { break }
            needs.append(source)
            return nil
        case (_, .keys):
            guard let origin else { break }
            let labels = ChildLabels.of(cluster: cluster.metadata.name)
            return .copySecret(names.key(origin), to: names.key(names.secret), labels: labels)
        default: break
        }
        throw Refusal(
            "CredentialsMissing",
            "the data comes with the passwords of the cluster it was taken from, and "
                + "\(origin.map { "Secret \($0) with them is not there" } ?? "nothing here has them"): create Secret "
                + "\(names.secret) with the keys root, xtrabackup, monitor, operator, replication and proxyadmin of then"
        )
    }

    private mutating func backup(
        _ name: String
    ) throws(Refusal) -> (restore: PXCInitialRestore, origin: String?)? {
        guard let answer = look(.pxcBackup, name) else {
            guard needs.isEmpty else { return nil }
            throw Refusal(
                "BackupNotFound",
                "PerconaXtraDBClusterBackup \(name), from which the data shall come, is not there; backups that outlived "
                    + "their object are reached with dataSource.external"
            )
        }
        guard let backup = PXCBackup.kind.read(answer), backup.isSucceeded else {
            let words =
                PXCBackup.kind.read(answer).map { ", but \($0.stateText)\($0.error.map { ": \($0)" } ?? "")" } ?? ""
            throw Refusal(
                "BackupNotCompleted",
                "PerconaXtraDBClusterBackup \(name), from which the data shall come, has not succeeded\(words)"
            )
        }
        let origin = look(.pxcCluster, backup.cluster)
        guard needs.isEmpty else { return nil }
        let live = origin.flatMap { PXCCluster($0) }
        var restore = PXCInitialRestore(name: cluster.metadata.name)
        restore.spec = ["pxcCluster": .string(cluster.metadata.name), "backupName": .string(name)]
        restore.version = live?.imageVersion ?? Self.version(ofBackup: backup)
        if !backup.storageName.isEmpty, let entry = Self.entry(ofBackup: answer) ?? live?.storages[backup.storageName] {
            restore.storages = [backup.storageName: entry]
        }
        return (restore, live?.secretName ?? PXCNames(namespace: "", cluster: backup.cluster).secret)
    }

    /// Where it lies stands in its own status.
    private static func entry(ofBackup answer: JSONValue) -> JSONValue? {
        guard let status = answer["status"], let type = status["storage_type"]?.string,
            let location = status[type]?.object, !location.isEmpty
        else { return nil }
        var entry: JSONObject = ["type": .string(type), type: .object(location)]
        if status["verifyTLS"]?.bool == false { entry["verifyTLS"] = false }
        return .object(entry)
    }

    /// The series that XtraBackup's image says; of what a cluster that is gone was.
    private static func version(ofBackup backup: PXCBackup) -> PerconaVersion? {
        guard let image = backup.image, let tag = PerconaVersion(image: image) else { return nil }
        return PXCRelease.all.first { PerconaVersion(image: $0.backupImage)?.series == tag.series }?.version
    }

    private mutating func pointInTime(
        of name: String,
        _ time: Timestamp
    ) throws(Refusal) -> (restore: PXCInitialRestore, origin: String?)? {
        let list = Need.list(.pxcBackup, namespace: names.namespace, labelSelector: "")
        let origin = look(.pxcCluster, name)
        guard let found = observed.answers[list] else {
            needs.append(list)
            return nil
        }
        guard needs.isEmpty else { return nil }
        guard let live = origin.flatMap({ PXCCluster($0) }) else {
            throw Refusal(
                "SourceNotFound",
                "cluster \(name), from whose binary logs a point in time shall be restored, is not there or not run by "
                    + "provider percona-pxc in this namespace"
            )
        }
        guard let logs = live.binlogStorage.flatMap({ live.storages[$0] })?["s3"] else {
            throw Refusal(
                "BackupNotConfigured",
                "cluster \(name) keeps no binary logs from which a point in time could be restored; only clusters with "
                    + "backup.pointInTimeRecovery do"
            )
        }
        let objects: [JSONValue] = if case .objects(let objects) = found { objects } else { [] }
        let backups = objects.compactMap { PXCBackup.kind.read($0) }.filter { $0.cluster == name }
        let backup = try PXCPointInTime(backups, of: name, now: observed.now).base(for: time)
        var restore = PXCInitialRestore(name: cluster.metadata.name)
        restore.spec = [
            "pxcCluster": .string(cluster.metadata.name), "backupName": .string(backup.metadata.name),
            "pitr": ["type": "date", "date": .string(time.perconaDate), "backupSource": ["s3": logs]],
        ]
        restore.version = live.imageVersion
        if let entry = live.storages[backup.storageName] { restore.storages = [backup.storageName: entry] }
        return (restore, live.secretName)
    }

    private mutating func external(
        _ storageName: String,
        _ path: String,
        _ backupID: String?
    ) throws(Refusal) -> (restore: PXCInitialRestore, origin: String?)? {
        let answer = look(BackupStorage.resource, storageName)
        guard needs.isEmpty else { return nil }
        let storage = try PXCStorage(try BackupStorage.read(named: storageName, answer), path: path)
        var source: JSONObject = ["destination": .string(storage.destination(backupID))]
        let (name, location) = storage.location
        source[name] = location
        if !storage.verifiesTLS { source["verifyTLS"] = false }
        var restore = PXCInitialRestore(name: cluster.metadata.name)
        restore.spec = ["pxcCluster": .string(cluster.metadata.name), "backupSource": .object(source)]
        return (restore, nil)
    }
}
