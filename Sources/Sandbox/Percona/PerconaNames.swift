import JSON
import KubernetesAPI

/// The names that Percona's operators have in common.
enum Percona {
    enum Label {
        static let instance = "app.kubernetes.io/instance"
        static let component = "app.kubernetes.io/component"
        static let managedBy = "app.kubernetes.io/managed-by"
        static let ancestor = "percona.com/backup-ancestor"
        static let cluster = "percona.com/cluster"
    }

    enum Annotation {
        static let resizeInProgress = "percona.com/pvc-resize-in-progress"
        static let restoreInProgress = "percona.com/restore-in-progress"
        static let resyncNeeded = "percona.com/resync-pbm"
        static let configurationHash = "percona.com/configuration-hash"
        /// What the spec of a stateful set, a service and so on was when the operator last wrote it.
        static let lastConfiguration = "percona.com/last-config-hash"
        /// Whether a claim holds a member's data; only the sandbox writes it, since no server can be asked.
        static let data = "sandbox.dbaas.io/data"
    }

    /// The values of `status.state` of both clusters.
    enum State {
        static let initializing = "initializing"
        static let ready = "ready"
        static let stopping = "stopping"
        static let paused = "paused"
        static let error = "error"
    }

    enum Finalizer {
        static let deleteBackup = "percona.com/delete-backup"
        static let releaseLock = "internal.percona.com/release-lock"
    }

    /// How long a pod may be without a node before it is told, in microseconds.
    static let unschedulableLimit: Int64 = 60_000_000

    /// An owner reference to a controller, as both operators write it.
    static func controller(_ owner: JSONValue) -> JSONValue {
        [
            "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "", "name": .string(owner.objectName),
            "uid": .string(owner.objectUID), "controller": true, "blockOwnerDeletion": true,
        ]
    }

    /// The tag of an image; nil when it has none.
    static func tag(of image: String) -> String? { CNPG.tag(of: image) }

    /// Whether a version text has the form "x.y.z"; another one makes the operators stumble.
    static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { Int($0) != nil }
    }

    /// The whole GiB that a size is rounded up to when volumes are resized; nil when it is no quantity.
    static func gibibytes(_ size: String) -> Int64? {
        Quantity(size).map { ($0.value + (1 << 30) - 1) >> 30 }
    }
}

/// Why a pass of an operator ended: with an error, which its status tells, or only for now.
enum PassEnd: Error {
    case error(String)
    /// The pass is over and the status is written; nothing went wrong.
    case over
}

extension JSONValue {
    /// The decoded values of a Secret; what is no text is left out.
    var secretTexts: [String: String] {
        var texts: [String: String] = [:]
        for field in self["data"]?.object ?? [:] {
            guard let value = field.value.string, let bytes = try? Base64.decode(value) else { continue }
            texts[field.name] = String(decoding: bytes, as: UTF8.self)
        }
        return texts
    }

    /// The data of a Secret with these texts.
    static func secretData(_ texts: [String: String]) -> JSONValue {
        JSONValue(texts.mapValues { Base64.encode(Array($0.utf8)) })
    }

    /// For a pod: whether it is ready and not going.
    var isServingPod: Bool { isRunning && !isBeingDeleted && conditionStatus("Ready") == "True" }

    /// For a pod: whether its containers run, ready or not, and do not crash.
    var isActivePod: Bool { isRunning && !isBeingDeleted && !isCrashing }

    /// The number at the end of the name, as pods of stateful sets have one; -1 when there is none.
    var podNumber: Int { objectName.split(separator: "-").last.flatMap { Int($0) } ?? -1 }

    /// For a backup or a restore: its state.
    var jobState: String { at("status", "state")?.string ?? "" }
}
