import JSON
import KubernetesAPI

/// A cluster of one of Percona's operators and everything it is decided from, as read at one moment.
struct PerconaSnapshot: Sendable {
    let cluster: JSONValue
    let name: String
    let namespace: String
    let spec: JSONValue
    var sets: [String: JSONValue] = [:]
    var pods: [String: JSONValue] = [:]
    var claims: [String: JSONValue] = [:]
    var jobs: [String: JSONValue] = [:]
    var deployments: [String: JSONValue] = [:]
    var services: [String: JSONValue] = [:]
    /// The backups and restores that name this cluster, by name.
    var backups: [String: JSONValue] = [:]
    var restores: [String: JSONValue] = [:]
    /// The other objects that were asked for; absent ones are missing here.
    var others: [ObjectReference: JSONValue] = [:]
    var storageClasses: [JSONValue] = []
    /// Whether the objects around the servers were found complete for this generation and have not changed since.
    var isPrepared = false

    init(_ cluster: JSONValue) {
        self.cluster = cluster
        name = cluster.objectName
        namespace = cluster.objectNamespace
        spec = cluster["spec"] ?? [:]
    }

    func reference(_ resource: ResourceType, _ name: String) -> ObjectReference {
        ObjectReference(resource, resource.isNamespaced ? namespace : "", name)
    }

    func other(_ resource: ResourceType, _ name: String) -> JSONValue? { others[reference(resource, name)] }

    /// A new object of the cluster; without an owner it outlives it.
    func object(
        _ apiVersion: String,
        _ kind: String,
        _ objectName: String,
        _ labels: [String: String],
        isOwned: Bool = true
    ) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(objectName), "namespace": .string(namespace), "labels": JSONValue(labels),
        ]
        if isOwned { metadata["ownerReferences"] = [Percona.controller(cluster)] }
        return ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
    }

    func secret(
        _ secretName: String,
        _ labels: [String: String],
        isOwned: Bool,
        _ texts: [String: String],
        type: String = "Opaque"
    ) -> JSONValue {
        var secret = object("v1", "Secret", secretName, labels, isOwned: isOwned)
        secret["type"] = .string(type)
        secret["data"] = .secretData(texts)
        return secret
    }

    /// The pods with all those labels, in the order of their names.
    func pods(_ labels: [String: String]) -> [JSONValue] {
        pods.values.filter { pod in labels.allSatisfy { pod.label($0.key) == $0.value } }
            .sorted {
                ($0.label(Percona.Label.component) ?? "", $0.podNumber) < (
                    $1.label(Percona.Label.component) ?? "", $1.podNumber
                )
            }
    }

    /// The claims that a template of a stateful set made, with the name of the pod each is for.
    func claims(_ template: String, of set: String) -> [(pod: String, claim: JSONValue)] {
        let prefix = "\(template)-\(set)-"
        return claims.values.filter {
            $0.objectName.hasPrefix(prefix) && Int($0.objectName.dropFirst(prefix.count)) != nil
        }
        .sorted { $0.podNumber < $1.podNumber }
        .map { ("\(set)-\($0.podNumber)", $0) }
    }

    func canExpand(_ claim: JSONValue) -> Bool { StorageClasses(classes: storageClasses).canExpand(claim) }
}

/// What an operator process remembers of a cluster between two looks; everything else is read from the API.
struct PerconaMemory: Sendable {
    var timers = Timers()
    /// The wishes that were last seen; a change of one is an operation.
    var wishes: PerconaWishes?
    /// The generation whose surrounding objects were complete when last looked at.
    var prepared: Int64?
    /// The pod that an update of a stateful set has deleted and waits for, a set each.
    var replaced: [String: String] = [:]
    /// The revision that a set was last rolled towards.
    var rollouts: [String: String] = [:]
    /// The member that was last elected, a replica set each.
    var primaries: [String: String] = [:]
    /// Volumes that were there when the set was last complete, by the claim's name.
    var volumes: [String: String] = [:]
    /// What servers are configured with, by the name of the object that holds it.
    var configurations: [String: String] = [:]
    /// The Secret with credentials for a storage that was missing when last looked for.
    var missingCredentials: String?
    /// When each schedule was last looked at.
    var schedules: [String: PerconaSchedule] = [:]
}

/// A schedule of backups as an operator process keeps it.
struct PerconaSchedule: Sendable, Equatable {
    let cron: String
    let storage: String
    let task: JSONValue
    var since: Timestamp
}

/// What of a cluster is counted when it changes.
struct PerconaWishes: Sendable, Equatable {
    var sizes: JSONValue = .null
    var storage: JSONValue = .null
    var configuration: JSONValue = .null
    var image = ""
    var isPaused = false

    /// The operations that lead from other wishes to these.
    func operations(since former: Self) -> [StandInCounters.Count] {
        var operations: [StandInCounters.Count] = []
        if sizes != former.sizes { operations.append(.scalings) }
        if storage != former.storage { operations.append(.resizes) }
        if configuration != former.configuration { operations.append(.reconfigurations) }
        if isPaused != former.isPaused { operations.append(isPaused ? .hibernations : .resumptions) }
        if image != former.image {
            operations.append(Self.series(image) == Self.series(former.image) ? .minorUpgrades : .majorUpgrades)
        }
        return operations
    }

    /// The first two numbers of an image's tag, which make a major version of both servers.
    private static func series(_ image: String) -> String {
        (Percona.tag(of: image) ?? image).split(separator: ".").prefix(2).joined(separator: ".")
    }
}
