import JSON
import KubernetesAPI

/// What is kept of a `Backup`; their number grows for ever, so it is little.
struct CNPGBackup: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var cluster = ""
    private(set) var phase = ""
    private(set) var backupID: String?
    private(set) var startedAt: Timestamp?
    private(set) var stoppedAt: Timestamp?
    private(set) var majorVersion: Int?
    private(set) var error: String?
    private(set) var instance: String?

    static let kind = ObjectKind<CNPGBackup>(resource: .cnpgBackup) { (element) throws(JSONError) in
        try CNPGBackup(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": cluster = value["cluster"]?["name"]?.string ?? ""
            case "status": readStatus(value)
            default: break
            }
        }
    }

    private mutating func readStatus(_ status: JSONElement) {
        phase = status["phase"]?.string ?? ""
        backupID = status["backupId"]?.string
        startedAt = status["startedAt"]?.string.flatMap { Timestamp($0) }
        stoppedAt = status["stoppedAt"]?.string.flatMap { Timestamp($0) }
        majorVersion = status["majorVersion"]?.integer.map { Int($0) }
        error = status["error"]?.string ?? status["commandError"]?.string
        instance = status["instanceID"]?["podName"]?.string
    }

    var isCompleted: Bool { phase == "completed" }
    /// An archive that fails for a while shows as `walArchivingFailing`, which is not the end.
    var isFailed: Bool { phase == "failed" || phase == "invalid backup definition" }
}
