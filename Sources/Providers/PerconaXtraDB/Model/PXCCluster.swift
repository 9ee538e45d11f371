import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a `PerconaXtraDBCluster`; a field that is missing or of another kind is nil or empty.
struct PXCCluster {
    /// Of one of its parts: members or proxies.
    struct Part {
        var size: Int?
        var ready = 0
        var state = ""
        var version: String?
        var image: String?
        var message = ""
    }

    private(set) var metadata: ObjectMeta

    // spec
    private(set) var operatorLevel: String?
    private(set) var isPaused = false
    private(set) var size: Int?
    private(set) var image: String?
    private(set) var storage: Quantity?
    private(set) var resources = ResourceRequirements()
    private(set) var memberAnnotations: [String: String] = [:]
    private(set) var growsVolumes = false
    private(set) var secret: String?
    private(set) var haproxyImage: String?
    private(set) var proxysqlImage: String?
    private(set) var backupImage: String?
    private(set) var pmmImage: String?
    private(set) var hasHAProxy = false
    private(set) var hasProxySQL = false
    /// The storages by name, as they stand.
    private(set) var storages: JSONObject = [:]
    private(set) var binlogStorage: String?

    // status
    private(set) var state = ""
    private(set) var messages: [String] = []
    private(set) var observedGeneration: Int64?
    private(set) var host: String?
    private(set) var members = Part()
    private(set) var haproxy = Part()
    private(set) var proxysql = Part()
    /// Since when it says the state that it says; nil when its log of them does not tell.
    private(set) var stateSince: Timestamp?

    /// Nil when it is not there.
    init?(_ observed: Observed, of cluster: DatabaseCluster) {
        guard let child = observed.child(.pxcCluster, named: cluster.metadata.name),
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

    /// From the answer to a ``Need``; nil when it is none.
    init?(_ value: JSONValue) {
        guard let object = try? DynamicObject(resource: .pxcCluster, value) else { return nil }
        self.init(object)
    }

    private mutating func readSpec(_ spec: JSONElement) {
        operatorLevel = spec["crVersion"]?.string
        isPaused = spec["pause"]?.bool ?? false
        growsVolumes = spec["enableVolumeExpansion"]?.bool ?? false
        secret = spec["secretsName"]?.string
        if let pxc = spec["pxc"] { readMembers(pxc) }
        hasHAProxy = spec["haproxy"]?["enabled"]?.bool ?? false
        haproxyImage = spec["haproxy"]?["image"]?.string
        hasProxySQL = spec["proxysql"]?["enabled"]?.bool ?? false
        proxysqlImage = spec["proxysql"]?["image"]?.string
        pmmImage = spec["pmm"]?["image"]?.string
        backupImage = spec["backup"]?["image"]?.string
        storages = spec["backup"]?["storages"]?.value().object ?? [:]
        if spec["backup"]?["pitr"]?["enabled"]?.bool == true {
            binlogStorage = spec["backup"]?["pitr"]?["storageName"]?.string
        }
    }

    private mutating func readMembers(_ pxc: JSONElement) {
        size = pxc["size"]?.integer.map { Int($0) }
        image = pxc["image"]?.string
        let claim = pxc["volumeSpec"]?["persistentVolumeClaim"]
        storage = Self.quantity(claim?["resources"]?["requests"]?["storage"])
        resources.requests = Self.amounts(pxc["resources"]?["requests"])
        resources.limits = Self.amounts(pxc["resources"]?["limits"])
        pxc["annotations"]?.forEachField { name, value in memberAnnotations[name.string] = value.string }
    }

    private mutating func readStatus(_ status: JSONElement) {
        state = status["state"]?.string ?? ""
        status["message"]?.forEachItem { message in messages += message.string.map { [$0] } ?? [] }
        observedGeneration = status["observedGeneration"]?.integer
        host = status["host"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        members = Self.part(status["pxc"])
        haproxy = Self.part(status["haproxy"])
        proxysql = Self.part(status["proxysql"])
        // A log of states, newest last; among them `tls`, whose status is no boolean.
        let current = state
        status["conditions"]?.forEachItem { condition in
            guard let type = condition["type"]?.string, type != "tls" else { return }
            stateSince = type == current ? condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) } : nil
        }
    }

    private static func part(_ element: JSONElement?) -> Part {
        guard let element else { return Part() }
        return Part(
            size: element["size"]?.integer.map { Int($0) },
            ready: element["ready"]?.integer.map { Int($0) } ?? 0,
            state: element["status"]?.string ?? "",
            version: element["version"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            image: element["image"]?.string,
            message: element["message"]?.string ?? ""
        )
    }

    private static func quantity(_ element: JSONElement?) -> Quantity? {
        element.flatMap { try? Quantity(from: $0) }
    }

    private static func amounts(_ element: JSONElement?) -> ResourceAmounts {
        ResourceAmounts(cpu: quantity(element?["cpu"]), memory: quantity(element?["memory"]))
    }
}

extension PXCCluster {
    /// The version that the members report.
    var reportedVersion: PerconaVersion? { members.version.flatMap { PerconaVersion($0) } }

    /// The version that its image is.
    var imageVersion: PerconaVersion? { image.flatMap { PerconaVersion(image: $0) } }

    /// Whether what it reports is about the spec as it stands.
    ///
    /// Percona's operator notes the generation only at the end of a pass without an error.
    var hasSeenSpec: Bool { observedGeneration == metadata.generation }

    var isReady: Bool { state == "ready" && hasSeenSpec }

    var isResizing: Bool { metadata.annotations[PXCAnnotation.resizing] != nil }

    /// What Percona's operator says, in its own words.
    var words: String { messages.joined(separator: "; ") }

    /// Whether it refuses the spec as such, which does not pass by itself.
    var refusesSpec: Bool { state == "error" && messages.contains { $0.contains("wrong PXC options") } }

    var secretName: String { secret ?? "\(metadata.name)-secrets" }

    /// The part that stands in front of the members.
    var proxy: Part? { hasHAProxy ? haproxy : hasProxySQL ? proxysql : nil }
}
