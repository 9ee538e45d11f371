import JSON
import KubernetesAPI

/// A Cluster and everything it is decided from, as read at one moment.
struct ClusterSnapshot: Sendable {
    let cluster: JSONValue
    let name: String
    let namespace: String
    let spec: JSONValue
    /// By name: the pods, claims and jobs that carry the cluster's label.
    let pods: [String: JSONValue]
    let claims: [String: JSONValue]
    let jobs: [String: JSONValue]
    /// The instances: the claims of a data directory that are not going, in the order of their serial numbers.
    let instances: [Instance]
    /// The pods that run instances, in the order of their names; jobs' pods are not among them.
    let instancePods: [JSONValue]
    /// The other objects that were asked for; absent ones are missing here.
    var others: [ObjectReference: JSONValue] = [:]
    /// Whether this spec's services, secrets and so on were found complete and have not changed since.
    var isPrepared = false

    init(
        cluster: JSONValue,
        pods: [String: JSONValue] = [:],
        claims: [String: JSONValue] = [:],
        jobs: [String: JSONValue] = [:]
    ) {
        self.cluster = cluster
        self.pods = pods
        self.claims = claims
        self.jobs = jobs
        name = cluster.objectName
        namespace = cluster.objectNamespace
        spec = cluster["spec"] ?? [:]
        instances = claims.compactMap { name, claim -> Instance? in
            guard claim.label(CNPG.Label.claimRole) == "PG_DATA", !claim.isBeingDeleted,
                let serial = claim.annotation(CNPG.Annotation.serial).flatMap({ Int($0) })
            else { return nil }
            return Instance(name: name, serial: serial, claim: claim, pod: pods[name])
        }.sorted { $0.serial < $1.serial }
        instancePods = pods.sorted { $0.key < $1.key }.map(\.value).filter {
            $0.label(CNPG.Label.podRole) == "instance"
        }
    }

    var instanceCount: Int { Int(spec["instances"]?.integer ?? 1) }
    var reference: ObjectReference { ObjectReference(.cnpgCluster, ObjectKey(namespace: namespace, name: name)) }

    func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, resource.isNamespaced ? namespace : "", name)
    }

    func other(_ resource: ResourceType, _ name: String) -> JSONValue? { others[reference(resource, name)] }

    /// The instances that are fenced, by the cluster's annotation.
    func isFenced(_ instance: String) -> Bool {
        guard let text = cluster.annotation(CNPG.Annotation.fenced), let list = try? JSONValue(parsing: text) else {
            return false
        }
        return list.array?.contains { $0.string == instance || $0.string == "*" } ?? false
    }
}

/// One instance of a cluster: its data volume, and its pod when it has one.
struct Instance: Sendable, Equatable {
    let name: String
    let serial: Int
    let claim: JSONValue
    let pod: JSONValue?

    /// Whether the data directory has been filled.
    var isInitialized: Bool { claim.annotation(CNPG.Annotation.claimStatus) == "ready" }
    /// Whether its containers run, ready or not; not so while they crash again and again.
    let isActive: Bool
    let isReady: Bool

    init(name: String, serial: Int, claim: JSONValue, pod: JSONValue?) {
        self.name = name
        self.serial = serial
        self.claim = claim
        self.pod = pod
        isActive = pod.map { $0.isRunning && !$0.isCrashing && !$0.isBeingDeleted } ?? false
        isReady = isActive && pod?.conditionStatus("Ready") == "True"
    }
}

extension JSONValue {
    var isRunning: Bool { at("status", "phase")?.string == "Running" }

    /// For a pod: whether its containers start and exit, again and again.
    var isCrashing: Bool {
        let first = at("status", "containerStatuses")?[0]
        return first?.at("state", "waiting", "reason")?.string == "CrashLoopBackOff"
    }
}

/// What of a Cluster is counted when it changes.
struct ClusterWishes: Sendable, Equatable {
    let instances: Int64
    let sizes: JSONValue
    let parameters: JSONValue
    let reload: String?
    let fenced: String?

    init(_ cluster: JSONValue) {
        let spec = cluster["spec"] ?? [:]
        instances = spec["instances"]?.integer ?? 1
        sizes = [spec.at("storage", "size") ?? .null, spec.at("walStorage", "size") ?? .null]
        parameters = spec.at("postgresql", "parameters") ?? [:]
        reload = cluster.annotation(CNPG.Annotation.reloadedAt)
        fenced = cluster.annotation(CNPG.Annotation.fenced)
    }

    /// The operations that lead from other wishes to these.
    func operations(since former: ClusterWishes) -> [StandInCounters.Count] {
        var operations: [StandInCounters.Count] = []
        if instances != former.instances { operations.append(.scalings) }
        if sizes != former.sizes { operations.append(.resizes) }
        if parameters != former.parameters { operations.append(.reconfigurations) }
        if reload != former.reload, reload != nil { operations.append(.reloads) }
        if fenced != former.fenced { operations.append(.fencings) }
        return operations
    }
}

/// What an operator process remembers of a cluster between two looks; everything else is read from the API.
struct ClusterMemory: Sendable {
    var timers = Timers()
    /// What pods were last rolled towards; a rollout to something else is another one.
    var rollout: UInt64?
    /// The wishes that were last seen; a change of one is an operation.
    var wishes: ClusterWishes?
    /// How many instances were there when the cluster was last complete.
    var complete: Int?
    /// Whether a restart in place has begun and is not over.
    var isRestartingInPlace = false
    /// The ObjectStore the plugin misses.
    var missingStore: ObjectReference?
    /// The generation whose definition was valid and whose objects were complete when last looked at.
    var prepared: Int64?
}

/// What is to be done for a cluster.
struct ClusterDecision: Sendable {
    var actions: [APIAction] = []
    var wake: Timestamp?
    var counted: [StandInCounters.Count] = []
}
