import JSON
import KubernetesAPI

/// What is kept of a `PerconaServerMongoDBBackup`; their number grows, so it is little.
struct PSMDBBackup: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var cluster = ""
    private(set) var storageName = ""
    private(set) var deadline: Int64?
    private(set) var state = ""
    private(set) var destination: String?
    private(set) var size: String?
    private(set) var started: Timestamp?
    private(set) var completed: Timestamp?
    /// Up to when the data is in it.
    private(set) var lastWrite: Timestamp?
    private(set) var latestRestorable: Timestamp?
    private(set) var type = ""
    private(set) var error = ""

    static let kind = ObjectKind<PSMDBBackup>(resource: .psmdbBackup) { (element) throws(JSONError) in
        try PSMDBBackup(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                cluster = value["clusterName"]?.string ?? ""
                storageName = value["storageName"]?.string ?? ""
                type = value["type"]?.string ?? ""
                deadline = value["startingDeadlineSeconds"]?.integer
            case "status": readStatus(value)
            default: break
            }
        }
        // Those that people make carry no label that names the cluster.
        metadata.labels[PSMDBLabel.cluster] = cluster
    }

    private mutating func readStatus(_ status: JSONElement) {
        let time = { (field: String) -> Timestamp? in status.field(named: field)?.string.flatMap { Timestamp($0) } }
        state = status["state"]?.string ?? ""
        destination = status["destination"]?.string
        size = status["size"]?.string
        started = time("start")
        completed = time("completed")
        lastWrite = time("lastWriteAt")
        latestRestorable = time("latestRestorableTime")
        error = status["error"]?.string ?? ""
    }

    var isCompleted: Bool { state == "ready" }
    var isFailed: Bool { state == "error" || state == "rejected" }
    /// While it is, Percona's operator neither stops the cluster nor rolls anything out.
    var isUnfinished: Bool { !isCompleted && !isFailed && !metadata.isBeingDeleted }
    var stateText: String { state.isEmpty ? "not begun" : state }
    /// From when on a point in time can be restored with it.
    var usableFrom: Timestamp? { lastWrite ?? completed }
}

/// What is looked at of a `PerconaServerMongoDBRestore`.
struct PSMDBRestoreObject: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var cluster = ""
    private(set) var state = ""
    private(set) var error = ""
    private(set) var completed: Timestamp?

    static let kind = ObjectKind<PSMDBRestoreObject>(resource: .psmdbRestore) { (element) throws(JSONError) in
        try PSMDBRestoreObject(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": cluster = value["clusterName"]?.string ?? ""
            case "status":
                state = value["state"]?.string ?? ""
                error = value["error"]?.string ?? ""
                completed = value["completed"]?.string.flatMap { Timestamp($0) }
            default: break
            }
        }
        metadata.labels[PSMDBLabel.cluster] = cluster
    }

    var isCompleted: Bool { state == "ready" }
    var isFailed: Bool { state == "error" || state == "rejected" }
    var isUnfinished: Bool { !isCompleted && !isFailed && !metadata.isBeingDeleted }
    var stateText: String { state.isEmpty ? "not begun" : state }
}
