import CRDs
import JSON
import KubernetesAPI

extension PerconaBackupPlan {
    /// Of a MongoDB cluster: the one storage, without the mark of the main one.
    init(_ cluster: DatabaseCluster, child: PSMDBCluster?, _ observed: Observed) {
        self.init(
            cluster,
            observed,
            entries: { (storage, _) throws(Refusal) in
                let path = PSMDBNames.folder(of: cluster)
                return [
                    storage.metadata.name: .object(try PSMDBStorage(storage, path: path, PSMDBOptions(cluster)).entry)
                ]
            },
            live: { name, _ in
                guard var entry = child?.storages[name]?.object else { return nil }
                entry["main"] = nil
                return [name: .object(entry)]
            }
        )
    }
}
