import CRDs
import KubernetesAPI
import Providers

/// The status of a BackupStorage, from what is known of it.
///
/// Whether the bucket can be reached only the databases themselves can tell; here it is whether what they need is there.
struct BackupStorageAssessment {
    let storage: BackupStorage
    /// How many clusters name it.
    let users: Int
    /// What was found of the credentials' Secret; nil when the storage names none.
    let secret: NeedAnswer?
    let now: Timestamp

    /// The status as it should stand.
    func status() -> BackupStorageStatus {
        var status = storage.status
        status.observedGeneration = storage.metadata.generation
        status.usedBy = users
        let (isReady, reason, message) = verdict
        status.conditions.set(
            "Ready",
            isReady ? .true : .false,
            reason: reason,
            message: message,
            now: now,
            observedGeneration: storage.metadata.generation
        )
        return status
    }

    private var verdict: (isReady: Bool, reason: String, message: String) {
        guard let name = storage.spec.credentialsSecret else {
            return (true, "PodIdentity", "no Secret is named: the databases' pods use their own identity")
        }
        guard case .keys(let keys) = secret else {
            return (false, "SecretNotFound", "Secret \(name) does not exist in this namespace")
        }
        let missing = storage.spec.type.credentialKeys.filter { !keys.contains($0) }
        guard missing.isEmpty else {
            let names = missing.joined(separator: " and ")
            return (false, "SecretIncomplete", "Secret \(name) lacks \(names)")
        }
        return (true, "CredentialsFound", "Secret \(name) has the keys that are needed")
    }
}

extension DatabaseClusterSpec {
    /// The BackupStorages that it names.
    var storages: Set<String> {
        var names = Set([backup?.storage].compactMap(\.self))
        if case .external(let storage, _, _) = dataSource { names.insert(storage) }
        return names
    }
}
