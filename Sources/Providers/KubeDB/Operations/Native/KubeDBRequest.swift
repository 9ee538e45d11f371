import JSON
import KubernetesAPI

/// What is kept of one of KubeDB's own requests, whoever made it (apimachinery v0.66, `apis/ops/v1alpha1`).
struct KubeDBRequest: KubernetesObject {
    /// With ``KubeDBLabel/database`` among the labels, which is not the object's own.
    var metadata: ObjectMeta
    private(set) var type = ""
    private(set) var phase = Phase.unseen
    private(set) var conditions: [Condition] = []

    /// How far KubeDB is with it.
    enum Phase: String, Sendable {
        /// Its operator has not looked at it yet.
        case unseen = ""
        case pending = "Pending"
        case waitingForApproval = "WaitingForApproval"
        case approved = "Approved"
        case progressing = "Progressing"
        case successful = "Successful"
        case failed = "Failed"
        case denied = "Denied"
        /// Another one of the same type has taken its place.
        case skipped = "Skipped"

        /// Whether nothing more comes of it.
        var isEnd: Bool {
            switch self {
            case .successful, .failed, .denied, .skipped: true
            case .unseen, .pending, .waitingForApproval, .approved, .progressing: false
            }
        }
    }

    /// The requests about databases of that engine, with the database's name as a label.
    static func kind(_ engine: KubeDBEngine) -> ObjectKind<KubeDBRequest> {
        ObjectKind(resource: engine.operation) { (element) throws(JSONError) in try KubeDBRequest(from: element) }
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        var database: String?
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec":
                type = value["type"]?.string ?? ""
                database = value["databaseRef"]?["name"]?.string
            case "status":
                // A phase of a later release is none of those that end a request.
                phase = value["phase"]?.string.map { Phase(rawValue: $0) ?? .progressing } ?? .unseen
                conditions =
                    try value["conditions"].map { (list) throws(JSONError) in try [Condition](from: list) } ?? []
            default: break
            }
        }
        metadata.labels[KubeDBLabel.database] = database
    }
}

extension KubeDBRequest {
    /// Such as `MongoDBOpsRequest demo-restart-1800000000 (Restart, Pending)`.
    func text(_ engine: KubeDBEngine) -> String {
        "\(engine.operation.kind) \(metadata.name) (\(type), \(phase == .unseen ? "not looked at" : phase.rawValue))"
    }

    /// Why it failed, in KubeDB's words.
    ///
    /// Not any condition that is False: those of single steps stay so in requests that succeed.
    var failureText: String {
        let failure =
            conditions["Failed"] ?? conditions["Failure"] ?? newest { $0.reason.hasSuffix("Failed") }
            ?? newest { _ in true }
        guard let failure else { return "KubeDB gives no cause" }
        return failure.message.isEmpty ? failure.reason : failure.message
    }

    /// What it last said of itself; nil when it has said nothing.
    var lastWords: String? {
        newest { _ in true }.map { $0.message.isEmpty ? "\($0.type) \($0.reason)" : $0.message }
    }

    /// When it came to its end; nil when no condition tells.
    var endedAt: Timestamp? {
        guard phase.isEnd else { return nil }
        return (conditions[phase.rawValue] ?? newest { _ in true })?.lastTransitionTime
    }

    /// Of conditions of one moment the last in the list.
    private func newest(_ fits: (Condition) -> Bool) -> Condition? {
        conditions.filter(fits).reduce(nil) { found, condition in
            guard let found, found.lastTransitionTime > condition.lastTransitionTime else { return condition }
            return found
        }
    }

    /// Deletes it as long as nothing has happened to it: one that KubeDB has begun since it was seen would, deleted,
    /// leave the database paused.
    func withdrawal(_ engine: KubeDBEngine) -> Intent {
        .delete(
            engine.operation,
            metadata.key,
            uid: metadata.uid,
            resourceVersion: metadata.resourceVersion.isEmpty ? nil : metadata.resourceVersion
        )
    }

    /// The OpsRequest of ours that made it, by its uid; nil when it is none of ours.
    var operation: String? { metadata.labels[ChildLabels.operation] }
}

extension Observed {
    /// All of KubeDB's requests about the database, whoever made them, oldest first.
    func kubedbRequests(_ engine: KubeDBEngine) -> [KubeDBRequest] {
        bodies(engine.operation, as: KubeDBRequest.self).sorted { $0.place < $1.place }
    }
}

extension KubeDBRequest {
    /// The order in which KubeDB takes them.
    fileprivate var place: (Int64, String) { (metadata.creationTimestamp?.microseconds ?? 0, metadata.name) }
}
