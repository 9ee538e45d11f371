import JSON
import KubernetesAPI

/// A Cluster and everything it is decided from, as read at one moment.
struct ClusterSnapshot: Sendable {
    let cluster: JSONValue
    /// By name: the pods, claims and jobs that carry the cluster's label.
    var pods: [String: JSONValue] = [:]
    var claims: [String: JSONValue] = [:]
    var jobs: [String: JSONValue] = [:]
    /// The other objects that were asked for; absent ones are missing here.
    var others: [ObjectReference: JSONValue] = [:]

    var name: String { cluster.objectName }
    var namespace: String { cluster.objectNamespace }
    var spec: JSONValue { cluster["spec"] ?? [:] }
    var instanceCount: Int { Int(spec["instances"]?.integer ?? 1) }
    var reference: ObjectReference { ObjectReference(.cnpgCluster, cluster.objectKey) }

    func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, resource.isNamespaced ? namespace : "", name)
    }

    func other(_ resource: ResourceType, _ name: String) -> JSONValue? { others[reference(resource, name)] }

    /// The instances: the claims of a data directory that are not going, in the order of their serial numbers.
    var instances: [Instance] {
        claims.values.compactMap { claim -> Instance? in
            guard claim.label(CNPG.Label.claimRole) == "PG_DATA", !claim.isBeingDeleted,
                let serial = claim.annotation(CNPG.Annotation.serial).flatMap({ Int($0) })
            else { return nil }
            return Instance(name: claim.objectName, serial: serial, claim: claim, pod: pods[claim.objectName])
        }.sorted { $0.serial < $1.serial }
    }

    /// The pods that run instances, in the order of their names; jobs' pods are not among them.
    var instancePods: [JSONValue] {
        pods.values.filter { $0.label(CNPG.Label.podRole) == "instance" }.sorted { $0.objectName < $1.objectName }
    }

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
    /// Whether its containers run, ready or not.
    var isActive: Bool { pod.map { $0.isRunning && !$0.isBeingDeleted } ?? false }
    var isReady: Bool { isActive && pod?.conditionStatus("Ready") == "True" }
}

extension JSONValue {
    var isRunning: Bool { at("status", "phase")?.string == "Running" }
}

/// What an operator process remembers of a cluster between two looks; everything else is read from the API.
struct ClusterMemory: Sendable {
    var timers = Timers()
    /// What pods were last rolled towards; a rollout to something else is another one.
    var rollout: UInt64?
    var instances: Int64?
    var sizes: JSONValue?
    /// Whether a restart in place has begun and is not over.
    var isRestartingInPlace = false
    /// The ObjectStore the plugin misses.
    var missingStore: ObjectReference?
    /// The settings the running servers have reloaded.
    var loaded: JSONValue?
}

/// What is to be done for a cluster.
struct ClusterDecision: Sendable {
    var actions: [APIAction] = []
    var wake: Timestamp?
    var counted: [StandInCounters.Count] = []
}
