import JSON
import KubernetesAPI

/// The names KubeDB gives things.
enum KubeDB {
    static let group = "kubedb.com"
    static let operationsGroup = "ops.kubedb.com"
    static let finalizer = "kubedb.com"
    /// The tag that the images of its own containers carry in this release.
    static let release = "v0.66.0"

    enum Label {
        static let name = "app.kubernetes.io/name"
        static let instance = "app.kubernetes.io/instance"
        static let manager = "app.kubernetes.io/managed-by"
        static let component = "app.kubernetes.io/component"
        static let role = "kubedb.com/role"
        /// What a PetSet puts on its pods to tell which template they were made from.
        static let revision = "controller-revision-hash"
        static let petSet = "apps.kubernetes.io/pod-index"
        /// Which PetSet a pod or claim belongs to; only the sandbox writes it, so that its stand-in need not parse names.
        static let owner = "sandbox.dbaas.io/petset"
    }

    enum Annotation {
        static let activeFrom = "kubedb.com/auth-active-from"
        /// What the pods of a PetSet were last restarted for; only the sandbox writes it.
        static let restart = "sandbox.dbaas.io/restart"
        /// Which configuration the servers of a PetSet read; only the sandbox writes it, since no server can be asked.
        static let configuration = "sandbox.dbaas.io/configuration"
    }

    /// The texts of a database's `status.phase`.
    enum Phase {
        static let provisioning = "Provisioning"
        static let restoring = "DataRestoring"
        static let ready = "Ready"
        static let critical = "Critical"
        static let notReady = "NotReady"
        static let halted = "Halted"
        static let unknown = "Unknown"
    }

    /// The types of a database's conditions.
    enum Condition {
        static let provisioningStarted = "ProvisioningStarted"
        static let provisioned = "Provisioned"
        static let replicaReady = "ReplicaReady"
        static let acceptingConnection = "AcceptingConnection"
        static let ready = "Ready"
        static let restoreStarted = "DataRestoreStarted"
        static let restored = "DataRestored"
        static let paused = "Paused"
        static let halted = "Halted"
        static let healthCheckPaused = "HealthCheckPaused"
    }

    /// An owner reference to a controller.
    static func controller(_ owner: JSONValue) -> JSONValue {
        [
            "apiVersion": owner["apiVersion"] ?? "", "kind": owner["kind"] ?? "", "name": .string(owner.objectName),
            "uid": .string(owner.objectUID), "controller": true, "blockOwnerDeletion": true,
        ]
    }
}

extension ResourceType {
    static let kubeDBPetSet = ResourceType(
        group: "apps.k8s.appscode.com",
        version: "v1",
        plural: "petsets",
        kind: "PetSet",
        isNamespaced: true
    )
    static let kubeDBPlacementPolicy = ResourceType(
        group: "apps.k8s.appscode.com",
        version: "v1",
        plural: "placementpolicies",
        kind: "PlacementPolicy",
        isNamespaced: false
    )
    static let kubeDBAppBinding = ResourceType(
        group: "appcatalog.appscode.com",
        version: "v1alpha1",
        plural: "appbindings",
        kind: "AppBinding",
        isNamespaced: true
    )

    static func kubeDB(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: KubeDB.group, version: "v1", plural: plural, kind: kind, isNamespaced: true)
    }

    static func kubeDBVersion(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(
            group: "catalog.kubedb.com",
            version: "v1alpha1",
            plural: plural,
            kind: kind,
            isNamespaced: false
        )
    }

    static func kubeDBOperation(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(
            group: KubeDB.operationsGroup,
            version: "v1alpha1",
            plural: plural,
            kind: kind,
            isNamespaced: true
        )
    }
}

extension JSONValue {
    /// The value at a path, or nil when one of its fields is not there.
    func at(path: [String]) -> JSONValue? {
        var value = self
        for field in path {
            guard let next = value[field] else { return nil }
            value = next
        }
        return value
    }

    /// Writes the value at a path, making the objects on the way; nil removes it.
    mutating func set(_ path: [String], _ value: JSONValue?) {
        guard let first = path.first else { return }
        guard path.count > 1 else {
            self[first] = value
            return
        }
        var inner = self[first] ?? [:]
        inner.set(Array(path.dropFirst()), value)
        self[first] = inner
    }

    /// Writes a value where there is none.
    mutating func fill(_ path: [String], _ value: JSONValue) {
        if at(path: path) == nil { set(path, value) }
    }

    /// The item of a list whose `name` it is.
    func item(named name: String) -> JSONValue? { array?.first { $0["name"]?.string == name } }
}
