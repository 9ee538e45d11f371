import CRDs
import JSON
import KubernetesAPI

/// What can be done about the backups that a cluster asks for, as things stand.
enum PerconaBackupPlan {
    /// None are asked for.
    case none
    /// The storages to be rendered, by name.
    case configured(JSONObject)
    /// The BackupStorage is not there any more: its entries are used as they stand.
    case kept(JSONObject, Refusal)
    /// The storage has not been read yet.
    case unknown(Need)
    /// Backups cannot work yet.
    case impossible(Refusal)

    /// - Parameters:
    ///   - entries: what a storage is to be rendered as.
    ///   - live: what the child has for the storage of that name; nil when it lacks any of it.
    init(
        _ cluster: DatabaseCluster,
        _ observed: Observed,
        entries: (BackupStorage, BackupSpec) throws(Refusal) -> JSONObject,
        live: (_ name: String, BackupSpec) -> JSONObject?
    ) {
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
            self = .configured(try entries(try BackupStorage.read(named: name, answer), backup))
        } catch {
            self = live(name, backup).map { .kept($0, error) } ?? .impossible(error)
        }
    }

    /// The storages that shall be rendered; nil when there are none to be told of.
    var storages: JSONObject? {
        switch self {
        case .configured(let storages), .kept(let storages, _): storages
        case .none, .unknown, .impossible: nil
        }
    }
}
