import CRDs
import JSON
import KubernetesAPI

/// What is kept of a `PerconaXtraDBClusterBackup`; their number grows, so it is little.
struct PXCBackup: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var cluster = ""
    private(set) var storageName = ""
    private(set) var state = ""
    private(set) var destination: String?
    private(set) var completed: Timestamp?
    private(set) var latestRestorable: Timestamp?
    private(set) var image: String?
    private(set) var error: String?
    /// Why binary logs since then cannot be replayed; nil when they can, or nothing is said.
    private(set) var gap: String?

    static let kind = ObjectKind<PXCBackup>(resource: .pxcBackup) { (element) throws(JSONError) in
        try PXCBackup(from: element)
    }

    /// Backups carry no label of ours when a schedule made them: the cluster they name is noted as one.
    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                cluster = value["pxcCluster"]?.string ?? ""
                storageName = value["storageName"]?.string ?? ""
            case "status": readStatus(value)
            default: break
            }
        }
        metadata.labels[APIGroup.clusterLabel] = cluster
    }

    private mutating func readStatus(_ status: JSONElement) {
        state = status["state"]?.string ?? ""
        destination = status["destination"]?.string
        completed = status["completed"]?.string.flatMap { Timestamp($0) }
        latestRestorable = status["latestRestorableTime"]?.string.flatMap { Timestamp($0) }
        image = status["image"]?.string
        error = status["error"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        status["conditions"]?.forEachItem { condition in
            guard condition["type"]?.isString("PITRReady") == true, condition["status"]?.isString("False") == true
            else { return }
            gap = condition["message"]?.string ?? condition["reason"]?.string ?? "there is a gap"
        }
    }

    var isSucceeded: Bool { state == "Succeeded" }
    var isFailed: Bool { state == "Failed" }
    var isUnfinished: Bool { !isSucceeded && !isFailed }

    /// Whether it copies from a member; before, it only waits.
    var isAtWork: Bool { state == "Starting" || state == "Running" }

    /// What its object says of how far it is.
    var stateText: String { state.isEmpty ? "not begun" : state }
}

/// What is kept of a `PerconaXtraDBClusterRestore`.
struct PXCRestoreObject: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var cluster = ""
    private(set) var backup: String?
    private(set) var state = ""
    private(set) var comments = ""
    private(set) var completed: Timestamp?

    static let kind = ObjectKind<PXCRestoreObject>(resource: .pxcRestore) { (element) throws(JSONError) in
        try PXCRestoreObject(from: element)
    }

    /// The cluster that it names is noted as a label, as of ``PXCBackup``.
    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                cluster = value["pxcCluster"]?.string ?? ""
                backup = value["backupName"]?.string
            case "status":
                state = value["state"]?.string ?? ""
                comments = value["comments"]?.string ?? ""
                completed = value["completed"]?.string.flatMap { Timestamp($0) }
            default: break
            }
        }
        metadata.labels[APIGroup.clusterLabel] = cluster
    }

    var isSucceeded: Bool { state == "Succeeded" }
    var isFailed: Bool { state == "Failed" }
    /// Until then Percona's operator itself changes the cluster's spec.
    var isUnfinished: Bool { !isSucceeded && !isFailed }

    /// How far it is in percent, by the order of its states.
    var percent: Int {
        switch state {
        case "": 0
        case "Starting": 5
        case "Stopping Cluster": 15
        case "Restoring": 30
        case "Point-in-time recovering": 60
        case "Preparing Cluster": 70
        case "Starting Cluster": 80
        default: 50
        }
    }

    var stateText: String { state.isEmpty ? "not begun" : state }
}
