import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a `PerconaServerMongoDB`; a field that is missing or of another kind than expected is nil or
/// empty.
struct PSMDBCluster {
    private(set) var metadata: ObjectMeta

    // spec
    private(set) var image: String?
    private(set) var operatorLevel: String?
    private(set) var isPaused = false
    private(set) var isSharded = false
    private(set) var usersSecret: String?
    /// In their order; the config servers are not among them.
    private(set) var replsets: [PSMDBReplset] = []
    private(set) var backupImage: String?
    private(set) var pmmImage: String?
    private(set) var isBackupEnabled = false
    /// By name, as they stand.
    private(set) var storages: JSONObject = [:]
    private(set) var keepsOplog = false
    private(set) var tasks: [JSONValue] = []

    // status
    private(set) var state = ""
    private(set) var message = ""
    /// Written only by a reconcile that came to its end.
    private(set) var observedGeneration: Int64 = 0
    /// By name of the replica set; the config servers are `cfg`.
    private(set) var status: [String: PSMDBReplsetStatus] = [:]
    /// Nil without sharding.
    private(set) var mongos: PSMDBReplsetStatus?
    private(set) var host = ""
    /// The image's tag, of when all members were ready.
    private(set) var mongoVersion = ""
    private(set) var backupVersion = ""
    /// Empty until the backup agents were told of their storage.
    private(set) var backupConfigHash = ""
    private(set) var firstReady: Timestamp?

    /// Nil when it is not there.
    init?(_ observed: Observed, of cluster: DatabaseCluster) {
        guard let child = observed.child(.psmdbCluster, named: cluster.metadata.name),
            let object = child.body as? DynamicObject
        else { return nil }
        self.init(object)
    }

    /// From the answer to a ``Need``; nil when it is none.
    init?(_ value: JSONValue) {
        guard let object = try? DynamicObject(resource: .psmdbCluster, value) else { return nil }
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
        image = spec["image"]?.string
        operatorLevel = spec["crVersion"]?.string
        isPaused = spec["pause"]?.bool ?? false
        isSharded = spec["sharding"]?["enabled"]?.bool ?? false
        usersSecret = spec["secrets"]?["users"]?.string
        spec["replsets"]?.forEachItem { replsets.append(PSMDBReplset($0)) }
        pmmImage = spec["pmm"]?["image"]?.string
        guard let backup = spec["backup"] else { return }
        isBackupEnabled = backup["enabled"]?.bool ?? false
        backupImage = backup["image"]?.string
        storages = backup["storages"]?.value().object ?? [:]
        keepsOplog = backup["pitr"]?["enabled"]?.bool ?? false
        tasks = backup["tasks"]?.value().array ?? []
    }

    private mutating func readStatus(_ status: JSONElement) {
        state = status["state"]?.string ?? ""
        message = status["message"]?.string ?? ""
        observedGeneration = status["observedGeneration"]?.integer ?? 0
        status["replsets"]?.forEachField { name, value in self.status[name.string] = PSMDBReplsetStatus(value) }
        mongos = status["mongos"].map { PSMDBReplsetStatus($0) }
        host = status["host"]?.string ?? ""
        mongoVersion = status["mongoVersion"]?.string ?? ""
        backupVersion = status["backupVersion"]?.string ?? ""
        backupConfigHash = status["backupConfigHash"]?.string ?? ""
        status["conditions"]?.forEachItem { condition in
            guard condition["type"]?.isString("ready") == true else { return }
            firstReady = condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
        }
    }
}

/// One item of `spec.replsets`.
struct PSMDBReplset {
    private(set) var name = ""
    private(set) var size = 0
    private(set) var storage: Quantity?
    private(set) var resources = ResourceRequirements()
    private(set) var configuration: String?
    private(set) var restartedAt: String?

    init(_ item: JSONElement) {
        name = item["name"]?.string ?? ""
        size = item["size"]?.integer.map { Int($0) } ?? 0
        storage = Self.quantity(
            item["volumeSpec"]?["persistentVolumeClaim"]?["resources"]?["requests"]?["storage"]
        )
        resources.requests = Self.amounts(item["resources"]?["requests"])
        resources.limits = Self.amounts(item["resources"]?["limits"])
        configuration = item["configuration"]?.string
        restartedAt = item["annotations"]?.field(named: PSMDBAnnotation.restartedAt)?.string
    }

    private static func quantity(_ element: JSONElement?) -> Quantity? {
        element.flatMap { try? Quantity(from: $0) }
    }

    private static func amounts(_ element: JSONElement?) -> ResourceAmounts {
        ResourceAmounts(cpu: quantity(element?["cpu"]), memory: quantity(element?["memory"]))
    }
}

/// What Percona's operator says of one replica set, or of the routers.
struct PSMDBReplsetStatus {
    private(set) var size = 0
    private(set) var ready = 0
    private(set) var state = ""
    private(set) var message = ""
    /// By the name of the pod: `PRIMARY`, `SECONDARY`, `STARTUP2` and so on.
    private(set) var members: [String: String] = [:]

    init(_ value: JSONElement) {
        size = value["size"]?.integer.map { Int($0) } ?? 0
        ready = value["ready"]?.integer.map { Int($0) } ?? 0
        state = value["status"]?.string ?? ""
        message = value["message"]?.string ?? ""
        value["members"]?.forEachField { name, member in members[name.string] = member["stateStr"]?.string }
    }
}

extension PSMDBCluster {
    var isReady: Bool { state == "ready" }
    /// A reconcile went wrong; the next one may go well.
    var isInError: Bool { state == "error" }
    /// Whether the operator has come to the end of a reconcile of the spec as it stands.
    var isSeen: Bool { observedGeneration == metadata.generation }
    var version: PerconaVersion? { image.flatMap { PerconaVersion(image: $0) } }
    /// What all members have run; a tag that is no version counts as unknown.
    var runningVersion: PerconaVersion? { PerconaVersion(mongoVersion) }

    /// A refusal of the spec, which no later reconcile will take back (pkg/controller/perconaservermongodb).
    var refusesSpec: Bool { isInError && message.contains("wrong psmdb options") }

    /// Its words, if it has any to say.
    var words: String {
        if !message.isEmpty { return message }
        let names = status.keys.sorted()
        let words = names.lazy.compactMap { self.status[$0]?.message }.first { !$0.isEmpty }
        return words ?? mongos?.message ?? ""
    }

    /// What a member does, as MongoDB names it; nil while not known.
    func memberState(_ pod: String) -> String? {
        status.values.lazy.compactMap { $0.members[pod] }.first
    }

    func isPrimary(_ pod: String) -> Bool { memberState(pod) == "PRIMARY" }

    /// The stamp that the pods shall carry; one that was taken off the cluster by hand would restart them all again.
    var restartStamp: String? { metadata.annotations[PSMDBAnnotation.restart] ?? replsets.first?.restartedAt }
}
