import JSON
import KubernetesAPI

/// From when to when the archive of a cluster can restore it, as the plugin writes it into its store's status.
struct CNPGRecoveryWindow {
    private(set) var first: Timestamp?
    private(set) var lastBackup: Timestamp?

    /// Nil while the cluster does not archive, or its store says nothing of it.
    init?(_ plan: CNPGPlan) {
        guard let folder = plan.child?.archiveFolder,
            let store = plan.observed.child(.barmanObjectStore, named: plan.names.objectStore)?.body as? DynamicObject
        else { return nil }
        var window: (first: Timestamp?, last: Timestamp?)?
        try? store.read { (root) throws(JSONError) in
            guard let entry = root["status"]?["serverRecoveryWindow"]?.field(named: folder) else { return }
            window = (
                entry["firstRecoverabilityPoint"]?.string.flatMap { Timestamp($0) },
                entry["lastSuccessfulBackupTime"]?.string.flatMap { Timestamp($0) }
            )
        }
        guard let window else { return nil }
        (first, lastBackup) = window
    }
}
