import CRDs
import JSON
import KubernetesAPI

extension PerconaBackupPlan {
    /// Of an XtraDB cluster: the storage, and that of the binary logs.
    init(_ cluster: DatabaseCluster, child: PXCCluster?, _ observed: Observed) {
        self.init(
            cluster,
            observed,
            entries: { (storage, backup) throws(Refusal) in try Self.entries(of: storage, for: cluster, backup) },
            live: { name, backup in
                let wanted = backup.pointInTimeRecovery ? [name, PXCNames.binlogStorage(name)] : [name]
                let found = wanted.compactMap { name in child?.storages[name].map { (name, $0) } }
                return found.count == wanted.count ? JSONObject(found) : nil
            }
        )
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
