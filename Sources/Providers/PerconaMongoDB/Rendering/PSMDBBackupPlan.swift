import CRDs
import JSON
import KubernetesAPI

/// What can be done about the backups that a cluster asks for, as things stand.
enum PSMDBBackupPlan {
    /// None are asked for.
    case none
    /// The entry of the storage, to be rendered.
    case configured(JSONObject)
    /// The BackupStorage is not there any more: its entry is used as it stands.
    case kept(JSONObject, Refusal)
    /// The storage has not been read yet.
    case unknown(Need)
    /// Backups cannot work yet.
    case impossible(Refusal)

    init(_ cluster: DatabaseCluster, child: PSMDBCluster?, _ observed: Observed) {
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
            let path = PSMDBNames.folder(of: cluster)
            self = .configured(try PSMDBStorage(storage, path: path, PSMDBOptions(cluster)).entry)
        } catch {
            var live = child?.storages[name]?.object
            live?["main"] = nil
            self = live.map { .kept($0, error) } ?? .impossible(error)
        }
    }

    /// The entry of the cluster's own storage; nil when there is none to be told of.
    var entry: JSONObject? {
        switch self {
        case .configured(let entry), .kept(let entry, _): entry
        case .none, .unknown, .impossible: nil
        }
    }
}
