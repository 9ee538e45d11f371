import CRDs
import JSON
import KubernetesAPI

/// What can be done about the backups that a cluster asks for, as things stand.
enum PXCBackupPlan {
    /// None are asked for.
    case none
    /// The storages by name, to be rendered.
    case configured(JSONObject)
    /// The BackupStorage is not there any more: its entries are used as they stand.
    case kept(JSONObject, Refusal)
    /// The storage has not been read yet.
    case unknown(Need)
    /// Backups cannot work yet.
    case impossible(Refusal)

    init(_ cluster: DatabaseCluster, child: PXCCluster?, _ observed: Observed) {
        guard let backup = cluster.spec.backup, backup.enabled, let name = backup.storage else {
            self = .none
            return
        }
        let key = ObjectKey(namespace: cluster.metadata.namespace, name: name)
        guard let answer = observed.answer(BackupStorage.resource, key) else {
            self = .unknown(.object(BackupStorage.resource, key))
            return
        }
        do throws(Refusal) {
            let storage = try BackupStorage.read(named: name, answer)
            self = .configured(try Self.entries(of: storage, for: cluster, backup))
        } catch {
            let wanted = backup.pointInTimeRecovery ? [name, PXCNames.binlogStorage(name)] : [name]
            let found = wanted.compactMap { name in child?.storages[name].map { (name, $0) } }
            self = found.count == wanted.count ? .kept(JSONObject(found), error) : .impossible(error)
        }
    }

    /// The storages that shall be rendered; nil when there are none to be told of.
    var storages: JSONObject? {
        switch self {
        case .configured(let storages), .kept(let storages, _): storages
        case .none, .unknown, .impossible: nil
        }
    }

    /// Binary logs go to a storage of their own, since each cluster's must lie apart from everything else.
    private static func entries(
        of storage: BackupStorage,
        for cluster: DatabaseCluster,
        _ backup: BackupSpec
    ) throws(Refusal) -> JSONObject {
        let name = storage.metadata.name
        let folder = PXCNames.folder(of: cluster)
        var entries: JSONObject = [name: try PXCStorage(storage, path: folder).entry]
        if backup.pointInTimeRecovery {
            guard storage.spec.type == .s3 else {
                throw Refusal(
                    "PointInTimeUnsupported",
                    "backup.pointInTimeRecovery needs a BackupStorage of type s3 with provider percona-pxc; \(name) is "
                        + "\(storage.spec.type.rawValue)"
                )
            }
            entries[PXCNames.binlogStorage(name)] = try PXCStorage(storage, path: "\(folder)/pitr").entry
        }
        return entries
    }
}
