import JSON
import KubernetesAPI

extension ResourceType {
    static let cnpgCluster = cnpg("clusters", "Cluster")
    static let cnpgBackup = cnpg("backups", "Backup")
    static let cnpgScheduledBackup = cnpg("scheduledbackups", "ScheduledBackup")
    static let cnpgPooler = cnpg("poolers", "Pooler")
    static let cnpgImageCatalog = cnpg("imagecatalogs", "ImageCatalog")
    static let cnpgClusterImageCatalog = ResourceType(
        group: CNPG.group,
        version: "v1",
        plural: "clusterimagecatalogs",
        kind: "ClusterImageCatalog",
        isNamespaced: false
    )
    static let barmanObjectStore = ResourceType(
        group: "barmancloud.cnpg.io",
        version: "v1",
        plural: "objectstores",
        kind: "ObjectStore",
        isNamespaced: true
    )

    private static func cnpg(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: CNPG.group, version: "v1", plural: plural, kind: kind, isNamespaced: true)
    }
}

/// The names CloudNativePG gives things.
enum CNPG {
    static let group = "postgresql.cnpg.io"
    static let barmanPlugin = "barman-cloud.cloudnative-pg.io"
    static let defaultImage = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
    static let operatorVersion = "1.30.0"

    enum Label {
        static let cluster = "cnpg.io/cluster"
        static let instance = "cnpg.io/instanceName"
        static let instanceRole = "cnpg.io/instanceRole"
        static let podRole = "cnpg.io/podRole"
        static let claimRole = "cnpg.io/pvcRole"
        static let jobRole = "cnpg.io/jobRole"
        static let role = "role"
        static let pooler = "cnpg.io/poolerName"
        static let scheduledBackup = "cnpg.io/scheduled-backup"
        static let immediateBackup = "cnpg.io/immediateBackup"
    }

    enum Annotation {
        static let podSpec = "cnpg.io/podSpec"
        static let poolerSpecHash = "cnpg.io/poolerSpecHash"
        static let serial = "cnpg.io/nodeSerial"
        static let claimStatus = "cnpg.io/pvcStatus"
        static let operatorVersion = "cnpg.io/operatorVersion"
        static let hibernation = "cnpg.io/hibernation"
        static let fenced = "cnpg.io/fencedInstances"
        static let restartedAt = "kubectl.kubernetes.io/restartedAt"
        static let reloadedAt = "cnpg.io/reloadedAt"
        static let unrecoverable = "alpha.cnpg.io/unrecoverable"
        static let reconciliation = "cnpg.io/reconciliationLoop"
        static let reconcilePodSpec = "cnpg.io/reconcilePodSpec"
        static let validation = "cnpg.io/validation"
        static let skipEmptyArchiveCheck = "cnpg.io/skipEmptyWalArchiveCheck"
        /// The settings the server of a pod was started with; only the sandbox writes it, since no server can be asked.
        static let startedWith = "sandbox.dbaas.io/started-with"
    }

    /// The texts of `status.phase`.
    enum Phase {
        static let settingUpPrimary = "Setting up primary"
        static let creatingReplica = "Creating a new replica"
        static let waitingForInstances = "Waiting for the instances to become active"
        static let healthy = "Cluster in healthy state"
        static let switchover = "Switchover in progress"
        static let failover = "Failing over"
        static let upgrading = "Upgrading cluster"
        static let applyingConfiguration = "Applying configuration"
        static let waitingForUser = "Waiting for user action"
        static let restartInPlace = "Primary instance is being restarted in-place"
        static let restartWithoutSwitchover = "Primary instance is being restarted without a switchover"
        static let majorUpgrade = "Upgrading Postgres major version"
        static let unrecoverable = "Cluster is unrecoverable and needs manual intervention"
        static let invalidDefinition = "Invalid cluster definition"
        static let invalidCatalog = "Cluster has incomplete or invalid image catalog"
        static let cannotCreateObjects = "Unable to create required cluster objects"
        static let unknownPlugin = "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
    }

    /// The major version a tag begins with, or nil when the tag does not begin with a number.
    static func major(of image: String) -> Int? {
        tag(of: image).flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) }
    }

    /// The tag of an image reference; nil when it has none.
    static func tag(of image: String) -> String? {
        let name = image.split(separator: "@", maxSplits: 1).first.map(String.init) ?? ""
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return nil }
        let tag = String(name[name.index(after: colon)...])
        return tag.isEmpty ? nil : tag
    }

    /// An owner reference to a controller, as CloudNativePG writes it: without blockOwnerDeletion.
    static func controller(_ owner: JSONValue, kind: String) -> JSONValue {
        [
            "apiVersion": "postgresql.cnpg.io/v1", "kind": .string(kind), "name": .string(owner.objectName),
            "uid": .string(owner.objectUID), "controller": true,
        ]
    }
}
