import CRDs
import JSON
import KubernetesAPI

/// What can be done about the backups that a cluster asks for, as things stand.
enum CNPGBackupPlan {
    /// None are asked for.
    case none
    /// The store is to be applied and the plugin to be used.
    case configured(store: DesiredObject)
    /// The store is there, but its BackupStorage is not any more: it is used as it stands.
    case storeKept(Refusal)
    /// The storage has not been read yet.
    case unknown(Need)
    /// Backups cannot work yet.
    case impossible(Refusal)

    /// Whether the Cluster shall use the plugin.
    var usesPlugin: Bool {
        switch self {
        case .configured, .storeKept: true
        case .none, .unknown, .impossible: false
        }
    }

    init(_ cluster: DatabaseCluster, _ observed: Observed, archive: CNPGArchive) {
        guard let backup = cluster.spec.backup, backup.enabled, let storageName = backup.storage else {
            self = .none
            return
        }
        guard observed.installed.contains(.barmanObjectStore) else {
            self = .impossible(
                Refusal(
                    "BackupPluginNotInstalled",
                    "backups need the Barman Cloud plugin of CloudNativePG, whose kind ObjectStore "
                        + "(barmancloud.cnpg.io/v1) is not installed"
                )
            )
            return
        }
        let key = ObjectKey(namespace: cluster.metadata.namespace, name: storageName)
        guard let answer = observed.answer(BackupStorage.resource, key) else {
            self = .unknown(.object(BackupStorage.resource, key))
            return
        }
        do throws(Refusal) {
            self = .configured(store: try Self.store(cluster, storageName, answer, archive))
        } catch {
            let isThere = observed.child(.barmanObjectStore, named: archive.names.objectStore) != nil
            self = isThere ? .storeKept(error) : .impossible(error)
        }
    }

    private static func store(
        _ cluster: DatabaseCluster,
        _ storageName: String,
        _ answer: JSONValue?,
        _ archive: CNPGArchive
    ) throws(Refusal) -> DesiredObject {
        let storage = try BackupStorage.read(named: storageName, answer)
        let options = CNPGOptions(cluster)
        let configuration = try CNPGArchive.configuration(of: storage, options)
        let schedules = cluster.spec.backup?.schedules ?? []
        // No owner: with deletionPolicy Retain it must outlive the cluster, and the clean-up deletes it otherwise.
        return DesiredObject(
            .barmanObjectStore,
            archive.names.key(archive.names.objectStore),
            labels: ChildLabels.of(cluster: cluster.metadata.name),
            annotations: [CNPGAnnotation.archive: archive.base],
            spec: CNPGArchive.storeSpec(
                configuration,
                region: storage.spec.type == .s3 ? storage.spec.region : nil,
                retention: options.retentionPolicy ?? CNPGArchive.retention(of: schedules)
            )
        )
    }
}
