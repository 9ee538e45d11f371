import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a `Cluster`; a field that is missing or of another kind than expected is nil or empty.
struct CNPGCluster {
    private(set) var metadata: ObjectMeta

    // spec
    private(set) var instances: Int?
    private(set) var imageName: String?
    private(set) var storageSize: Quantity?
    private(set) var walStorageSize: Quantity?
    private(set) var resources = ResourceRequirements()
    private(set) var parameters: [String: String] = [:]
    private(set) var bootstrap: JSONValue?
    private(set) var externalClusters: JSONValue?
    /// The folder its WAL is archived into; nil without the plugin.
    private(set) var archiveFolder: String?
    private(set) var isSupervised = false
    /// CloudNativePG writes `instances` back to more than these; 0 when none are wanted.
    private(set) var maximalSyncReplicas = 0
    /// Whether volumes grow while they are in use.
    private(set) var resizesVolumes = true

    // status
    private(set) var phase = ""
    private(set) var phaseReason = ""
    /// Groups of volumes, not pods.
    private(set) var existingInstances: Int?
    private(set) var readyInstances = 0
    private(set) var instanceNames: [String] = []
    private(set) var currentPrimary: String?
    /// Another than the current one while the primary changes; may be the word `pending`.
    private(set) var targetPrimary: String?
    private(set) var image: String?
    /// The major version the data directory has.
    private(set) var dataMajor: Int?
    /// The image that the data directory was last used with.
    private(set) var dataImage: String?
    /// Whether the data directory is on its way to another major version.
    private(set) var isUpgradingData = false
    /// By member, as far as CloudNativePG tells.
    private(set) var timelines: [String: Int64] = [:]
    private(set) var conditions: [Condition] = []

    /// Nil when it is not there.
    init?(_ observed: Observed, of cluster: DatabaseCluster) {
        guard let child = observed.child(.cnpgCluster, named: cluster.metadata.name),
            let object = child.body as? DynamicObject
        else { return nil }
        self.init(object)
    }

    init(_ object: DynamicObject) {
        metadata = object.metadata
        var copy = self
        // A document that cannot be read leaves everything empty, which counts as not reconciled yet.
        try? object.read { (root) throws(JSONError) in
            if let spec = root["spec"] { copy.readSpec(spec) }
            if let status = root["status"] { copy.readStatus(status) }
        }
        self = copy
    }

    private mutating func readSpec(_ spec: JSONElement) {
        instances = spec["instances"]?.integer.map { Int($0) }
        imageName = spec["imageName"]?.string
        storageSize = Self.quantity(spec["storage"]?["size"])
        walStorageSize = Self.quantity(spec["walStorage"]?["size"])
        resources.requests = Self.amounts(spec["resources"]?["requests"])
        resources.limits = Self.amounts(spec["resources"]?["limits"])
        isSupervised = spec["primaryUpdateStrategy"]?.isString("supervised") == true
        maximalSyncReplicas = spec["maxSyncReplicas"]?.integer.map { Int($0) } ?? 0
        resizesVolumes = spec["storage"]?["resizeInUseVolumes"]?.bool ?? true
        bootstrap = spec["bootstrap"]?.value()
        externalClusters = spec["externalClusters"]?.value()
        spec["postgresql"]?["parameters"]?.forEachField { name, value in parameters[name.string] = value.string }
        spec["plugins"]?.forEachItem { plugin in
            guard plugin["name"]?.isString("barman-cloud.cloudnative-pg.io") == true else { return }
            archiveFolder = plugin["parameters"]?["serverName"]?.string
        }
    }

    private mutating func readStatus(_ status: JSONElement) {
        phase = status["phase"]?.string ?? ""
        phaseReason = status["phaseReason"]?.string ?? ""
        existingInstances = status["instances"]?.integer.map { Int($0) }
        readyInstances = status["readyInstances"]?.integer.map { Int($0) } ?? 0
        status["instanceNames"]?.forEachItem { name in instanceNames += name.string.map { [$0] } ?? [] }
        currentPrimary = status["currentPrimary"]?.string
        targetPrimary = status["targetPrimary"]?.string
        image = status["image"]?.string
        dataMajor = status["pgDataImageInfo"]?["majorVersion"]?.integer.map { Int($0) }
        dataImage = status["pgDataImageInfo"]?["image"]?.string
        isUpgradingData = status["targetPgDataImageInfo"].map { !$0.isNull } ?? false
        status["instancesReportedState"]?.forEachField { name, state in
            timelines[name.string] = state["timeLineID"]?.integer
        }
        conditions = status["conditions"].flatMap { try? [Condition](from: $0) } ?? []
    }

    private static func quantity(_ element: JSONElement?) -> Quantity? {
        element.flatMap { try? Quantity(from: $0) }
    }

    private static func amounts(_ element: JSONElement?) -> ResourceAmounts {
        ResourceAmounts(cpu: quantity(element?["cpu"]), memory: quantity(element?["memory"]))
    }
}

extension CNPGCluster {
    static let healthyPhase = "Cluster in healthy state"
    static let diskFullPhase = "Not enough disk space"

    var isHealthy: Bool { phase == Self.healthyPhase }

    /// Whether it was told to stop; it may not have stopped yet.
    var isToldToHibernate: Bool { metadata.annotations[CNPGAnnotation.hibernation] == "on" }

    /// The state of hibernation; nil when it neither stops nor is stopped.
    var hibernation: Condition? { conditions[CNPGAnnotation.hibernation] }

    var isHibernated: Bool { hibernation?.status == .true }

    /// The part of `bootstrap` that was used.
    var bootstrapMethod: JSONValue? {
        bootstrap?["initdb"] ?? bootstrap?["recovery"] ?? bootstrap?["pg_basebackup"]
    }

    /// The Secret with the application's credentials.
    var credentialsSecret: String {
        bootstrapMethod?.at("secret", "name")?.string ?? "\(metadata.name)-app"
    }

    /// The instances that are fenced; `*` means all.
    var fencedInstances: [String] {
        guard let text = metadata.annotations[CNPGAnnotation.fencedInstances],
            let list = (try? JSONValue(parsing: text))?.array
        else { return [] }
        return list.compactMap(\.string)
    }
}
