import CRDs
import JSON
import KubernetesAPI

/// What is looked at of a `KafkaNodePool`.
struct StrimziNodePool {
    private(set) var metadata: ObjectMeta

    // spec
    private(set) var replicas: Int?
    private(set) var isBroker = false
    private(set) var isController = false
    private(set) var resources = ResourceRequirements()
    /// Of the one volume that we give each node.
    private(set) var storage: Quantity?
    private(set) var storageClass: String?

    // status
    private(set) var observedGeneration: Int64 = 0
    private(set) var nodeIDs: [Int] = []
    /// Nodes that there really are; not those of the spec while Strimzi holds a change back.
    private(set) var existingReplicas: Int?
    private(set) var clusterID: String?

    init(_ object: DynamicObject) {
        metadata = object.metadata
        var copy = self
        try? object.read { (root) throws(JSONError) in
            if let spec = root["spec"] { copy.readSpec(spec) }
            if let status = root["status"] { copy.readStatus(status) }
        }
        self = copy
    }

    private mutating func readSpec(_ spec: JSONElement) {
        replicas = spec["replicas"]?.integer.map { Int($0) }
        spec["roles"]?.forEachItem { role in
            isBroker = isBroker || role.isString("broker")
            isController = isController || role.isString("controller")
        }
        resources = spec["resources"].flatMap { try? ResourceRequirements(from: $0) } ?? resources
        spec["storage"]?["volumes"]?.forEachItem { volume in
            guard volume["id"]?.integer == 0 else { return }
            storage = volume["size"].flatMap { try? Quantity(from: $0) }
            storageClass = volume["class"]?.string
        }
    }

    private mutating func readStatus(_ status: JSONElement) {
        observedGeneration = status["observedGeneration"]?.integer ?? 0
        existingReplicas = status["replicas"]?.integer.map { Int($0) }
        clusterID = status["clusterId"]?.string
        status["nodeIds"]?.forEachItem { id in nodeIDs += id.integer.map { [Int($0)] } ?? [] }
    }

    /// Strimzi has begun a reconciliation with the pool as it is now; restarts come after that.
    var isSeen: Bool { observedGeneration >= metadata.generation }
}

/// What is kept of a `StrimziPodSet`: how many of a pool's pods are as they shall be.
struct StrimziPodSet: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var pods = 0
    private(set) var readyPods = 0
    /// Pods of the revision that the set asks for.
    private(set) var currentPods = 0
    private(set) var observedGeneration: Int64 = 0
    private(set) var error: String?

    static let kind = ObjectKind<StrimziPodSet>(resource: .strimziPodSet) { (element) throws(JSONError) in
        try StrimziPodSet(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata":
                metadata = try ObjectMeta(from: value)
                // The pool's whole storage among them, which is not looked at.
                metadata.annotations = [:]
            case "status": readStatus(value)
            default: break
            }
        }
    }

    private mutating func readStatus(_ status: JSONElement) {
        pods = status["pods"]?.integer.map { Int($0) } ?? 0
        readyPods = status["readyPods"]?.integer.map { Int($0) } ?? 0
        currentPods = status["currentPods"]?.integer.map { Int($0) } ?? 0
        observedGeneration = status["observedGeneration"]?.integer ?? 0
        status["conditions"]?.forEachItem { condition in
            if condition["type"]?.isString("Error") == true { error = condition["message"]?.string }
        }
    }

    var isCurrent: Bool { observedGeneration >= metadata.generation && currentPods >= pods }
}

/// What is kept of a `KafkaRebalance`.
struct StrimziRebalance: KubernetesObject {
    var metadata: ObjectMeta
    private(set) var mode = "full"
    private(set) var conditions: [Condition] = []
    private(set) var result: JSONValue?

    static let kind = ObjectKind<StrimziRebalance>(resource: .kafkaRebalance) { (element) throws(JSONError) in
        try StrimziRebalance(from: element)
    }

    init(from element: JSONElement) throws(JSONError) {
        metadata = ObjectMeta(name: "")
        try element.decodeFields { (key, value) throws(JSONError) in
            switch key {
            case "metadata": metadata = try ObjectMeta(from: value)
            case "spec": mode = value["mode"]?.string ?? mode
            case "status":
                conditions = value["conditions"].flatMap { try? [Condition](from: $0) } ?? []
                result = value["optimizationResult"]?.value()
            default: break
            }
        }
    }

    /// The one condition that is no warning; its type is the state.
    var state: Condition? { conditions.first { $0.type != "Warning" && $0.status == .true } }

    /// Whether it has ended, well or not.
    var isFinished: Bool {
        switch state?.type {
        case "Ready", "Stopped", "NotReady": true
        default: false
        }
    }

    /// Whether partitions move, or will; a proposal may lie there for days until somebody approves it.
    var isActive: Bool {
        guard metadata.annotations[StrimziAnnotation.template] != "true", !isFinished else { return false }
        return state?.type != "ProposalReady" || isApproved
    }

    private var isApproved: Bool {
        metadata.annotations[StrimziAnnotation.autoApproval] == "true"
            || metadata.annotations[StrimziAnnotation.rebalance] == "approve"
    }
}
