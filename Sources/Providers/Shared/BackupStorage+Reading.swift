import CRDs
import JSON

extension BackupStorage {
    /// The storage in an answer to a need; refuses when it is absent or cannot be read.
    static func read(named name: String, _ answer: JSONValue?) throws(Refusal) -> BackupStorage {
        guard let answer else {
            throw Refusal(
                "BackupStorageNotFound",
                "BackupStorage \(name) is not there; create it in the cluster's namespace"
            )
        }
        do { return try BackupStorage(answer) } catch {
            throw Refusal("BackupStorageUnreadable", "BackupStorage \(name) cannot be read: \(error)")
        }
    }
}
